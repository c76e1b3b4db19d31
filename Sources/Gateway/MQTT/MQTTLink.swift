package import LockDomain
package import LockMessages
package import Logging
package import Mosquitto
import NIOConcurrencyHelpers
import ServiceLifecycle

/// The gateway's end of MQTT: a session of its own for every lock, and one for the gateway.
///
/// A lock's session carries a will that makes the lock's state `unknown`, so that a dead gateway claims nothing. The
/// gateway is announced as online only after the locks have said what they know.
package final class MQTTLink: Announcing, Service {
    private struct LockEnd: Sendable {
        let lock: GatewayConfiguration.Lock
        let pump: SessionPump
    }

    private let layout: TopicLayout
    private let ends: [LockID: LockEnd]
    private let gateway: SessionPump
    private let discovery: [Publication]
    private let time: TimeSource
    private let logger: Logger
    private let births: (stream: AsyncStream<Void>, signal: AsyncStream<Void>.Continuation)

    /// What is needed to open the sessions.
    package struct Settings: Sendable {
        package var mqtt: GatewayConfiguration.MQTT
        package var baseTopic: TopicPrefix
        package var isDiscoverable: Bool
        package var discoveryPrefix: TopicPrefix
        package var locks: [GatewayConfiguration.Lock]
        package var version: String

        package init(_ configuration: GatewayConfiguration, version: String) throws(MosquittoError) {
            guard let baseTopic = TopicPrefix(configuration.mqtt.baseTopic) else { throw .invalid("mqtt.base_topic") }
            guard let discoveryPrefix = TopicPrefix(configuration.homeAssistant.discoveryPrefix) else {
                throw .invalid("home_assistant.discovery_prefix")
            }
            mqtt = configuration.mqtt
            self.baseTopic = baseTopic
            isDiscoverable = configuration.homeAssistant.discovery
            self.discoveryPrefix = discoveryPrefix
            locks = configuration.locks
            self.version = version
        }
    }

    /// Opens the sessions; they begin to connect at once.
    package static func open(
        _ settings: Settings,
        reactor: MosquittoReactor,
        inbox: EngineInbox,
        makeID: @escaping @Sendable () -> CommandID,
        time: TimeSource,
        logger: Logger
    ) async throws(MosquittoError) -> MQTTLink {
        let layout = TopicLayout(base: settings.baseTopic)
        var ends: [LockID: LockEnd] = [:]
        for lock in settings.locks {
            let will = OutboundMessage(.stateUnknown(of: lock.id, in: layout))
            let session = try await reactor.open(settings.session(suffix: "-\(lock.id)", will: will))
            let intake = CommandIntake(lock: lock.id, layout: layout, inbox: inbox, makeID: makeID, time: time)
            let pump = SessionPump(
                name: lock.id.rawValue,
                session: session,
                subscriptions: intake.subscriptions,
                time: time,
                logger: logger,
                receive: { intake.receive($0) }
            )
            intake.answer.withLockedValue { answer in
                answer = { [weak pump] result in pump?.publish(Publication(result, for: lock.id, in: layout)) }
            }
            ends[lock.id] = LockEnd(lock: lock, pump: pump)
        }
        let will = OutboundMessage(.availability(false, in: layout))
        let session = try await reactor.open(settings.session(suffix: "", will: will))
        return MQTTLink(settings, layout: layout, ends: ends, gatewaySession: session, time: time, logger: logger)
    }

    private init(
        _ settings: Settings,
        layout: TopicLayout,
        ends: [LockID: LockEnd],
        gatewaySession: MosquittoSession,
        time: TimeSource,
        logger: Logger
    ) {
        self.layout = layout
        self.ends = ends
        self.time = time
        self.logger = logger
        let births = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.births = (births.stream, births.continuation)
        let homeAssistant = HomeAssistantLayout(prefix: settings.discoveryPrefix)
        let isDiscoverable = settings.isDiscoverable
        discovery = isDiscoverable ? settings.discovery(layout, homeAssistant) : []
        gateway = SessionPump(
            name: "gateway",
            session: gatewaySession,
            subscriptions: isDiscoverable ? [Subscription(homeAssistant.birth)] : [],
            time: time,
            logger: logger,
            receive: { message in
                guard message.topic == homeAssistant.birth, homeAssistant.isBirth(message.payload) else { return }
                births.continuation.yield()
            }
        )
        gateway.publish(Publication(settings.info(startedAt: time.now().unix), in: layout))
        for publication in discovery { gateway.publish(publication) }
    }

    package func announce(_ announcement: Announcement, for lock: LockID) {
        guard let pump = ends[lock]?.pump else { return }
        switch announcement {
        case .report(let report):
            for publication in [Publication](report, for: lock, in: layout) { pump.publish(publication) }
        case .occurrence(let occurrence): pump.publish(Publication(occurrence, for: lock, in: layout))
        case .commandResult(let result): pump.publish(Publication(result, for: lock, in: layout))
        }
    }

    package func note(_ notice: Notice, for lock: LockID) { NoticeText.log(notice, of: lock, to: logger) }

    package func run() async throws {
        await withDiscardingTaskGroup { group in
            for end in ends.values { group.addTask { await end.pump.run() } }
            group.addTask { await self.gateway.run() }
            group.addTask { await self.comeOnline() }
            group.addTask { await self.welcomeHomeAssistant() }
            try? await gracefulShutdown()
            await close()
            group.cancelAll()
        }
    }

    /// Says `online` once every lock's topics are there.
    private func comeOnline() async {
        for end in ends.values { await end.pump.firstFlush() }
        guard !Task.isCancelled else { return }
        gateway.publish(.availability(true, in: layout))
    }

    /// Publishes discovery again when Home Assistant starts, a little later so that not everybody speaks at once.
    private func welcomeHomeAssistant() async {
        for await _ in births.stream {
            let delay = Duration.milliseconds(Int.random(in: 0...1000))
            guard (try? await time.sleep(time.now().uptime + delay)) != nil else { return }
            for publication in discovery { gateway.republish(publication) }
        }
    }

    /// The last words: nobody knows the states any more, and the gateway is away.
    private func close() async {
        births.signal.finish()
        await withDiscardingTaskGroup { group in
            for (lock, end) in ends {
                let unknown = Publication.stateUnknown(of: lock, in: layout)
                group.addTask { await end.pump.close(lastWords: [unknown], within: .seconds(2)) }
            }
        }
        await gateway.close(lastWords: [.availability(false, in: layout)], within: .seconds(2))
    }
}

