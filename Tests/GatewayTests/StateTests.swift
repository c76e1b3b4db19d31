import GatewayTestSupport
import Glibc
import LockDomain
import NIOConcurrencyHelpers
import Testing

@testable import Gateway

enum StateSamples {
    static let front = LockID("front_door")!
    static let back = LockID("back_door")!
    static let marks = [front: "aaaa0001", back: "bbbb0002"]

    static func result(_ id: String, _ status: CommandStatus, at seconds: Int64 = 1_790_000_000) -> CommandResult {
        CommandResult(
            id: CommandID(id)!,
            action: .lock,
            status: status,
            road: .local,
            attempts: 1,
            receivedAt: UnixTime(seconds: seconds),
            updatedAt: UnixTime(milliseconds: seconds * 1000 + 77)
        )
    }

    static let time = UnixTime(milliseconds: 1_790_000_000_123)

    /// One fact of every kind, with and without what may be absent.
    static let facts: [LockFact] =
        [
            .delivery(
                Delivery(
                    family: .bolt,
                    stamp: WebhookStamp(signedAt: 1_790_000_000, fingerprint: .max),
                    arrivedAt: time
                )
            ),
            .commandsSwitched(false), .commandsSwitched(true), .bridgeIdentified("a0b1c2d3e4f1"),
            .stateKnown(.init(state: .locked, time: time)), .batteryKnown(.init(level: 0, time: time)),
            .batteryKnown(.init(level: 22, time: time, isLow: true)), .batteryKnown(.init(level: 22, time: time)),
            .acted(.init(event: .jammed, rawType: nil, cause: .byHand, key: nil, keyName: nil, time: time)),
            .acted(
                .init(
                    event: .locked,
                    rawType: "STATE_CHANGED_NIGHT_LOCK",
                    cause: .pin,
                    key: KeyID(254),
                    keyName: "Zoë\n\"",
                    time: time
                )
            ),
            .command(
                CommandResult(
                    id: CommandID("~!{}\"")!,
                    action: nil,
                    status: .received,
                    receivedAt: time,
                    updatedAt: time
                )
            ),
        ] + statuses.map { .command(result("c", $0)) }

    static let statuses: [CommandStatus] =
        [.received, .sending, .sent, .accepted, .confirmed, .superseded, .expired(nil)]
        + FailureReason.allCases.flatMap { [.failed($0), .expired($0)] }
        + RefusalReason.allCases.map { .refused($0) }
}

@Suite struct `The state files` {
    private let image = StateImage(keyMarks: StateSamples.marks)

    @Test func `say what was put into them, whatever the fact`() throws {
        let entries = StateSamples.facts.map { (lock: StateSamples.front, fact: $0) }
        let (facts, damage) = image.facts(
            inJournal: try image.journalHeader(generation: 1) + image.journalLines(entries)
        )
        #expect(facts.map(\.fact) == StateSamples.facts)
        #expect(facts.allSatisfy { $0.lock == StateSamples.front })
        #expect(damage == nil)
    }

    @Test func `of a snapshot say the whole memory, the same bytes each time`() throws {
        let memories = [
            StateSamples.front: LockMemory(StateSamples.facts),
            StateSamples.back: LockMemory([.commandsSwitched(false)]),
        ]
        let bytes = try image.snapshot(of: memories, generation: 1)
        #expect(try image.snapshot(of: memories, generation: 1) == bytes)
        var read: [LockID: LockMemory] = [:]
        for (lock, fact) in try image.facts(inSnapshot: bytes) { read[lock, default: LockMemory()].apply(fact) }
        #expect(read == memories)
    }

