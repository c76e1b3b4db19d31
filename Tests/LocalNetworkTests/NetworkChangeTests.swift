import GatewayTestSupport
import Testing

@testable import LocalNetwork

@Suite struct `Changes that come together` {
    private func gathering() -> ChangeGathering { ChangeGathering(quiet: .seconds(1), longest: .seconds(5)) }

    @Test func `are told once it is quiet`() {
        var gathering = gathering()
        gathering.note(.links, at: .seconds(10))
        gathering.note(.addresses, at: .milliseconds(10_800))
        #expect(gathering.due(at: .seconds(11)) == nil)
        #expect(gathering.nextDeadline == .milliseconds(11_800))
        #expect(gathering.due(at: .milliseconds(11_800)) == [.links, .addresses])
        #expect(gathering.due(at: .seconds(20)) == nil)
        #expect(gathering.nextDeadline == nil)
    }

    @Test func `are told although it never gets quiet`() {
        var gathering = gathering()
        for step in 0..<6 { gathering.note(.routes, at: .milliseconds(step * 900)) }
        #expect(gathering.nextDeadline == .seconds(5))
        #expect(gathering.due(at: .seconds(5)) == .routes)
    }

    @Test func `are not started by nothing`() {
        var gathering = gathering()
        gathering.note([], at: .seconds(10))
        #expect(gathering.nextDeadline == nil)
    }
}

@Suite struct `A wait` {
    @Test func `is rounded up, so that nobody wakes too early`() {
        #expect(Duration.nanoseconds(1).asPollTimeout == 1)
        #expect(Duration.milliseconds(1500).asPollTimeout == 1501)
        #expect(Duration.seconds(-3).asPollTimeout == 0)
        #expect(Duration.seconds(Int64.max).asPollTimeout == .max)
    }
}

@Suite(.enabled(if: Namespace.isAvailable, Namespace.requirement)) struct `A change of the network` {
    private func watch(_ namespace: Namespace) async throws -> NetworkChanges {
        try await namespace.perform {
            try NetworkChanges(
                threads: .live,
                patience: NetworkChanges.Patience(quiet: .milliseconds(20), longest: .seconds(1))
            )
        }
    }

    @Test func `is told when an address comes and when it goes`() async throws {
        let house = try await House()
        let changes = try await watch(house.machine)
        let reader = EventReader(changes.events)
        try await house.machine.ip("address add 192.168.7.77/24 dev lan0")
        try await reader.first("the new address") { $0.contains(.addresses) ? () : nil }
        try await house.machine.ip("address delete 192.168.7.77/24 dev lan0")
        try await reader.first("the address that went") { $0.contains(.addresses) ? () : nil }
        changes.stop()
        _ = await reader.rest()
    }

    @Test func `is told when a cable is pulled and when a route comes`() async throws {
        let house = try await House()
        let changes = try await watch(house.machine)
        let reader = EventReader(changes.events)
        try await house.home.ip("link set far0 down")
        try await reader.first("the cable") { $0.contains(.links) ? () : nil }
        try await house.home.ip("link set far0 up")
        try await house.machine.ip("route add default via 10.20.0.1")
        try await reader.first("the route") { $0.contains(.routes) ? () : nil }
        changes.stop()
        _ = await reader.rest()
    }

    @Test func `is told although too much happened at once`() async throws {
        let house = try await House()
        // No reader's room is enough for this many events between two looks: the thread is held by its own starter.
        let held = HeldThread(in: house.machine)
        let changes = try await house.machine.perform {
            try NetworkChanges(
                threads: held.starter,
                patience: NetworkChanges.Patience(quiet: .milliseconds(20), longest: .seconds(1))
            )
        }
        let reader = EventReader(changes.events)
        let batch = TemporaryFolder()
        let lines = (0..<4000).map { "address add 10.20.\($0 / 250).\($0 % 250 + 1)/32 dev shop0" }
        batch.write(lines.joined(separator: "\n") + "\n", to: "batch")
        try await house.machine.ip("-batch \(batch.path)/batch")
        held.release()
        try await reader.first("that too much happened") { $0.contains(.unknown) ? () : nil }
        try await house.machine.ip("address delete 192.168.7.10/24 dev lan0")
        try await reader.first("what comes after") { $0.contains(.addresses) ? () : nil }
        changes.stop()
        _ = await reader.rest()
    }

    @Test func `is told no more when nobody holds it or reads it`() async throws {
        let namespace = try await Namespace.empty()
        let events = try await watch(namespace).events
        for await _ in events {}

        let changes = try await watch(namespace)
        let reading = Task { for await _ in changes.events {} }
        reading.cancel()
        await reading.value
    }
}

/// A thread that waits for a word before it begins its work.
private final class HeldThread: Sendable {
    private let pipe: WakePipe
    private let namespace: Namespace

    init(in namespace: Namespace) {
        guard let pipe = WakePipe() else { preconditionFailure("no pipe") }
        self.pipe = pipe
        self.namespace = namespace
    }

    var starter: ThreadStarter {
        ThreadStarter { work in
            self.namespace.threads.start {
                self.pipe.waitForWake()
                work()
            }
        }
    }

    func release() { pipe.wake() }
}