extension MQTTLink.Settings {
    fileprivate func session(suffix: String, will: OutboundMessage) -> SessionConfiguration {
        var session = SessionConfiguration(
            host: mqtt.host,
            port: mqtt.port,
            clientID: mqtt.clientID + suffix
        )
        session.keepAlive = mqtt.keepAlive
        session.version = mqtt.protocolVersion == .v5 ? .v5 : .v311
        session.username = mqtt.login?.username
        session.password = mqtt.login?.password?.reveal { Password($0) }
        session.tls = mqtt.tls.map {
            SessionConfiguration.TLS(
                caFile: $0.caFile,
                certificateFile: $0.clientCertificate?.certificateFile,
                privateKeyFile: $0.clientCertificate?.privateKeyFile
            )
        }
        session.will = will
        return session
    }

    fileprivate func info(startedAt: UnixTime) -> GatewayInfoDocument {
        GatewayInfoDocument(
            version: version,
            startedAt: startedAt,
            locks: locks.map(LockListing.init),
            mqttVersion: mqtt.protocolVersion == .v5 ? .version5 : .version311,
            features: Set(
                (isDiscoverable ? [GatewayInfoDocument.Feature.homeAssistant] : [])
                    + (mqtt.protocolVersion == .v5 ? [.messageExpiry] : [])
            )
        )
    }

    /// The gateway first: the locks name it as the device that they are reached through.
    fileprivate func discovery(_ layout: TopicLayout, _ homeAssistant: HomeAssistantLayout) -> [Publication] {
        let gateway = HomeAssistantDevice.gateway(version: version, in: layout)
        let devices = locks.map {
            HomeAssistantDevice.lock(LockListing($0), bridgeMAC: nil, gatewayVersion: version, in: layout)
        }
        return ([gateway] + devices).map { Publication($0, in: homeAssistant) }
    }
}

extension LockListing {
    fileprivate init(_ lock: GatewayConfiguration.Lock) {
        self.init(id: lock.id, name: lock.name, allowedActions: lock.allowedActions)
    }
}
