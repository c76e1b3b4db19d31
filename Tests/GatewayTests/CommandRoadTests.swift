import BridgeHTTP
import LockDomain
import LoqedWire
import NIOConcurrencyHelpers
import PlainHTTP
import Testing

@testable import Gateway

/// A bridge that answers as it is told, and writes down what it was asked.
private final class ScriptedBridge: BridgeCalling {
    private struct State {
        var requests: [String] = []
        var targets: [String] = []
        var status = #"{"bridge_mac_wifi":"a0b1c2d3e4f1","lock_online":1,"bolt_state":"day_lock"}"#
        var address: String? = "192.168.1.50"
        var answer = CommandAnswer.acknowledged
    }

    private let state = NIOLockedValueBox(State())

    var requests: [String] { state.withLockedValue { $0.requests } }
    var targets: [String] { state.withLockedValue { $0.targets } }

    func shows(mac: String?) {
        let mac = mac.map { "\"bridge_mac_wifi\":\"\($0)\"," } ?? ""
        state.withLockedValue { $0.status = "{\(mac)\"lock_online\":1,\"bolt_state\":\"day_lock\"}" }
    }

    func isAt(_ address: String?) { state.withLockedValue { $0.address = address } }

    func perform(_ request: BridgeRequest, at bridge: HTTPEndpoint) async -> Result<HTTPAnswer, BridgeFailure> {
        state.withLockedValue { state in
            state.requests.append("\(request) at \(bridge.host)")
            return .success(HTTPAnswer(status: 200, contentType: "text/html", text: state.status))
        }
    }

    func deliver(_ command: BridgeRequest, to bridge: HTTPEndpoint) async -> CommandAnswer {
        state.withLockedValue { state in
            state.requests.append("\(command) at \(bridge.host)")
            state.targets.append(command.target)
            return state.answer
        }
    }

    func route(to bridge: HTTPEndpoint) async -> BridgeRoute? {
        state.withLockedValue { state in
            state.requests.append("route to \(bridge.host)")
            return state.address.map { BridgeRoute(local: "192.168.1.10", remote: $0) }
        }
    }
}

private struct ScriptedRecord: FactRecording {
    let isWell: Bool

    func remember(_ fact: LockFact, of lock: LockID) {}
    func settle() async -> Bool { isWell }
}

private struct SilentJournal: EdgeJournal {
    func webhookRefused(_ rejection: WebhookRejection?, for lock: LockID) {}
}

@Suite struct `The road of a command` {
    private static let lock = LockID("front_door")!
    private static let mac = "a0b1c2d3e4f1"
    private let bridge = ScriptedBridge()
    private let clock = NIOLockedValueBox(Moment(uptime: .seconds(10), unix: UnixTime(seconds: 1_790_000_000)))

    private func road(bridgeAt host: String = "192.168.1.50", recordIsWell: Bool = true) throws -> CommandRoad {
        let lock = GatewayConfiguration.Lock(
            id: Self.lock,
            name: "Front door",
            bridge: NetworkAddress(host: host, port: 80),
            bridgeKey: try BridgeKey(base64: "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA="),
            keySecret: try CommandSecret(base64: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
            localKeyID: KeyID(3)!
        )
        let clock = clock
        return CommandRoad(
            directory: LockDirectory([lock], inbox: EngineInbox(), journal: SilentJournal()),
            bridge: bridge,
            record: ScriptedRecord(isWell: recordIsWell),
            // Whoever sleeps is woken at once, at the time that was asked for.
            time: TimeSource(
                now: { clock.withLockedValue { $0 } },
                sleep: { until in
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
            notAfter: .seconds(40),
            bridgeMAC: mac
        )
    }

    @Test func `ends before the first byte when nothing can be put on record`() async throws {
        let answer = await (try road(recordIsWell: false)).deliver(attempt(), for: Self.lock)
        #expect(answer == .notSent(.journalUnavailable))
        #expect(bridge.requests == [])
    }

    @Test func `ends before the first byte when time is over`() async throws {
        clock.withLockedValue { $0 = Moment(uptime: .seconds(40), unix: $0.unix) }
        let answer = await (try road()).deliver(attempt(mac: nil), for: Self.lock)
        #expect(answer == .notSent(.tooLate))
        #expect(bridge.requests == [])
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
        let road = try road(bridgeAt: "loqed-a0b1c2d3e4f1.local")
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
        bridge.isAt(nil)
        let answer = await (try road(bridgeAt: "loqed.local")).deliver(attempt(), for: Self.lock)
        #expect(answer == .notSent(.unreachable(.nameNotFound)))
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
