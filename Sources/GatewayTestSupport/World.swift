import BridgeHTTP
import Gateway
package import LockDomain
import Logging
package import LoqedSimulator
import LoqedWire
package import Mosquitto
import NIOConcurrencyHelpers
package import PlainHTTP
import ServiceLifecycle
package import Testing

/// A broker, a simulated bridge, the gateway between them and a person who listens: all real, all on loopback.
package final class World: Sendable {
    package static let lock = LockID("front_door")!
    private static let secret = SimulatorConfiguration.demoKeySecret

    package let broker: TemporaryBroker
    /// The bridge and lock at the front door.
    package let simulator: BridgeSimulator
    /// The others, by lock.
    package let neighbours: [LockID: BridgeSimulator]
    package let bridgePort: Int
    /// Where health and metrics are read.
    package let adminPort: Int
    /// What is published, in order, on every topic.
    package let messages: EventReader<InboundMessage>
    package let log: LogLines

    private let newest = NIOLockedValueBox<[String: String]>([:])
    private let seen = NIOLockedValueBox<[String]>([])
    private let replacement = NIOLockedValueBox<BridgeSimulator?>(nil)
    private let options: Options
    private let person: MosquittoSession
    private let group: ServiceGroup
    package let threads: HTTPThreads
    private let folder: TemporaryFolder

    /// How a world differs from the standard one.
    package struct Options: Sendable {
        package var brokerSettings = ["allow_anonymous true"]
        package var timing = SimulatorTiming()
        package var speed = 20.0
        package var bolt = BoltState.dayLock
        package var kind = BridgeKind.esp32
        package var probeInterval: Duration = .seconds(1)
        package var movementTimeout: Duration = .seconds(30)
        package var statusIntervalUnproven: Duration = .seconds(10)
        package var allowedActions: Set<LockAction> = [.lock, .unlock, .open]
        /// Locks besides the one at the front door, each with a bridge of its own.
        package var neighbours: [LockID] = []
        /// What lies on topics below the base before the gateway starts.
        package var retained: [String: String] = [:]
        /// Where state is kept; nil: in a folder of the world's own.
        package var stateDirectory: String?
        package var responseTopicPrefix: String?
        /// Lines of control for the bridge at the front door, carried out before the gateway starts.
        package var prelude: [String] = []
        /// What is on that bridge's list of webhooks before the gateway starts.
        package var registered: [String] = []

        package init() {}
    }

    /// Builds a world, waits until the lock's state is known, tells the story, and ends it in order.
    package static func run(
        _ change: (inout Options) -> Void = { _ in },
        waitsForState: Bool = true,
        _ story: (World) async throws -> Void
    ) async throws {
        var options = Options()
        change(&options)
        let world = try await World(options)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await world.simulator.run() }
            for neighbour in world.neighbours.values { group.addTask { await neighbour.run() } }
            group.addTask { try await world.group.run() }
            do {
                if waitsForState {
                    await world.shows("gateway/availability") { $0 == "online" }
                    await world.shows("front_door/state") { $0 != "unknown" }
                    for simulator in [world.simulator] + world.neighbours.values {
                        await eventually("the webhook is registered") {
                            simulator.snapshot.webhooks.contains { $0.url.contains("/loqed/") }
                        }
                    }
                    world.messages.forget()
                }
                try await story(world)
            } catch {
                await world.end()
                group.cancelAll()
                throw error
            }
            await world.end()
            group.cancelAll()
            while let result = await group.nextResult() { _ = result }
        }
        try await world.tidy()
    }

    private init(_ options: Options) async throws {
        self.options = options
        threads = HTTPThreads()
        folder = TemporaryFolder()
        broker = try await TemporaryBroker(settings: options.brokerSettings)
        let time = TimeSource.live()
        let log = LogLines()
        self.log = log
        let logger = log.logger
        simulator = try Self.makeSimulator(options, time: time, threads: threads)
        bridgePort = try await simulator.listen()
        try await Self.prepare(simulator, at: bridgePort, options, threads: threads)
        var neighbours: [LockID: BridgeSimulator] = [:]
        for id in options.neighbours {
            neighbours[id] = try Self.makeSimulator(options, time: time, threads: threads)
        }
        self.neighbours = neighbours

        var listener = SessionConfiguration(host: "127.0.0.1", port: UInt16(broker.port), clientID: "person")
        listener.backOff.base = .milliseconds(20)
        listener.backOff.maximum = .milliseconds(50)
        person = try await MosquittoReactor().open(listener)
        let inbound = AsyncStream.makeStream(of: InboundMessage.self)
        messages = EventReader(inbound.stream)
        let events = person.events
        let isSubscribed = NIOLockedValueBox(false)
        let (person, newest, seen) = (person, newest, seen)
        // Ends with the session.
        Task {
            for await event in events {
                switch event {
                case .connected:
                    try? await person.subscribe(Subscription("#"))
                    isSubscribed.withLockedValue { $0 = true }
                case .message(let message):
                    let text = String(decoding: message.payload, as: UTF8.self)
                    newest.withLockedValue { $0[message.topic] = text }
                    seen.withLockedValue { $0.append("\(message.topic) \(text)") }
                    inbound.continuation.yield(message)
                default: continue
                }
            }
            inbound.continuation.finish()
        }
        await eventually("the person listens") { isSubscribed.withLockedValue { $0 } }

        for (topic, payload) in options.retained {
            try await person.publish(
                OutboundMessage(topic: "loqed/\(topic)", payload: Array(payload.utf8), isRetained: true)
            )
        }
        var locks = [try Self.lock(Self.lock, bridgePort: bridgePort, options)]
        for (id, neighbour) in neighbours {
            locks.append(try Self.lock(id, bridgePort: try await neighbour.listen(), options))
        }
        let configuration = GatewayConfiguration(
            mqtt: .init(
                host: "127.0.0.1",
                port: UInt16(broker.port),
                responseTopicPrefix: options.responseTopicPrefix
            ),
            webhook: .init(listen: NetworkAddress(host: "127.0.0.1", port: 0)),
            admin: NetworkAddress(host: "127.0.0.1", port: 0),
            supervision: .init(
                statusIntervalUnproven: options.statusIntervalUnproven,
                probeInterval: options.probeInterval,
                movementTimeout: options.movementTimeout
            ),
            stateDirectory: options.stateDirectory ?? folder.path,
            locks: locks
        )
        let services = try await GatewayServices.make(
            configuration,
            version: "test",
            threads: threads,
            time: time,
            logger: logger
        )
        adminPort = try #require(services.adminPort)
        group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.services.map { .init(service: $0) },
                logger: Logger(label: "services") { _ in SwiftLogNoOpLogHandler() }
            )
        )
    }

    /// Brings a bridge to where it stands when the gateway meets it.
    private static func prepare(
        _ simulator: BridgeSimulator,
        at port: Int,
        _ options: Options,
        threads: HTTPThreads
    ) async throws {
        for line in options.prelude {
            _ = try await simulator.perform(try #require(SimulatorCommand(line), "the simulator understands \(line)"))
        }
        let key = try BridgeKey(base64: SimulatorConfiguration.demoBridgeKey)
        for url in options.registered {
            let request = BridgeRequest.createWebhook(
                url: url,
                triggers: .all,
                key: key,
                at: TimeSource.live().now().unix
            )
            _ = try await BridgeClient(threads: threads).perform(
                request,
                at: HTTPEndpoint(host: "127.0.0.1", port: port)
            ).get()
        }
    }

    private static func makeSimulator(
        _ options: Options,
        time: TimeSource,
        threads: HTTPThreads,
        mac: String = SimulatorConfiguration().wifiMAC,
        port: Int = 0
    ) throws -> BridgeSimulator {
        var simulated = SimulatorConfiguration()
        simulated.listen = HTTPEndpoint(host: "127.0.0.1", port: port)
        simulated.wifiMAC = mac
        simulated.timing = options.timing
        simulated.speed = options.speed
        simulated.bolt = options.bolt
        simulated.kind = options.kind
        return try BridgeSimulator(
            simulated,
            clock: SimulatorClock(now: time.now, sleep: time.sleep),
            threads: threads,
            logger: Logger(label: "simulator") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    private static func lock(
        _ id: LockID,
        bridgePort: Int,
        _ options: Options
    ) throws -> GatewayConfiguration.Lock {
        GatewayConfiguration.Lock(
            id: id,
            name: id.rawValue,
            bridge: NetworkAddress(host: "127.0.0.1", port: UInt16(bridgePort)),
            bridgeKey: try BridgeKey(base64: SimulatorConfiguration.demoBridgeKey),
            keySecret: try CommandSecret(base64: secret),
            localKeyID: KeyID(3)!,
            allowedActions: options.allowedActions,
            keyNames: [KeyID(1)!: "Alice", KeyID(3)!: "Gateway"]
        )
    }

    // MARK: Verbs

    /// Publishes on a lock's command topic and asks for the answer, as MQTT 5 allows.
    package func command(_ payload: String, answeringOn topic: String, mark: String) async throws {
        try await person.publish(
            OutboundMessage(
                topic: "loqed/front_door/command",
                payload: Array(payload.utf8),
                properties: MessageProperties(responseTopic: topic, correlationData: Array(mark.utf8))
            )
        )
    }

    /// Publishes on the lock's command topic a message that the broker forgets after that time.
    package func command(_ payload: String, expiringIn expiry: Duration) async throws {
        try await person.publish(
            OutboundMessage(
                topic: "loqed/front_door/command",
                payload: Array(payload.utf8),
                properties: MessageProperties(expiry: expiry)
            )
        )
    }

    /// Every message so far: topic, blank, payload.
    package var history: [String] { seen.withLockedValue { $0 } }

    /// Every topic on which something was published.
    package var topics: Set<String> { Set(newest.withLockedValue { $0.keys }) }

    package var now: UnixTime { TimeSource.live().now().unix }

    /// What a late subscriber finds on a topic below the base.
    package func retained(_ topic: String) async throws -> String {
        let late = try await MosquittoReactor().open(
            SessionConfiguration(host: "127.0.0.1", port: UInt16(broker.port), clientID: "late")
        )
        for await event in late.events {
            switch event {
            case .connected: try await late.subscribe(Subscription("loqed/\(topic)"))
            case .message(let message):
                await late.close()
                #expect(message.isRetained)
                return String(decoding: message.payload, as: UTF8.self)
            default: continue
            }
        }
        return ""
    }

    /// Puts another bridge with another lock in the place of the one at the front door.
    package func replaceBridge(mac: String, at bolt: BoltState) async throws {
        await simulator.stopListening()
        var other = options
        other.bolt = bolt
        let simulator = try Self.makeSimulator(
            other,
            time: .live(),
            threads: threads,
            mac: mac,
            port: bridgePort
        )
        try await simulator.listen()
        replacement.withLockedValue { $0 = simulator }
    }

    /// What stands on a topic below the base, as the newest message said.
    package func newest(_ topic: String) -> String? { newest.withLockedValue { $0["loqed/\(topic)"] } }

    package func publish(_ payload: String, to topic: String, retained: Bool = false) async throws {
        let message = OutboundMessage(
            topic: "loqed/\(topic)",
            payload: Array(payload.utf8),
            isRetained: retained
        )
        try await person.publish(message)
    }

    /// Publishes on the command topic of a lock, the one at the front door if none is named.
    package func command(_ payload: String, to lock: LockID = lock, retained: Bool = false) async throws {
        try await publish(payload, to: "\(lock)/command", retained: retained)
    }

    /// Waits until the newest message on a topic below the base is one that `isWanted` takes.
    package func shows(
        _ topic: String,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ isWanted: (String) -> Bool
    ) async {
        await eventually("\(topic) shows it", sourceLocation: sourceLocation) {
            newest.withLockedValue { $0["loqed/\(topic)"] }.map(isWanted) ?? false
        }
    }

    /// The next message on a topic below the base that `select` takes; everything before it is passed over.
    @discardableResult
    package func next(
        _ topic: String,
        sourceLocation: SourceLocation = #_sourceLocation,
        where isWanted: (String) -> Bool = { _ in true }
    ) async throws -> String {
        let topic = "loqed/\(topic)"
        return try await messages.first("a message on \(topic)", sourceLocation: sourceLocation) { message in
            let text = String(decoding: message.payload, as: UTF8.self)
            return message.topic == topic && isWanted(text) ? text : nil
        }
    }

    package func waits(
        for topic: String,
        _ payload: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await next(topic, sourceLocation: sourceLocation) { $0 == payload }
    }

    package func state(
        sourceLocation: SourceLocation = #_sourceLocation,
        _ isWanted: (String) -> Bool = { _ in true }
    ) async throws -> String {
        try await next("front_door/state", sourceLocation: sourceLocation, where: isWanted)
    }

    /// A line of control for the simulated lock.
    package func simulate(_ line: String) async throws {
        let command = try #require(SimulatorCommand(line), "the simulator understands \(line)")
        _ = try await simulator.perform(command)
    }

    /// Ends the gateway as SIGTERM does; the rest of the world goes on.
    package func endGateway() async { await group.triggerGracefulShutdown() }

    private func end() async {
        await group.triggerGracefulShutdown()
    }

    private func tidy() async throws {
        for simulator in [simulator] + neighbours.values { await simulator.stopListening() }
        await replacement.withLockedValue { $0 }?.stopListening()
        await person.close()
        await broker.stop()
        try await threads.shutDown()
    }
}
