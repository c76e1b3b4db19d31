/// Whether webhooks arrive, and when our entry on the bridge is looked after.
struct WebhookCare: Hashable, Sendable {
    private(set) var path: WebhookPath = .unproven
    private(set) var due: Duration
    private var failures = 0
    private var bootedAt: Int64?

    init(firstAt: Duration) { due = firstAt }

    mutating func arrived() { path = .proven }

    mutating func missed() { path = .unproven }

    mutating func want(at now: Duration) { due = min(due, now) }

    /// Notes when the bridge says it started; says whether that is a new start.
    mutating func bridgeBooted(at bootedAt: Int64, policy: LockPolicy) -> Bool {
        defer { self.bootedAt = bootedAt }
        guard let known = self.bootedAt else { return false }
        return bootedAt - known > policy.rebootThreshold.components.seconds
    }

    mutating func reconciled(_ outcome: WebhookReconciliation, at now: Duration, policy: LockPolicy) {
        switch outcome {
        case .inOrder:
            failures = 0
            due = now + policy.reconcileInterval
        case .abandoned:
            due = now
        case .failed, .badKey, .noUsableAddress:
            let delay = policy.reconcileRetryBase * (1 << min(failures, 16))
            failures += 1
            due = now + min(delay, policy.reconcileRetryMaximum)
        }
    }
}
