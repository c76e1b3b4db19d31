import GatewayTestSupport
import LockDomain
import LoqedWire
import Mosquitto
import NIOConcurrencyHelpers
import ServiceLifecycle
import Testing

@testable import Gateway

/// The gateway's end of MQTT, with one lock unless told otherwise, and a broker that does what the test says.
final class LinkBench: Sendable {
    static let lock = LockID("front_door")!

    let broker: ScriptedBroker
    let log = LogLines()
    let link: MQTTLink
    private let group: ServiceGroup
    private let task: NIOLockedValueBox<Task<Void, any Error>?>

    init(
        _ locks: [LockID] = [LinkBench.lock],
        time: TimeSource = .live(),
        protocolVersion: GatewayConfiguration.MQTT.ProtocolVersion = .v5,
        _ script: @escaping ScriptedBroker.Script
    ) async throws {
        let broker = ScriptedBroker(script)
        self.broker = broker
        let configuration = GatewayConfiguration(
            mqtt: .init(
                host: "127.0.0.1",
                port: UInt16(broker.port),
                login: .init(username: "loqed", password: Secret("canary-password")),
                protocolVersion: protocolVersion
            ),
            locks: try locks.map(Self.configuration)
        )
        let link = try await MQTTLink.open(
            try MQTTLink.Settings(configuration, formerLocks: [], version: "test"),
            reactor: MosquittoReactor(),
            inbox: EngineInbox(),
            makeID: { CommandID("id")! },
            time: time,
            logger: log.logger
        )
        self.link = link
        let group = ServiceGroup(configuration: .init(services: [.init(service: link)], logger: log.logger))
        self.group = group
        task = NIOLockedValueBox(Task { try await group.run() })
    }

    static func configuration(of lock: LockID) throws -> GatewayConfiguration.Lock {
        .init(
            id: lock,
            name: "Front door",
            bridge: NetworkAddress(host: "127.0.0.1", port: 1),
            bridgeKey: try BridgeKey(base64: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
            keySecret: try CommandSecret(base64: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
            localKeyID: KeyID(3)!
        )
    }

    /// Ends in order, while the broker is there.
    func stop() async {
        await group.triggerGracefulShutdown()
        _ = await task.withLockedValue { $0 }?.result
    }

    func end() async {
        let task = task.withLockedValue { $0 }
        task?.cancel()
        _ = await task?.result
        broker.stop()
        #expect(!log.all.contains { $0.contains("canary") })
    }

    func report(_ state: LockState, of lock: LockID = LinkBench.lock) {
        link.announce(
            .report(LockReport(state: state, connectivity: .online, road: .local, webhookPath: .proven)),
            for: lock
        )
    }

    func happens(_ word: LockOccurrence.Word, at seconds: Int64) {
        link.announce(.occurrence(LockOccurrence(word, time: UnixTime(seconds: seconds))), for: Self.lock)
    }

    var events: [ScriptedBroker.Packet] { broker.received.filter { $0.topic == "loqed/front_door/event" } }

    /// Everything published on a topic below the base, in order.
    func texts(_ topic: String) -> [String] {
        broker.received.filter { $0.topic == "loqed/\(topic)" }.map(\.text)
    }

    func shows(
        _ topic: String,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ isWanted: (String) -> Bool
    ) async {
        await eventually("\(topic) shows it", sourceLocation: sourceLocation) {
            texts(topic).last.map(isWanted) ?? false
        }
    }

    func lines(_ text: String) -> [String] { log.all.filter { $0.contains(text) } }
}

/// Something of the broker that the test changes.
final class Switch: Sendable {
    private let value: NIOLockedValueBox<Bool>

    init(_ value: Bool) { self.value = NIOLockedValueBox(value) }

    var isOn: Bool {
        get { value.withLockedValue { $0 } }
        set { value.withLockedValue { $0 = newValue } }
    }

    /// On for the first who asks.
    func takeOff() -> Bool {
        value.withLockedValue { value in
            defer { value = false }
            return value
        }
    }
}
