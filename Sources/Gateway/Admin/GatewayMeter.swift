import BridgeHTTP
import LockDomain
import LoqedWire
import NIOConcurrencyHelpers
import PlainHTTP

/// Counts what happens, between those who do it and those who are told.
final class GatewayMeter: Sendable {
    private let book = NIOLockedValueBox(MetricBook())
    /// When the oldest webhook came that nothing was said after yet.
    private let arrivals = NIOLockedValueBox<[LockID: Duration]>([:])
    private let reports = NIOLockedValueBox<[LockID: LockReport]>([:])
    private let time: TimeSource

    init(time: TimeSource) { self.time = time }

    var counted: MetricBook { book.withLockedValue { $0 } }

    /// What is so now at the locks.
    var gauges: [MetricSeries: Double] {
        reports.withLockedValue { $0 }.reduce(into: [:]) { gauges, entry in
            let lock = MetricLabel("lock", entry.key)
            let report = entry.value
            gauges[MetricSeries(.online, lock)] = report.connectivity.isOnline ? 1 : 0
            gauges[MetricSeries(.known, lock)] = report.state == .unknown ? 0 : 1
            gauges[MetricSeries(.webhookPath, lock)] = report.webhookPath == .proven ? 1 : 0
            gauges[MetricSeries(.commandsEnabled, lock)] = report.areCommandsEnabled ? 1 : 0
            if let level = report.battery.level { gauges[MetricSeries(.battery, lock)] = Double(level) }
        }
    }

    /// Nothing is known of the lock now.
    func doubt(_ lock: LockID) { reports.withLockedValue { $0[lock] = nil } }

    /// The lock has gone, and everything that was counted of it.
    func forget(_ lock: LockID) {
        doubt(lock)
        book.withLockedValue { $0.forget(MetricLabel("lock", lock)) }
    }

    fileprivate func count(_ series: MetricSeries) { book.withLockedValue { $0.count(series) } }

    fileprivate func note(_ report: LockReport, of lock: LockID) { reports.withLockedValue { $0[lock] = report } }

    /// A believed webhook has gone to the supervisor of a lock.
    fileprivate func webhookArrived(for lock: LockID) {
        let now = time.now().uptime
        arrivals.withLockedValue { if $0[lock] == nil { $0[lock] = now } }
    }

    /// Something about that lock is on its way to the broker.
    fileprivate func announced(for lock: LockID) {
        guard let arrival = arrivals.withLockedValue({ $0.removeValue(forKey: lock) }) else { return }
        let took = time.now().uptime - arrival
        // What comes later has another cause: this webhook said nothing new.
        guard took < .seconds(1) else { return }
        book.withLockedValue { $0.take(took, in: MetricSeries(.webhookSeconds)) }
    }

    fileprivate func note(_ result: CommandResult, of lock: LockID) {
        let (status, reason) = result.status.words
        let took = Duration.milliseconds(result.updatedAt.milliseconds - result.receivedAt.milliseconds)
        guard result.status.isFinal else {
            guard result.status != .received else { return }
            let stage = MetricSeries(.commandStageSeconds, MetricLabel("stage", status))
            return book.withLockedValue { $0.take(max(took, .zero), in: stage) }
        }
        let labels = [
            MetricLabel("lock", lock), MetricLabel("command", result.action?.rawValue ?? "none"),
        ]
        book.withLockedValue { book in
            book.count(
                MetricSeries(
                    .commands,
                    labels[0],
                    labels[1],
                    MetricLabel("status", status),
                    MetricLabel("reason", reason ?? "")
                )
            )
            guard result.status == .confirmed else { return }
            book.take(max(took, .zero), in: MetricSeries(.commandSeconds, labels[0], labels[1]))
        }
    }

    fileprivate func measured<Answer>(
        _ kind: String,
        _ outcome: (Answer) -> String,
        _ request: () async -> Answer
    ) async -> Answer {
        let start = time.now().uptime
        let answer = await request()
        let took = time.now().uptime - start
        let label = MetricLabel("kind", kind)
        book.withLockedValue { book in
            book.count(MetricSeries(.requests, label, MetricLabel("outcome", outcome(answer))))
            book.take(took, in: MetricSeries(.requestSeconds, label))
        }
        return answer
    }
}

