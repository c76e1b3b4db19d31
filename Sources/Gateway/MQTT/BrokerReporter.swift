import LockDomain
import LockMessages
import Logging
import Mosquitto
import NIOConcurrencyHelpers

/// Tells the owner how the gateway and its broker get on: in the log once per change, and as problems while they last.
final class BrokerReporter: Sendable {
    /// What else depends on it.
    struct Door: Sendable {
        var show: @Sendable (Set<Problem>, ProblemBoard.Source) -> Void
        /// Called before anything is published on the new connection.
        var gatewayConnected: @Sendable () -> Void
        /// Called when a session has published all that it has.
        var settled: @Sendable () -> Void
        var versionChanged: @Sendable (SessionConfiguration.ProtocolVersion) -> Void
    }

    private struct State {
        var connections: [BrokerWatch.Peer: BrokerConnection]
        var watch: BrokerWatch
        /// What ended the last connection of the gateway's own session, or kept it from one.
        var gatewayTrouble: BrokerTrouble?
    }

    /// What has happened since the start.
    struct Tally: Sendable {
        var connects = 0
        var disconnects = 0
        var delivered = 0
        var refused = 0
        var unsent = 0
        var uncertain = 0
        var lostEvents = 0
    }

    let notices: NoticeLog
    let switches: SwitchLog
    private let answers: FoldedLogWriter<BrokerTrouble.Refusal, String>
    private let tallied = NIOLockedValueBox(Tally())
    private let state: NIOLockedValueBox<State>
    private let time: TimeSource
    private let logger: Logger
    let door = NIOLockedValueBox<Door?>(nil)

    init(
        _ connections: [BrokerWatch.Peer: BrokerConnection],
        isVersion311Configured: Bool,
        time: TimeSource,
        logger: Logger
    ) {
        let watch = BrokerWatch(peers: Set(connections.keys), isVersion311Configured: isVersion311Configured)
        state = NIOLockedValueBox(State(connections: connections, watch: watch))
        self.time = time
        self.logger = logger
        notices = NoticeLog(time: time, logger: logger)
        switches = SwitchLog(time: time, logger: logger)
        answers = FoldedLogWriter(capacity: 8, time: time) { line in
            let reason = line.kind.map { "\($0)" } ?? "several reasons"
            logger.warning(
                "an answer could not be published on the response topic of a command",
                metadata: ["mqtt.topic": "\(line.detail)", "reason": "\(reason)", "times": "\(line.count)"]
            )
        }
    }

    /// A lock has come, with a session of its own.
    func joined(_ peer: BrokerWatch.Peer, _ connection: BrokerConnection) {
        state.withLockedValue { state in
            state.connections[peer] = connection
            state.watch.join(peer)
        }
    }

    /// A lock has gone, and what was wrong with its session is no problem any more.
    func left(_ peer: BrokerWatch.Peer) {
        state.withLockedValue { state in
            state.connections[peer] = nil
            state.watch.leave(peer)
        }
        let door = door.withLockedValue { $0 }
        for source in [ProblemBoard.Source.session(peer), .refusals(peer)] { door?.show([], source) }
    }

    /// A session has published all that it has.
    func settled() { door.withLockedValue { $0 }?.settled() }

    var tally: Tally { tallied.withLockedValue { $0 } }

    /// What became of messages that were handed over.
    func published(_ outcomes: [Outbox.Outcome]) {
        tallied.withLockedValue { tally in
            for outcome in outcomes {
                switch outcome {
                case .delivered: tally.delivered += 1
                case .refused: tally.refused += 1
                case .unsent: tally.unsent += 1
                case .uncertain: tally.uncertain += 1
                }
            }
        }
    }

    /// What keeps the gateway's own session from its connection; nil while there is one.
    var gatewayProblem: Problem? {
        state.withLockedValue { state in
            guard let trouble = state.watch.gatewayTrouble else { return nil }
            return state.connections[.gateway].map { Problem(trouble, on: $0) }
        }
    }

    /// The version in use; nil before the first connection.
    var version: SessionConfiguration.ProtocolVersion? { state.withLockedValue { $0.watch.version } }

    /// What keeps the gateway's own session from the broker, where no topic can tell of it; nil while it is connected.
    var gatewayTrouble: Problem.Code? {
        state.withLockedValue { state in
            guard let trouble = state.gatewayTrouble, let connection = state.connections[.gateway] else { return nil }
            return Problem(trouble, on: connection).code
        }
    }

    private func connection(_ peer: BrokerWatch.Peer) -> BrokerConnection? {
        state.withLockedValue { $0.connections[peer] }
    }

    // MARK: Connections

    func connected(_ peer: BrokerWatch.Peer, _ version: SessionConfiguration.ProtocolVersion) {
        tallied.withLockedValue { $0.connects += 1 }
        let now = time.now().uptime
        let (lines, before, after) = state.withLockedValue { state in
            if peer == .gateway { state.gatewayTrouble = nil }
            let before = state.watch.version
            let lines = state.watch.connected(peer, version, at: now)
            return (lines, before, state.watch.version)
        }
        logger.debug("session connected", metadata: ["mqtt.session": "\(peer.name)"])
        let door = door.withLockedValue { $0 }
        if let after, after != before { door?.versionChanged(after) }
        if peer == .gateway { door?.gatewayConnected() }
        door?.show([], .session(peer))
        lines.forEach(log)
    }

