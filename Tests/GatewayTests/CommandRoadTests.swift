import BridgeHTTP
import GatewayTestSupport
import LockDomain
import LoqedWire
import NIOConcurrencyHelpers
import PlainHTTP
import Testing

@testable import Gateway

private struct ScriptedRecord: FactRecording {
    let isWell: Bool

    func remember(_ fact: LockFact, of lock: LockID) {}
    func settle() async -> Bool { isWell }
}

/// A disk from which nothing comes back.
private struct HangingRecord: FactRecording {
    func remember(_ fact: LockFact, of lock: LockID) {}

    func settle() async -> Bool {
        let (never, _) = AsyncStream.makeStream(of: Never.self)
        for await _ in never {}
        return false
    }
}

@Suite struct `The road of a command` {
    private static let lock = LockID("front_door")!
    private static let mac = "a0b1c2d3e4f1"
    private static let deadline = Duration.seconds(40)
    private let bridge = ScriptedBridge()
    private let network = ScriptedNetwork()
    private let clock = NIOLockedValueBox(Moment(uptime: .seconds(10), unix: UnixTime(seconds: 1_790_000_000)))

    private func road(
        bridgeAt host: String = "192.168.1.50",
        record: any FactRecording = ScriptedRecord(isWell: true),
        time: TimeSource? = nil
    ) throws -> CommandRoad {
        let lock = GatewayConfiguration.Lock(
            id: Self.lock,
            name: "Front door",
            bridge: NetworkAddress(host: host, port: 80),
            bridgeKey: try BridgeKey(base64: "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA="),
            keySecret: try CommandSecret(base64: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
            localKeyID: KeyID(3)!
        )
        let (clock, journal) = (clock, WrittenJournal())
        let locator = BridgeLocator(bridge: bridge, network: network, macs: [Self.lock: Self.mac], journal: journal)
        return CommandRoad(
            directory: LockDirectory(
                [lock],
                locator: locator,
                inbox: EngineInbox(),
                journal: SilentJournal(),
                time: TimeSource.live()
            ),
            locator: locator,
            bridge: bridge,
            record: record,
            // Whoever sleeps is woken at once, at the time that was asked for.
            time: time
                ?? TimeSource(
                    now: { clock.withLockedValue { $0 } },
                    sleep: { until in
                        // Nobody is late here but who is told so.
                        guard until != Self.deadline else { return try await Task.sleep(for: .seconds(3600)) }
                        clock.withLockedValue { now in
                            let passed = (until - now.uptime) / .milliseconds(1)
                            now = Moment(
                                uptime: until,
                                unix: UnixTime(milliseconds: now.unix.milliseconds + Int64(passed.rounded()))
                            )
                        }
                    }
                )
        )
    }

    private func attempt(_ number: Int = 1, mac: String? = mac) -> CommandAttempt {
        CommandAttempt(
            id: CommandID("c")!,
            action: .lock,
            number: number,
            notAfter: Self.deadline,
            bridgeMAC: mac
        )
    }

    @Test func `ends before the first byte when nothing can be put on record`() async throws {
        let answer = await (try road(record: ScriptedRecord(isWell: false))).deliver(attempt(), for: Self.lock)
        #expect(answer == .notSent(.journalUnavailable))
        #expect(bridge.requests == [])
    }

    @Test func `ends at its deadline, with nothing written, while the disk hangs`() async throws {
        let time = DrivenTime()
        let road = try road(record: HangingRecord(), time: time.source)
        let now = time.source.now().uptime
        let attempt = CommandAttempt(id: CommandID("c")!, action: .lock, number: 1, notAfter: now + .seconds(30))
        async let answer = road.deliver(attempt, for: Self.lock)
        await eventually("it waits for the disk") { time.sleepers == 1 }
        time.advance(by: .seconds(30))
        #expect(await answer == .notSent(.journalUnavailable))
        #expect(bridge.requests == [])
    }

    @Test func `ends before the first byte when time is over`() async throws {
        clock.withLockedValue { $0 = Moment(uptime: .seconds(40), unix: $0.unix) }
        let answer = await (try road()).deliver(attempt(mac: nil), for: Self.lock)
        #expect(answer == .notSent(.tooLate))
        #expect(bridge.requests == [])
    }

    @Test func `ends before the first byte when time is over while it connects`() async throws {
        bridge.connects { [clock] in clock.withLockedValue { $0 = Moment(uptime: .seconds(40), unix: $0.unix) } }
        #expect(await (try road()).deliver(attempt(mac: nil), for: Self.lock) == .notSent(.tooLate))
        #expect(bridge.targets == [])
    }

    @Test func `ends before the first byte when it is withdrawn while it connects, and only that attempt`() async throws
    {
        let road = try road()
        let first = attempt(mac: nil)
        bridge.connects { road.withdraw(first, of: Self.lock) }
        #expect(await road.deliver(first, for: Self.lock) == .notSent(.withdrawn))
        #expect(bridge.targets == [])
        #expect(await road.deliver(attempt(2, mac: nil), for: Self.lock) == .acknowledged)
        #expect(bridge.targets.count == 1)
    }

    @Test func `asks a bridge at a new address who it is, once, before it signs anything`() async throws {
        let road = try road()
        #expect(await road.deliver(attempt(), for: Self.lock) == .acknowledged)
        #expect(await road.deliver(attempt(2), for: Self.lock) == .acknowledged)
        #expect(
            bridge.requests == ["<status> at 192.168.1.50", "<command> at 192.168.1.50", "<command> at 192.168.1.50"]
        )
    }

