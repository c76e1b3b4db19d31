import BridgeHTTP
import LockDomain
import LoqedWire
import NIOConcurrencyHelpers
import PlainHTTP

/// Counts what happens, between those who do it and those who are told.
final class GatewayMeter: Sendable {
    private let book = NIOLockedValueBox(MetricBook())
    private let webhooks = NIOLockedValueBox<[LockID: BelievedWebhooks]>([:])
    /// When the newest webhook came, unless something was said after it.
    private let arrivals = NIOLockedValueBox<[LockID: Duration]>([:])
    private let reports = NIOLockedValueBox<[LockID: LockReport]>([:])
    private let time: TimeSource

    init(time: TimeSource) { self.time = time }

    var counted: MetricBook {
        var counted = book.withLockedValue { $0 }
        let accepted = webhooks.withLockedValue { webhooks in
            for lock in webhooks.keys { webhooks[lock]?.settle() }
            return webhooks.mapValues(\.accepted)
        }
        for (lock, count) in accepted where count > 0 { counted.set(.webhook("accepted", of: lock), to: count) }
        return counted
    }

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
        webhooks.withLockedValue { $0[lock] = nil }
        arrivals.withLockedValue { $0[lock] = nil }
    }

    fileprivate func count(_ series: MetricSeries) { book.withLockedValue { $0.count(series) } }

    fileprivate func note(_ report: LockReport, of lock: LockID) { reports.withLockedValue { $0[lock] = report } }

    /// A believed webhook has gone to the supervisor of a lock.
    fileprivate func webhookArrived(for lock: LockID) {
        let now = time.now().uptime
        arrivals.withLockedValue { $0[lock] = now }
    }

    /// It was taken.
    fileprivate func webhookTaken(for lock: LockID) {
        webhooks.withLockedValue { $0[lock, default: BelievedWebhooks()].taken += 1 }
    }

    /// It was no news to the supervisor, and nothing is said of it.
    fileprivate func webhookPassedOver(_ verdict: String, of lock: LockID) {
        arrivals.withLockedValue { $0[lock] = nil }
        webhooks.withLockedValue { $0[lock, default: BelievedWebhooks()].passedOver += 1 }
        count(.webhook(verdict, of: lock))
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

/// The webhooks of one lock that were believed and taken.
private struct BelievedWebhooks {
    var taken = 0
    /// Those of them that the supervisor found to be no news, a moment after they were taken.
    var passedOver = 0
    /// What is shown as accepted.
    ///
    /// It never goes down: who reads a counter would take that for a new beginning.
    private(set) var accepted = 0

    mutating func settle() { accepted = max(accepted, taken - passedOver) }
}

extension MetricSeries {
    fileprivate static func webhook(_ verdict: String, of lock: some CustomStringConvertible) -> MetricSeries {
        MetricSeries(.webhooks, MetricLabel("lock", lock), MetricLabel("verdict", verdict))
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
        case .webhookRepeated: meter.webhookPassedOver("repeated", of: lock)
        case .webhookLate: meter.webhookPassedOver("late", of: lock)
        default: break
        }
        base.note(notice, for: lock)
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
        switch event {
        case .bridgeReported where isTaken: meter.webhookTaken(for: lock)
        case .doorbellRang where isTaken: count("doorbell", of: lock)
        case .bridgeReported, .doorbellRang: count("overload", of: lock)
        // Refused already, and only told.
        default: break
        }
        return isTaken
    }

    func wasUnknown(_ lock: LockID, to address: String) {
        // Strangers choose that name, so it is no label.
        meter.count(.webhook("unknown_lock", of: ""))
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

    private func count(_ verdict: String, of lock: LockID) { meter.count(.webhook(verdict, of: lock)) }
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
