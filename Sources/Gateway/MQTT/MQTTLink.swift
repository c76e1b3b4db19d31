package import LockDomain
import LockMessages
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
    private let homeAssistantStatus: String
    private let time: TimeSource
    private let logger: Logger
    private let births: (stream: AsyncStream<Void>, signal: AsyncStream<Void>.Continuation)

    /// What is needed to open the sessions.
    package struct Settings: Sendable {
        package var mqtt: GatewayConfiguration.MQTT
        package var homeAssistant: GatewayConfiguration.HomeAssistant
        package var locks: [GatewayConfiguration.Lock]
        package var version: String

        package init(_ configuration: GatewayConfiguration, version: String) {
            mqtt = configuration.mqtt
            homeAssistant = configuration.homeAssistant
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
        let layout = TopicLayout(base: settings.mqtt.baseTopic)
        var ends: [LockID: LockEnd] = [:]
        for lock in settings.locks {
            let will = OutboundMessage(.state(.unknown, of: lock.id, in: layout))
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
                answer = { [weak pump] result in pump?.publish(.result(result, for: lock.id, in: layout)) }
            }
            ends[lock.id] = LockEnd(lock: lock, pump: pump)
        }
        let will = OutboundMessage(.availability(isOnline: false, in: layout))
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
        let status = "\(settings.homeAssistant.discoveryPrefix)/status"
        homeAssistantStatus = status
        let isDiscoverable = settings.homeAssistant.discovery
        discovery = isDiscoverable ? settings.discovery(layout) : []
        gateway = SessionPump(
            name: "gateway",
            session: gatewaySession,
            subscriptions: isDiscoverable ? [Subscription(status)] : [],
            time: time,
            logger: logger,
            receive: { message in
                if message.topic == status, message.payload == Array("online".utf8) { births.continuation.yield() }
            }
        )
        let info = GatewayInfoDocument(
            version: settings.version,
            startedAt: time.now().unix,
            locks: settings.locks.map(\.id),
            protocolName: settings.mqtt.version == .v5 ? "5" : "3.1.1",
            features: isDiscoverable ? ["home_assistant_discovery"] : []
        )
        gateway.publish(.info(info, in: layout))
        for publication in discovery { gateway.publish(publication) }
    }

    package func announce(_ announcement: Announcement, for lock: LockID) {
        guard let pump = ends[lock]?.pump else { return }
        switch announcement {
        case .report(let report):
            for publication in Publication.all(of: report, for: lock, in: layout) { pump.publish(publication) }
        case .occurrence(let occurrence): pump.publish(.occurrence(occurrence, for: lock, in: layout))
        case .commandResult(let result): pump.publish(.result(result, for: lock, in: layout))
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
        gateway.publish(.availability(isOnline: true, in: layout))
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
                let unknown = Publication.state(.unknown, of: lock, in: layout)
                group.addTask { await end.pump.close(lastWords: [unknown], within: .seconds(2)) }
            }
        }
        await gateway.close(lastWords: [.availability(isOnline: false, in: layout)], within: .seconds(2))
    }
}

extension MQTTLink.Settings {
    fileprivate func session(suffix: String, will: OutboundMessage) -> SessionConfiguration {
        var session = SessionConfiguration(
            host: mqtt.host,
            port: UInt16(mqtt.port),
            clientID: mqtt.clientID + suffix
        )
        session.keepAlive = mqtt.keepAlive
        session.version = mqtt.version
        session.username = mqtt.username
        session.password = mqtt.password
        session.tls = mqtt.tls
        session.will = will
        return session
    }

    /// The gateway first: the locks name it as the device that they are reached through.
    fileprivate func discovery(_ layout: TopicLayout) -> [Publication] {
        let device = HomeAssistantDevice(layout: layout, prefix: homeAssistant.discoveryPrefix, version: version)
        return [device.gateway] + locks.map { device.lock($0.id, name: $0.name, actions: $0.actions) }
    }
}