    @Test func `ends before the first byte when another bridge answers`() async throws {
        bridge.shows(mac: "ffffffffffff")
        #expect(await (try road()).deliver(attempt(), for: Self.lock) == .notSent(.wrongBridge))
        #expect(bridge.targets == [])
    }

    @Test func `checks again when a name leads elsewhere`() async throws {
        let road = try road(bridgeAt: "bridge.example")
        bridge.isAt("192.168.1.50")
        #expect(await road.deliver(attempt(), for: Self.lock) == .acknowledged)
        bridge.isAt("192.168.1.77")
        bridge.shows(mac: "ffffffffffff")
        #expect(await road.deliver(attempt(2), for: Self.lock) == .notSent(.wrongBridge))
        bridge.shows(mac: Self.mac)
        #expect(await road.deliver(attempt(3), for: Self.lock) == .acknowledged)
        #expect(
            bridge.requests.filter { !$0.hasPrefix("route") } == [
                "<status> at 192.168.1.50", "<command> at 192.168.1.50", "<status> at 192.168.1.77",
                "<status> at 192.168.1.77", "<command> at 192.168.1.77",
            ]
        )
    }

    @Test func `may be tried again when a name leads nowhere`() async throws {
        let answer = await (try road(bridgeAt: "loqed-a0b1c2d3e4f1.local")).deliver(attempt(), for: Self.lock)
        #expect(answer == .notSent(.unreachable(.nameNotFound)))
        #expect(bridge.targets == [])
    }

    @Test func `never writes the same bytes twice`() async throws {
        let road = try road()
        for number in 1...3 { _ = await road.deliver(attempt(number, mac: nil), for: Self.lock) }
        #expect(Set(bridge.targets).count == 3)
        #expect(clock.withLockedValue { $0.unix.seconds } == 1_790_000_002)
    }

    @Test func `waits for another second only while there is time`() async throws {
        let road = try road()
        clock.withLockedValue { $0 = Moment(uptime: .milliseconds(39_500), unix: $0.unix) }
        #expect(await road.deliver(attempt(mac: nil), for: Self.lock) == .acknowledged)
        #expect(await road.deliver(attempt(2, mac: nil), for: Self.lock) == .notSent(.tooLate))
        #expect(bridge.targets.count == 1)
    }
}