    @Test func `cut off anywhere, as by a loss of power, still say everything that was complete`() throws {
        let header = try image.journalHeader(generation: 1)
        let facts: [LockFact] = (0..<20).map { .command(StateSamples.result("c\($0)", .sending)) }
        let bytes = header + (try image.journalLines(facts.map { (StateSamples.front, $0) }))
        for length in 0...bytes.count {
            let whole = bytes.prefix(length).count { $0 == UInt8(ascii: "\n") }
            let (read, damage) = image.facts(inJournal: Array(bytes.prefix(length)))
            #expect(read.map(\.fact) == Array(facts.prefix(max(0, whole - 1))), "\(length) bytes")
            #expect(damage == nil, "\(length) bytes")
        }
    }

    @Test func `of a newer gateway are not guessed at`() {
        let newer = Array(#"{"version":2,"facts":[]}"#.utf8)
        #expect(throws: StateImage.Damage.newer) { try image.facts(inSnapshot: newer) }
        #expect(image.facts(inJournal: newer + Array("\n".utf8)).damage == .newer)
    }

    @Test(arguments: [
        "", "null", "[]", "{", #"{"version":"1"}"#, #"{"version":1}"#, #"{"version":1,"facts":[{}]}"#,
        #"{"version":1,"facts":[{"lock":"NO"}]}"#,
        #"{"version":1,"facts":[{"lock":"a","command":{"id":"x","status":"lost","road":"none","attempts":0,"received_at":0,"updated_at":0}}]}"#,
        #"{"version":1,"facts":[{"lock":"a","command":{"id":"x","action":"JUMP","status":"sent","road":"none","attempts":0,"received_at":0,"updated_at":0}}]}"#,
        #"{"version":1,"facts":[{"lock":"a","state":{"state":"ajar","time":0}}]}"#,
    ])
    func `that make no sense are told from good ones`(text: String) {
        #expect(throws: StateImage.Damage.unreadable) { try image.facts(inSnapshot: Array(text.utf8)) }
    }

    @Test func `with a damaged line in the middle give the others and say so`() throws {
        let lines = try image.journalLines([(StateSamples.front, .commandsSwitched(false))])
        let bytes = try image.journalHeader(generation: 1) + Array("garbage\n".utf8) + lines
        let (facts, damage) = image.facts(inJournal: bytes)
        #expect(facts.map(\.fact) == [.commandsSwitched(false)])
        #expect(damage == .unreadable)
    }

    @Test func `forget which bridge was met when the bridge key is another`() throws {
        let entries: [(lock: LockID, fact: LockFact)] = [
            (StateSamples.front, .bridgeIdentified("a0b1c2d3e4f1")), (StateSamples.front, .commandsSwitched(false)),
        ]
        let bytes = try image.journalHeader(generation: 1) + image.journalLines(entries)
        let later = StateImage(keyMarks: [StateSamples.front: "cccc0003"])
        #expect(later.facts(inJournal: bytes).facts.map(\.fact) == [.commandsSwitched(false)])
    }
}

@Suite struct `The record` {
    private final class Changes: Sendable {
        let all = NIOLockedValueBox<[DiskFailure?]>([])
    }

    private func record(on disk: MemoryDisk, _ changes: Changes = Changes()) throws -> FactRecord {
        let recovery = try FactRecord.recover(from: disk, keyMarks: StateSamples.marks)
        return FactRecord(
            disk: disk,
            keyMarks: StateSamples.marks,
            memories: recovery.memories,
            generation: recovery.generation,
            onChange: { change in changes.all.withLockedValue { $0.append(change) } }
        )
    }

    private func memories(on disk: MemoryDisk) throws -> [LockID: LockMemory] {
        try FactRecord.recover(from: disk, keyMarks: StateSamples.marks).memories
    }

    @Test func `is safe on disk when it says so, and not written again for nothing`() async throws {
        let disk = MemoryDisk()
        let record = try record(on: disk)
        #expect(await record.settle())
        #expect(disk.calls == [.replace(.snapshot), .replace(.journal)])
        record.remember(.command(StateSamples.result("a", .sending)), of: StateSamples.front)
        #expect(await record.settle())
        #expect(disk.calls.suffix(1) == [.makeDurable(.journal)])
        #expect(disk.text(.journal).contains(#""id":"a""#))
        let count = disk.calls.count
        #expect(await record.settle())
        #expect(disk.calls.count == count)
        #expect(await record.close(within: .seconds(60), by: .live()))
    }