/// Counts events and commands on their way to the broker.
struct MeteredAnnouncer: Announcing {
    let base: any Announcing
    let meter: GatewayMeter

    func announce(_ announcement: Announcement, for lock: LockID) {
        meter.announced(for: lock)
        switch announcement {
        case .report(let report): meter.note(report, of: lock)
        case .occurrence(let occurrence):
            meter.count(
                MetricSeries(.events, MetricLabel("lock", lock), MetricLabel("event", occurrence.word.rawValue))
            )
        case .commandResult(let result): meter.note(result, of: lock)
        }
        base.announce(announcement, for: lock)
    }

    func note(_ notice: Notice, for lock: LockID) {
        switch notice {
        case .webhookRepeated: count("repeated", of: lock)
        case .webhookLate: count("late", of: lock)
        default: break
        }
        base.note(notice, for: lock)
    }

    private func count(_ verdict: String, of lock: LockID) {
        meter.count(MetricSeries(.webhooks, MetricLabel("lock", lock), MetricLabel("verdict", verdict)))
    }
}

/// Counts webhooks by the listener's verdict.
struct MeteredReceiver: WebhookReceiving {
    let base: any WebhookReceiving
    let meter: GatewayMeter

    func target(for lock: LockID) -> WebhookTarget? { base.target(for: lock) }

    func receive(_ event: LockEvent, for lock: LockID) -> Bool {
        if case .bridgeReported = event { meter.webhookArrived(for: lock) }
        let isTaken = base.receive(event, for: lock)
        let isDoorbell =
            switch event {
            case .doorbellRang: true
            default: false
            }
        count(isTaken ? (isDoorbell ? "doorbell" : "accepted") : "overload", of: lock)
        return isTaken
    }

    func wasUnknown(_ lock: LockID, to address: String) {
        // Strangers choose that name, so it is no label.
        meter.count(MetricSeries(.webhooks, MetricLabel("lock", ""), MetricLabel("verdict", "unknown_lock")))
        base.wasUnknown(lock, to: address)
    }

    func refused(_ rejection: WebhookRejection?, for lock: LockID) {
        let verdict =
            switch rejection {
            case .unsigned: "unsigned"
            case .malformed: "malformed"
            case .badSignature: "bad_signature"
            case .stale: "stale"
            // Signed, and still nothing that could be read.
            case nil: "unreadable"
            }
        count(verdict, of: lock)
        base.refused(rejection, for: lock)
    }

    private func count(_ verdict: String, of lock: LockID) {
        meter.count(MetricSeries(.webhooks, MetricLabel("lock", lock), MetricLabel("verdict", verdict)))
    }
}

/// Counts and times requests to bridges.
struct MeteredBridge: BridgeCalling {
    let base: any BridgeCalling
    let meter: GatewayMeter

    func perform(_ request: BridgeRequest, at bridge: HTTPEndpoint) async -> Result<HTTPAnswer, BridgeFailure> {
        await meter.measured(request.target.hasPrefix("/status") ? "status" : "webhooks", Self.outcome) {
            await base.perform(request, at: bridge)
        }
    }

    func deliver(
        _ command: BridgeRequest,
        to bridge: HTTPEndpoint,
        unless objection: @Sendable () -> NotSentReason?
    ) async -> CommandAnswer {
        await meter.measured("command", Self.outcome) {
            await base.deliver(command, to: bridge, unless: objection)
        }
    }

    func route(to bridge: HTTPEndpoint) async -> Result<BridgeRoute, BridgeFailure> {
        await meter.measured("probe", Self.outcome) { await base.route(to: bridge) }
    }

    private static func outcome(_ answer: CommandAnswer) -> String {
        switch answer {
        case .acknowledged: "ok"
        case .notSent: "not_sent"
        case .unanswered: "unanswered"
        case .refused: "refused"
        }
    }

    private static func outcome<Value>(_ result: Result<Value, BridgeFailure>) -> String {
        switch result {
        case .success: "ok"
        case .failure(let failure): failure.rawValue
        }
    }
}
