package import LockDomain
import LockMessages
package import Logging
package import Mosquitto
import NIOConcurrencyHelpers
import ServiceLifecycle

/// The gateway's end of MQTT: a session of its own for every lock, and one for the gateway.
///
/// A lock's session carries a will that makes the lock's state `unknown`, so that a dead gateway claims nothing. The
/// gateway is announced as online only after the locks have said what they know, or it has said in the place of those that
/// do not come that nothing is known.
package final class MQTTLink: Announcing, Service {
    struct LockEnd: Sendable {
        var lock: GatewayConfiguration.Lock
        let pump: SessionPump
        let intake: CommandIntake
        /// What was said of the lock last.
        var report: LockReport?
    }

    let layout: TopicLayout
    /// Locks come and go with the configuration.
    let ends: NIOLockedValueBox<[LockID: LockEnd]>
    let gateway: SessionPump
    /// Absent when Home Assistant is to be told nothing.
    let discovery: NIOLockedValueBox<DiscoveryBoard>?
    let replies: ReplyBook
    let sweep: RetainedSweep
    let makers: Makers
    /// Sessions that are to be run from now on.
    let joins: (stream: AsyncStream<LockEnd>, signal: AsyncStream<LockEnd>.Continuation)
    /// What would take the locks off the broker that were configured once and are no more.
    private let clearings: [Clearing]
    private let board = ProblemBoard()
    let reporter: BrokerReporter
    let settings: NIOLockedValueBox<Settings>
    private let startedAt: UnixTime
    /// Until when the locks' sessions are waited for before the gateway is called online; absent once it was.
    let patienceEnd = NIOLockedValueBox<Duration?>(nil)
    let arrivals: (stream: AsyncStream<Void>, signal: AsyncStream<Void>.Continuation)
    let time: TimeSource
    let logger: Logger
    let births: (stream: AsyncStream<Void>, signal: AsyncStream<Void>.Continuation)
    /// The topics of our devices that somebody has cleared.
    let deletions: (stream: AsyncStream<String>, signal: AsyncStream<String>.Continuation)

    /// What is to be taken off the broker if it is there.
    struct Clearing: Sendable {
        enum Reason {
            case formerLock(LockID)
            case notDiscoverable
        }

        let reason: Reason
        let publications: [Publication]
    }

    /// What a lock's end is made with.
    struct Makers: Sendable {
        let reactor: MosquittoReactor
        let inbox: EngineInbox
        let makeID: @Sendable () -> CommandID
        let time: TimeSource
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
        let ids = settings.locks.map(\.id)
        let replies = ReplyBook(layout: layout, prefix: settings.responsePrefix, locks: ids)
        let reporter = BrokerReporter(
            settings.connections,
            isVersion311Configured: settings.mqtt.protocolVersion == .v311,
            time: time,
            logger: logger
        )
        let makers = Makers(reactor: reactor, inbox: inbox, makeID: makeID, time: time)
        var ends: [LockID: LockEnd] = [:]
        for lock in settings.locks {
            ends[lock.id] = try await makers.end(of: lock, settings, replies, reporter, logger)
        }
        let will = OutboundMessage(.availability(false, in: layout))
        let session = try await reactor.open(settings.session(suffix: "", will: will))
        let clearings = settings.clearings(layout)
        let sweep = RetainedSweep(
            reactor: reactor,
            configuration: settings.session(suffix: "-sweep", will: nil),
            topics: ids.flatMap { [layout.command(of: $0), layout.commandsSwitch(of: $0)] }
                + clearings.flatMap { $0.publications.map(\.topic) },
            time: time
        )
        let link = MQTTLink(
            settings,
            layout: layout,
            ends: ends,
            gatewaySession: session,
            replies: replies,
            sweep: sweep,
            clearings: clearings,
            reporter: reporter,
            makers: makers,
            logger: logger
        )
        reporter.door.withLockedValue { $0 = link.makeDoor() }
        for end in ends.values { link.open(end.intake, of: end.lock.id) }
        return link
    }

    private init(
        _ settings: Settings,
        layout: TopicLayout,
        ends: [LockID: LockEnd],
        gatewaySession: MosquittoSession,
        replies: ReplyBook,
        sweep: RetainedSweep,
        clearings: [Clearing],
        reporter: BrokerReporter,
        makers: Makers,
        logger: Logger
    ) {
        self.reporter = reporter
        self.makers = makers
        let time = makers.time
        startedAt = time.now().unix
        self.settings = NIOLockedValueBox(settings)
        let joins = AsyncStream.makeStream(of: LockEnd.self)
        self.joins = (joins.stream, joins.continuation)
        let arrivals = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.arrivals = (arrivals.stream, arrivals.continuation)
        self.layout = layout
        self.ends = NIOLockedValueBox(ends)
        self.replies = replies
        self.sweep = sweep
        self.clearings = clearings
        self.time = time
        self.logger = logger
        let births = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.births = (births.stream, births.continuation)
        let homeAssistant = HomeAssistantLayout(prefix: settings.discoveryPrefix)
        let isDiscoverable = settings.isDiscoverable
        let discovery = isDiscoverable ? NIOLockedValueBox(settings.discovery(layout, homeAssistant)) : nil
        self.discovery = discovery
        let topics = discovery?.withLockedValue { $0.subjects.map { homeAssistant.configuration(of: $0) } } ?? []
        let deletions = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(64))
        self.deletions = (deletions.stream, deletions.continuation)
        gateway = SessionPump(
            peer: .gateway,
            session: gatewaySession,
            subscriptions: (isDiscoverable ? [Subscription(homeAssistant.birth)] : [])
                + topics.map(Self.deletions),
            reporter: reporter,
            time: time,
            logger: logger,
            receive: { message in
                if message.topic == homeAssistant.birth {
                    if homeAssistant.isBirth(message.payload) { births.continuation.yield() }
                } else if message.payload.isEmpty {
                    deletions.continuation.yield(message.topic)
                }
            }
        )
        gateway.publish(
            Publication(settings.info(startedAt: startedAt, version: settings.preferredVersion), in: layout)
        )
        gateway.publish(Publication(ProblemDocument([]), in: layout))
        if let first = discovery?.withLockedValue({ $0.gateway }) { gateway.publish(first) }
    }

    package func announce(_ announcement: Announcement, for lock: LockID) {
        guard let end = ends.withLockedValue({ $0[lock] }) else {
            // The lock has gone; who asked it something still gets the answer.
            if case .commandResult(let result) = announcement, let answer = replies.answer(result) {
                gateway.publish(answer)
            }
            return
        }
        let pump = end.pump
        switch announcement {
        case .report(let report):
            ends.withLockedValue { $0[lock]?.report = report }
            for publication in [Publication](report, for: lock, in: layout) { pump.publish(publication) }
            let bridge = end.lock.bridge.shownName
            show(Set(report.problems.map { Problem($0, of: lock, bridge: bridge) }), from: .supervisor(lock))
            // Under the lock, so that of two changes the later one is published last.
            discovery?.withLockedValue { discovery in
                let devices = discovery.learn(from: report, of: lock)
                if !devices.isEmpty { gateway.publish(inOrder: devices) }
            }
        case .occurrence(let occurrence): pump.publish(Publication(occurrence, for: lock, in: layout))
        case .commandResult(let result):
            pump.publish(Publication(result, for: lock, in: layout))
            if let answer = replies.answer(result) { pump.publish(answer) }
        }
    }

    /// Publishes what one source knows to be wrong now, in place of what it knew before.
    func show(_ problems: Set<Problem>, from source: ProblemBoard.Source) {
        board.set(problems, from: source) { gateway.publish(Publication($0, in: layout)) }
    }

    private func makeDoor() -> BrokerReporter.Door {
        BrokerReporter.Door(
            show: { [weak self] in self?.show($0, from: $1) },
            gatewayConnected: { [weak self] in self?.arrive() },
            settled: { [weak self] in self?.noteSettled() },
            versionChanged: { [weak self] version in
                self?.publishInfo(version)
            }
        )
    }

    /// What the gateway says of itself, and of its locks.
    func publishInfo(_ version: SessionConfiguration.ProtocolVersion?) {
        let info = settings.withLockedValue { $0.info(startedAt: startedAt, version: version ?? $0.preferredVersion) }
        gateway.publish(Publication(info, in: layout))
    }

    /// Only what others publish there from now on.
    static func deletions(on topic: String) -> Subscription {
        Subscription(topic, retainHandling: .sendNone, retainAsPublished: true, noLocal: true)
    }

    /// Whether the gateway's own session is up.
    var isConnected: Bool { gateway.isUp }

    /// Why it is not, as far as that is known.
    var trouble: Problem.Code? { reporter.gatewayTrouble }

    /// What is so now with the broker.
    var gauges: [MetricSeries: Double] {
        let sessions = pumps + [gateway]
        var gauges = [
            MetricSeries(.sessions): Double(sessions.count),
            MetricSeries(.sessionsUp): Double(sessions.count(where: \.isUp)),
            MetricSeries(.queued): Double(sessions.reduce(0) { $0 + $1.waiting }),
        ]
        gauges.merge(reporter.tally.series) { $1 }
        for (code, count) in board.counts(besides: reporter.gatewayProblem) {
            gauges[MetricSeries(.problems, MetricLabel("code", code.rawValue))] = Double(count)
        }
        return gauges
    }

    var pumps: [SessionPump] { ends.withLockedValue { $0.values.map(\.pump) } }

    func retainedMessage(_ isThere: Bool, on topic: String, of lock: LockID) {
        show(isThere ? [.retainedCommand(on: topic, of: lock)] : [], from: .topic(topic))
    }

    package func note(_ notice: Notice, for lock: LockID) { reporter.notices.note(notice, of: lock) }

    package func run() async throws {
        await withDiscardingTaskGroup { group in
            for pump in pumps { group.addTask { await pump.run() } }
            group.addTask { await self.runJoined() }
            group.addTask { await self.gateway.run() }
            group.addTask { await self.comeOnline() }
            group.addTask { await self.welcomeHomeAssistant() }
            group.addTask { await self.lookForRetained() }
            group.addTask { await self.followDeletions() }
            try? await gracefulShutdown()
            await close()
            group.cancelAll()
        }
    }

    /// Looks once what lies on the topics that move locks; what comes later, the locks' sessions see themselves.
    ///
    /// And takes away what is left of locks that are no longer configured. Only what is there is cleared: Home Assistant
    /// warns of a device that is taken from it and that it does not know.
    private func lookForRetained() async {
        guard await gateway.settled(), let found = await sweep.look() else { return }
        for clearing in clearings {
            let leftovers = clearing.publications.filter { found.contains($0.topic) }
            let isCleared = ends.withLockedValue { ends in
                // A lock that came back since the start is none that has gone.
                if case .formerLock(let lock) = clearing.reason, ends[lock] != nil { return false }
                for publication in leftovers { gateway.publish(publication) }
                return !leftovers.isEmpty
            }
            guard isCleared else { continue }
            switch clearing.reason {
            case .formerLock(let lock):
                logger.info(
                    "took a lock off the broker that is no longer configured",
                    metadata: ["lock.id": "\(lock)"]
                )
            case .notDiscoverable:
                logger.info("took our devices out of Home Assistant, because home_assistant.discovery is false")
            }
        }
        for lock in ends.withLockedValue({ Array($0.keys) }) { showRetained(found, of: lock) }
    }

    /// Publishes discovery again when Home Assistant starts, a little later so that not everybody speaks at once.
    private func welcomeHomeAssistant() async {
        for await _ in births.stream {
            let delay = Duration.milliseconds(Int.random(in: 0...1000))
            guard (try? await time.sleep(time.now().uptime + delay)) != nil else { return }
            let topics = discovery?.withLockedValue { $0.all.map(\.topic) } ?? []
            for topic in topics { gateway.republish(topic) }
        }
    }

    /// Leaves devices alone that were deleted in Home Assistant: it clears their messages, and they stay away until
    /// the gateway starts again.
    private func followDeletions() async {
        for await topic in deletions.stream {
            let subject = discovery?.withLockedValue { discovery -> HomeAssistantDevice.Subject? in
                guard let (subject, rest) = discovery.delete(topic) else { return nil }
                gateway.forget(topic)
                gateway.publish(inOrder: rest)
                return subject
            }
            guard let subject else { continue }
            logger.info(
                "a device was deleted in Home Assistant; a restart of the gateway brings it back",
                metadata: ["home_assistant.device": "\(subject.identifier)"]
            )
        }
    }
}
