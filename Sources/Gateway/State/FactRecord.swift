package import LockDomain
import NIOConcurrencyHelpers
import NIOPosix

/// Puts facts on record.
package protocol FactRecording: Sendable {
    /// Takes a fact at once; facts go on record in the order of the calls.
    func remember(_ fact: LockFact, of lock: LockID)
    /// Returns when all that was taken before is safe from a loss of power, or says that it is not known to be.
    ///
    /// A disk may hang for ever: whoever is cancelled waits no longer.
    func settle() async -> Bool
}

/// The record in files: a snapshot, and a journal of what came after it.
///
/// Every fact is in the journal soon after it was taken, so the end of the process loses nothing; ``settle()`` makes that
/// hold for a loss of power too. When the disk fails, the next try writes everything anew.
package final class FactRecord: FactRecording {
    /// A journal beyond this many bytes becomes a snapshot.
    static let journalLimit = 256 * 1024
    /// How many facts may wait for a disk that hangs, before a snapshot in their place is cheaper.
    private static let waitingLimit = 10_000

    private struct State {
        var memories: [LockID: LockMemory]
        var waiting: [(lock: LockID, fact: LockFact)] = []
        var isScheduled = false
        var needsSnapshot = true
        var isDurable = false
        /// Of the snapshot on the disk.
        var generation: Int
        var journalSize = 0
        var hasFailed = false
    }

    private let disk: any StateDisk
    private let keyMarks: NIOLockedValueBox<[LockID: String]>
    private let threads: NIOThreadPool
    private let state: NIOLockedValueBox<State>
    private let onChange: @Sendable (DiskFailure?) -> Void

    /// What was on record, and which files had to be set aside.
    package struct Recovery: Sendable {
        package var memories: [LockID: LockMemory] = [:]
        package var setAside: [String] = []
        /// The highest on the disk.
        package var generation = 0

        fileprivate func withCommandsOffIfNotKnown(_ locks: [LockID: String]) -> Recovery {
            guard !setAside.isEmpty else { return self }
            var known = self
            for lock in Set(locks.keys).union(memories.keys) {
                known.memories[lock, default: LockMemory()].apply(.commandsSwitched(false))
            }
            return known
        }
    }

    /// Reads what is on record.
    ///
    /// Files that cannot be understood are set aside, never overwritten. Whether commands had been switched off is not
    /// known then, so they are off, for every lock, until somebody switches them on. That holds over a restart also when
    /// nothing could be written in the place of such a file: then it is missing.
    package static func recover(from disk: any StateDisk, keyMarks: [LockID: String]) throws(DiskFailure) -> Recovery {
        let image = StateImage(keyMarks: keyMarks)
        var recovery = Recovery()
        if let bytes = try disk.read(.snapshot) {
            recovery.generation = image.generation(of: bytes) ?? 0
            do throws(StateImage.Damage) {
                for (lock, fact) in try image.facts(inSnapshot: bytes) {
                    recovery.memories[lock, default: LockMemory()].apply(fact)
                }
            } catch {
                recovery.setAside.append(try disk.setAside(.snapshot))
            }
        } else if let file = disk.lastSetAside(.snapshot) {
            recovery.setAside.append(file)
        }
        if let bytes = try disk.read(.journal) {
            let generation = image.generation(of: bytes)
            // What went on from an older snapshot is in this one: the gateway ended between writing the two.
            if let generation, generation < recovery.generation { return recovery.withCommandsOffIfNotKnown(keyMarks) }
            recovery.generation = max(recovery.generation, generation ?? 0)
            let (facts, damage) = image.facts(inJournal: bytes)
            for (lock, fact) in facts { recovery.memories[lock, default: LockMemory()].apply(fact) }
            if damage != nil { recovery.setAside.append(try disk.setAside(.journal)) }
        } else if let file = disk.lastSetAside(.journal) {
            recovery.setAside.append(file)
        }
        return recovery.withCommandsOffIfNotKnown(keyMarks)
    }

    /// Goes on from what was recovered; `onChange` is told the failure when the disk begins to fail, and nil when it is
    /// well again.
    package init(
        disk: any StateDisk,
        keyMarks: [LockID: String],
        memories: [LockID: LockMemory],
        generation: Int = 0,
        onChange: @escaping @Sendable (DiskFailure?) -> Void
    ) {
        self.disk = disk
        self.onChange = onChange
        self.keyMarks = NIOLockedValueBox(keyMarks)
        threads = NIOThreadPool(numberOfThreads: 1)
        state = NIOLockedValueBox(State(memories: memories, generation: generation))
        threads.start()
    }

    /// Writes what is known already, as the first entry.
    package func begin() { submitWrite(durably: true) }

    package func remember(_ fact: LockFact, of lock: LockID) {
        let isFirst = state.withLockedValue { state in
            state.memories[lock, default: LockMemory()].apply(fact)
            state.waiting.append((lock, fact))
            if state.waiting.count > Self.waitingLimit {
                state.waiting = []
                state.needsSnapshot = true
            }
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        if isFirst { submitWrite(durably: false) }
    }

    /// Writes soon, unless this has ended before.
    private func submitWrite(durably: Bool) {
        // What is cancelled runs on another thread.
        threads.submit { work in if work == .active { _ = self.write(durably: durably) } }
    }

    private var image: StateImage { StateImage(keyMarks: keyMarks.withLockedValue { $0 }) }

    /// What is on record of a lock.
    func memory(of lock: LockID) -> LockMemory { state.withLockedValue { $0.memories[lock] ?? LockMemory() } }

    /// The lock's bridge has this key from now on; one that was met with another key is another bridge.
    func configured(_ lock: LockID, keyMark: String) {
        let isSame = keyMarks.withLockedValue { marks in
            defer { marks[lock] = keyMark }
            return marks[lock] == keyMark
        }
        guard !isSame else { return }
        state.withLockedValue { state in
            var memory = LockMemory()
            for fact in state.memories[lock]?.facts ?? [] {
                if case .bridgeIdentified = fact { continue }
                memory.apply(fact)
            }
            state.memories[lock] = memory
            state.needsSnapshot = true
        }
        submitWrite(durably: true)
    }

    package func settle() async -> Bool {
        let (outcomes, outcome) = AsyncStream.makeStream(of: Bool.self)
        threads.submit { work in
            outcome.yield(work == .active && self.write(durably: true))
            outcome.finish()
        }
        for await isSafe in outcomes { return isSafe }
        return false
    }

    /// Writes a snapshot and ends.
    ///
    /// A disk that hangs is left alone after `limit`; a write that has begun goes on until the process ends.
    ///
    /// - Returns: whether it has ended within that time.
    package func close(within limit: Duration, by time: TimeSource) async -> Bool {
        state.withLockedValue { $0.needsSnapshot = true }
        return await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                _ = await self.settle()
                // The thread hangs with the disk: what waits for it would be called on another one.
                if !Task.isCancelled { await self.endThread() }
                return true
            }
            group.addTask {
                try? await time.sleep(time.now().uptime + limit)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }

    private func endThread() async {
        let (steps, end) = AsyncStream.makeStream(of: Never.self)
        threads.shutdownGracefully { _ in end.finish() }
        for await _ in steps {}
    }

    /// What is to be written.
    private enum Work {
        case nothing
        case everything([LockID: LockMemory], generation: Int)
        case lines([(lock: LockID, fact: LockFact)])
    }

    /// Runs on the one thread.
    private func write(durably: Bool) -> Bool {
        let work: Work = state.withLockedValue { state in
            state.isScheduled = false
            defer { state.waiting = [] }
            if state.needsSnapshot || state.journalSize > Self.journalLimit {
                // Whoever wants another from now on wants it of what is not in this one.
                state.needsSnapshot = false
                state.generation += 1
                return .everything(state.memories, generation: state.generation)
            }
            guard state.waiting.isEmpty else { return .lines(state.waiting) }
            return durably && !state.isDurable ? .lines([]) : .nothing
        }
        do {
            switch work {
            case .nothing: break
            case .everything(let memories, let generation): try writeEverything(memories, generation)
            case .lines(let lines): try append(lines, durably: durably)
            }
            recovered()
            return true
        } catch {
            failed((error as? DiskFailure) ?? DiskFailure("encode", code: 0))
            return false
        }
    }

    private func writeEverything(_ memories: [LockID: LockMemory], _ generation: Int) throws {
        try disk.replace(.snapshot, with: try image.snapshot(of: memories, generation: generation))
        let header = try image.journalHeader(generation: generation)
        try disk.replace(.journal, with: header)
        state.withLockedValue { state in
            state.journalSize = header.count
            state.isDurable = state.waiting.isEmpty && !state.needsSnapshot
        }
    }

    private func append(_ lines: [(lock: LockID, fact: LockFact)], durably: Bool) throws {
        let bytes = try image.journalLines(lines)
        if !bytes.isEmpty { try disk.append(bytes, to: .journal) }
        if durably { try disk.makeDurable(.journal) }
        state.withLockedValue { state in
            state.journalSize += bytes.count
            state.isDurable = durably
        }
    }

    private func failed(_ failure: DiskFailure) {
        let isNews = state.withLockedValue { state in
            state.needsSnapshot = true
            defer { state.hasFailed = true }
            return !state.hasFailed
        }
        if isNews { onChange(failure) }
    }

    private func recovered() {
        let isNews = state.withLockedValue { state in
            defer { state.hasFailed = false }
            return state.hasFailed
        }
        if isNews { onChange(nil) }
    }
}