    @Test func `gives all that was taken to the next gateway, in whichever file it is`() async throws {
        let disk = MemoryDisk()
        let first = try record(on: disk)
        for fact in StateSamples.facts { first.remember(fact, of: StateSamples.front) }
        first.remember(.commandsSwitched(false), of: StateSamples.back)
        #expect(await first.settle())
        let expected = [
            StateSamples.front: LockMemory(StateSamples.facts),
            StateSamples.back: LockMemory([.commandsSwitched(false)]),
        ]
        #expect(try memories(on: disk) == expected, "killed")
        #expect(await first.close(within: .seconds(60), by: .live()))
        #expect(try memories(on: disk) == expected, "ended in order")
        #expect(disk.text(.journal) == "{\"generation\":2,\"version\":1}\n")
    }

    @Test func `says that nothing is safe while the disk fails, and loses nothing once it is well`() async throws {
        let (disk, changes) = (MemoryDisk(), Changes())
        let record = try record(on: disk, changes)
        #expect(await record.settle())
        disk.fails(ENOSPC)
        record.remember(.command(StateSamples.result("a", .sending)), of: StateSamples.front)
        #expect(await record.settle() == false)
        #expect(await record.settle() == false)
        disk.fails(nil)
        record.remember(.command(StateSamples.result("b", .sending)), of: StateSamples.front)
        #expect(await record.settle())
        #expect(try memories(on: disk)[StateSamples.front]?.commands.results.map(\.id.rawValue) == ["a", "b"])
        #expect(changes.all.withLockedValue { $0 } == [DiskFailure("write", code: ENOSPC), nil])
        #expect(await record.close(within: .seconds(60), by: .live()))
    }

    @Test func `loses nothing when more comes than can wait while the disk hangs`() async throws {
        let disk = MemoryDisk()
        let record = try record(on: disk)
        disk.hangs(true)
        record.begin()
        await eventually("the disk hangs") { disk.calls == [.replace(.snapshot)] }
        record.remember(.commandsSwitched(false), of: StateSamples.front)
        for number in 0...10_000 {
            record.remember(.command(StateSamples.result("c\(number % 50)", .sent)), of: StateSamples.front)
        }
        disk.hangs(false)
        #expect(await record.settle())
        let memory = try #require(try memories(on: disk)[StateSamples.front])
        #expect(!memory.areCommandsEnabled)
        #expect(memory.commands.results.count == 50)
        #expect(await record.close(within: .seconds(60), by: .live()))
    }

