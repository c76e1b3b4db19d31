import GatewayTestSupport
import LockDomain
import ServiceLifecycle
import Testing

@testable import Gateway

@Suite struct `A state disk that hangs` {
    private let disk = MemoryDisk()
    private let log = LogLines()
    private let time = DrivenTime()

    /// With one command on record, and a write that does not come back.
    private func hangingRecord() async -> FactRecord {
        let record = FactRecord(disk: disk, keyMarks: StateSamples.marks, memories: [:], onChange: { _ in })
        #expect(await record.settle())
        record.remember(.command(StateSamples.result("a", .sending)), of: StateSamples.front)
        #expect(await record.settle())
        disk.hangs(true)
        let count = disk.calls.count
        record.remember(.commandsSwitched(false), of: StateSamples.front)
        await eventually("the write has begun") { disk.calls.count > count }
        return record
    }

    @Test func `is not waited for by who is cancelled`() async {
        let record = await hangingRecord()
        let isSafe = await withTaskGroup(of: Bool.self) { group in
            group.addTask { await record.settle() }
            group.cancelAll()
            return await group.next() ?? true
        }
        #expect(!isSafe)
        disk.hangs(false)
        #expect(await record.close(within: .seconds(60), by: .live()))
    }

    @Test func `is waited for at the end for a second and a half, and the log says so`() async throws {
        let record = await hangingRecord()
        let service = RecordService(record: record, time: time.source, logger: log.logger)
        let group = ServiceGroup(configuration: .init(services: [.init(service: service)], logger: log.logger))
        async let run: Void = group.run()
        await eventually("it runs") { log.all.contains { $0.contains("Starting service") } }
        await group.triggerGracefulShutdown()
        await eventually("it waits") { time.sleepers == 1 }
        time.advance(by: .milliseconds(1499))
        #expect(time.sleepers == 1)
        time.advance(by: .milliseconds(1))
        try await run
        #expect(log.all.filter { $0.contains("the state directory does not answer; ending without it") }.count == 1)
        // What was there before is there for the next gateway.
        let memories = try FactRecord.recover(from: disk, keyMarks: StateSamples.marks).memories
        #expect(memories[StateSamples.front]?.commands.results.map(\.id.rawValue) == ["a"])
        // All writes are still for the one thread, and wait for the one that hangs.
        disk.hangs(false)
        #expect(await record.settle())
        #expect(await record.close(within: .seconds(60), by: .live()))
    }

    @Test func `is written out whole at the end when it is well`() async throws {
        let record = FactRecord(disk: disk, keyMarks: StateSamples.marks, memories: [:], onChange: { _ in })
        #expect(await record.settle())
        record.remember(.commandsSwitched(false), of: StateSamples.front)
        #expect(await record.close(within: .seconds(60), by: .live()))
        #expect(disk.text(.journal) == "{\"generation\":2,\"version\":1}\n")
        let memories = try FactRecord.recover(from: disk, keyMarks: StateSamples.marks).memories
        #expect(memories[StateSamples.front]?.areCommandsEnabled == false)
    }
}