    func disconnected(_ peer: BrokerWatch.Peer, _ error: MosquittoError, retryAfter: Duration) {
        tallied.withLockedValue { $0.disconnects += 1 }
        let metadata: Logger.Metadata = ["mqtt.session": "\(peer.name)", "reason": "\(error)"]
        logger.debug("session without connection", metadata: metadata)
        // Refused in one version and tried at once in the other: there is nothing wrong yet.
        if error == .unsupportedProtocolVersion, retryAfter == .zero { return }
        guard let trouble = BrokerTrouble(error) else { return }
        let now = time.now().uptime
        let (lines, shown) = state.withLockedValue { state in
            if peer == .gateway { state.gatewayTrouble = trouble }
            let lines = state.watch.disconnected(peer, trouble, retryAfter: retryAfter, at: now)
            return (lines, state.watch.problem(of: peer))
        }
        if let shown { show([shown], .session(peer), peer) }
        lines.forEach(log)
    }

    private func show(_ troubles: [BrokerTrouble], _ source: ProblemBoard.Source, _ peer: BrokerWatch.Peer) {
        guard let connection = connection(peer) else { return }
        let problems = troubles.map { Problem($0, on: connection, of: peer.lock) }
        door.withLockedValue { $0 }?.show(Set(problems), source)
    }

    // MARK: Topics

    /// What the broker does not take of a session has changed.
    func refusals(_ change: RefusalBook.Change, _ all: [BrokerTrouble], of peer: BrokerWatch.Peer) {
        guard !change.isEmpty else { return }
        show(all, .refusals(peer), peer)
        for trouble in change.begun { log("the broker does not take everything", trouble, peer) }
        if !change.ended.isEmpty {
            logger.info(
                "the broker takes again what it refused",
                metadata: [
                    "mqtt.session": "\(peer.name)", "mqtt.topics": "\(change.ended.sorted().joined(separator: " "))",
                ]
            )
        }
    }

    /// An answer could not be published where the sender of a command wants it; anybody can cause that, with any topic.
    func answerRefused(_ refusal: BrokerTrouble.Refusal, on topic: String) { answers.note(refusal, topic) }

    /// Writes what was only counted, when its time has come.
    func writeDue() {
        answers.writeDue()
        notices.writeDue()
        switches.writeDue()
    }

    /// Writes what was counted so far, for the end.
    func writeRest() {
        answers.writeRest()
        notices.writeRest()
        switches.writeRest()
    }

    /// Events were lost, or published twice.
    func losses(_ losses: Outbox.Losses, of peer: BrokerWatch.Peer) {
        let lost = losses.crowdedOut + losses.outlived
        tallied.withLockedValue { $0.lostEvents += lost }
        if lost > 0 {
            logger.warning(
                "events were not published: the broker was away too long",
                metadata: [
                    "mqtt.session": "\(peer.name)", "count": "\(lost)", "too.many": "\(losses.crowdedOut)",
                    "too.old": "\(losses.outlived)",
                ]
            )
        }
        if losses.repeated > 0 {
            logger.notice(
                "events are published again: the connection broke before the broker acknowledged them",
                metadata: ["mqtt.session": "\(peer.name)", "count": "\(losses.repeated)"]
            )
        }
    }

    // MARK: Lines

    private func log(_ line: BrokerWatch.Line) {
        switch line {
        case .connected(let version, let after):
            var metadata: Logger.Metadata = ["mqtt.protocol": "\(version.name)"]
            if let after { metadata["away.seconds"] = "\(after.components.seconds)" }
            logger.info("connected to the broker", metadata: metadata)
        case .trouble(let trouble, let peer, let untold, let retryAfter):
            var extra: Logger.Metadata = ["retry.seconds": "\(retryAfter.components.seconds)"]
            if untold > 0 { extra["times"] = "\(untold + 1)" }
            log("no connection to the broker", trouble, peer, extra)
        case .withoutVersion5(let isConfigured):
            let lost =
                "message expiry (a gateway that dies without its will leaves old states), response topics,"
                + " telling a command that was published as retained, and reasons when the broker refuses a message"
            if isConfigured {
                logger.info("MQTT 3.1.1 as configured", metadata: ["without": "\(lost)"])
            } else {
                logger.warning(
                    "the broker does not speak MQTT 5; going on with 3.1.1",
                    metadata: ["without": "\(lost)", "remedy": "renew the broker, or turn MQTT 5 on there"]
                )
            }
        case .version5Again: logger.notice("the broker speaks MQTT 5 now")
        }
    }

    private func log(
        _ message: Logger.Message,
        _ trouble: BrokerTrouble,
        _ peer: BrokerWatch.Peer,
        _ extra: Logger.Metadata = [:]
    ) {
        guard let connection = connection(peer) else { return }
        let problem = Problem(trouble, on: connection, of: peer.lock)
        let metadata: Logger.Metadata = [
            "mqtt.session": "\(peer.name)", "problem": "\(problem.code.rawValue)", "reason": "\(problem.text)",
            "remedy": "\(problem.remedy)",
        ]
        logger.warning(message, metadata: metadata.merging(extra) { $1 })
    }
}