    @Test func `takes no old journal for newer than the snapshot that it went into`() async throws {
        let disk = MemoryDisk()
        let record = try record(on: disk)
        record.remember(.command(StateSamples.result("a", .accepted)), of: StateSamples.front)
        #expect(await record.settle())
        let journal = try #require(disk[.journal])
        record.remember(.command(StateSamples.result("a", .confirmed)), of: StateSamples.front)
        record.remember(.commandsSwitched(false), of: StateSamples.front)
        #expect(await record.close(within: .seconds(60), by: .live()))

        // The gateway ended between the two files.
        let between = MemoryDisk([.snapshot: try #require(disk[.snapshot]), .journal: journal])
        let recovery = try FactRecord.recover(from: between, keyMarks: StateSamples.marks)
        let memory = try #require(recovery.memories[StateSamples.front])
        #expect(recovery.setAside == [])
        #expect(memory.commands.results.map(\.status) == [.confirmed])
        #expect(!memory.areCommandsEnabled)

        // What comes then is newer than both.
        let next = try self.record(on: between)
        next.remember(.commandsSwitched(true), of: StateSamples.front)
        #expect(await next.settle())
        next.remember(.command(StateSamples.result("b", .sending)), of: StateSamples.front)
        #expect(await next.settle())
        #expect(try memories(on: between)[StateSamples.front]?.commands.results.map(\.id.rawValue) == ["a", "b"])
    }

    @Test func `reads the files of the time before they had a generation`() throws {
        let facts = Array(#"{"version":1,"facts":[]}"#.utf8)
        let lines = try StateImage(keyMarks: StateSamples.marks).journalLines([
            (StateSamples.front, .commandsSwitched(false))
        ])
        let disk = MemoryDisk([.snapshot: facts, .journal: Array("{\"version\":1}\n".utf8) + lines])
        let recovery = try FactRecord.recover(from: disk, keyMarks: StateSamples.marks)
        #expect(recovery.setAside == [])
        #expect(recovery.memories[StateSamples.front]?.areCommandsEnabled == false)
    }

    @Test func `becomes a snapshot before its journal grows large`() async throws {
        let disk = MemoryDisk()
        let record = try record(on: disk)
        for number in 0..<3000 {
            record.remember(.command(StateSamples.result("c\(number)", .sent)), of: StateSamples.front)
            if number % 100 == 0 { #expect(await record.settle()) }
        }
        #expect(await record.settle())
        #expect((disk[.journal]?.count ?? 0) < 2 * FactRecord.journalLimit)
        #expect(disk.calls.count { $0 == .replace(.snapshot) } >= 2)
        #expect(try memories(on: disk)[StateSamples.front]?.commands.results.count == 3000)
        #expect(await record.close(within: .seconds(60), by: .live()))
    }

    @Test func `sets aside what it cannot read, and overwrites nothing`() throws {
        let disk = MemoryDisk([.snapshot: Array("{".utf8), .journal: Array("[]\n".utf8)])
        let recovery = try FactRecord.recover(from: disk, keyMarks: StateSamples.marks)
        #expect(recovery.setAside == ["state.json.damaged-1", "journal.jsonl.damaged-2"])
        let off = StateSamples.marks.mapValues { _ in [LockFact.commandsSwitched(false)] }
        #expect(recovery.memories.mapValues(\.facts) == off)
        #expect(disk.calls.isEmpty)
    }

    @Test func `takes commands for switched off where it cannot read whether they are`() async throws {
        let disk = MemoryDisk()
        let record = try record(on: disk)
        record.remember(.command(StateSamples.result("a", .confirmed)), of: StateSamples.front)
        record.remember(.commandsSwitched(false), of: StateSamples.front)
        #expect(await record.settle())
        #expect(await record.close(within: .seconds(60), by: .live()))
        try disk.append(Array("?\n".utf8), to: .journal)
        let damaged = try FactRecord.recover(from: disk, keyMarks: StateSamples.marks)
        #expect(damaged.setAside == ["journal.jsonl.damaged-1"])
        #expect(Set(damaged.memories.keys) == Set(StateSamples.marks.keys))
        #expect(damaged.memories.values.allSatisfy { !$0.areCommandsEnabled })
        // What can be read still counts.
        #expect(damaged.memories[StateSamples.front]?.commands.results.map(\.id.rawValue) == ["a"])
        // The next gateway does not know it either, unless something was written meanwhile.
        let again = try FactRecord.recover(from: disk, keyMarks: StateSamples.marks)
        #expect(again.setAside == damaged.setAside)
        #expect(again.memories.values.allSatisfy { !$0.areCommandsEnabled })
        // Nothing is wrong with a record that is not there.
        #expect(try FactRecord.recover(from: MemoryDisk(), keyMarks: StateSamples.marks).memories.isEmpty)
    }
}

@Suite struct `A record that was set aside` {
    @Test(arguments: [StateFile.snapshot, .journal])
    func `leaves commands off over a restart, until they are switched on and that is on record`(
        file: StateFile
    ) async throws {
        let disk = MemoryDisk()
        let first = FactRecord(disk: disk, keyMarks: StateSamples.marks, memories: [:], onChange: { _ in })
        first.remember(.commandsSwitched(false), of: StateSamples.front)
        #expect(await first.close(within: .seconds(60), by: .live()))
        try disk.append(Array("?\n".utf8), to: file)
        _ = try FactRecord.recover(from: disk, keyMarks: StateSamples.marks)

        // Nothing could be written.
        let second = try FactRecord.recover(from: disk, keyMarks: StateSamples.marks)
        #expect(second.setAside == ["\(file.rawValue).damaged-1"])
        #expect(second.memories.mapValues(\.areCommandsEnabled) == StateSamples.marks.mapValues { _ in false })
        let record = FactRecord(
            disk: disk,
            keyMarks: StateSamples.marks,
            memories: second.memories,
            generation: second.generation,
            onChange: { _ in }
        )
        record.remember(.commandsSwitched(true), of: StateSamples.front)
        #expect(await record.close(within: .seconds(60), by: .live()))

        let third = try FactRecord.recover(from: disk, keyMarks: StateSamples.marks)
        #expect(third.setAside == [])
        for lock in StateSamples.marks.keys {
            #expect(third.memories[lock, default: LockMemory()].areCommandsEnabled == (lock == StateSamples.front))
        }
    }
}

@Suite struct `The state folder` {
    private let folder = TemporaryFolder()

    private func mode(_ name: String) -> UInt32 {
        var status = stat()
        #expect(stat("\(folder.path)/\(name)", &status) == 0, "\(name)")
        return status.st_mode & 0o777
    }

    @Test func `is made for its owner alone, and belongs to one gateway`() throws {
        let state = try StateFolder(path: "\(folder.path)/state")
        try state.replace(.journal, with: Array("one\n".utf8))
        try state.append(Array("two\n".utf8), to: .journal)
        try state.makeDurable(.journal)
        #expect(try state.read(.journal) == Array("one\ntwo\n".utf8))
        #expect(try state.read(.snapshot) == nil)
        #expect(mode("state") == 0o700)
        #expect(mode("state/journal.jsonl") == 0o600)
        #expect(throws: DiskFailure("lock \(folder.path)/state/lock", code: EWOULDBLOCK)) {
            try StateFolder(path: "\(folder.path)/state")
        }
        withExtendedLifetime(state) {}
    }

    @Test func `is free again for the next gateway, and closed to others if it was open`() throws {
        for _ in 0..<2 {
            let state = try StateFolder(path: "\(folder.path)/state")
            try state.replace(.snapshot, with: [1])
        }
        #expect(chmod("\(folder.path)/state", 0o755) == 0)
        _ = try StateFolder(path: "\(folder.path)/state")
        #expect(mode("state") == 0o700)
    }

    @Test func `keeps what it sets aside`() throws {
        let state = try StateFolder(path: "\(folder.path)/state")
        for round in 1...2 {
            try state.replace(.snapshot, with: [UInt8(round)])
            #expect(try state.setAside(.snapshot) == "\(folder.path)/state/state.json.damaged-\(round)")
            #expect(try state.read(.snapshot) == nil)
            #expect(state.lastSetAside(.snapshot) == "\(folder.path)/state/state.json.damaged-\(round)")
        }
        #expect(state.lastSetAside(.journal) == nil)
        #expect(TemporaryFolder.read("\(folder.path)/state/state.json.damaged-1") == "\u{1}")
    }

    @Test func `that is a file cannot be used, and a link is not followed`() throws {
        folder.write("x", to: "file")
        #expect(throws: DiskFailure("use \(folder.path)/file", code: ENOTDIR)) {
            try StateFolder(path: "\(folder.path)/file")
        }
        let state = try StateFolder(path: "\(folder.path)/state")
        #expect(symlink("\(folder.path)/file", "\(folder.path)/state/state.json") == 0)
        #expect(throws: DiskFailure("open \(folder.path)/state/state.json", code: ELOOP)) { try state.read(.snapshot) }
        try state.replace(.snapshot, with: Array("new".utf8))
        #expect(TemporaryFolder.read("\(folder.path)/file") == "x")
    }
}
