/// Whether webhooks arrive, and when our entry on the bridge is looked after.
struct WebhookCare: Hashable, Sendable {
    private(set) var path: WebhookPath = .unproven
    private(set) var due: Duration
    /// The lock changed without a webhook, and none has come since.
    private(set) var isMissing = false
    private var outcome: WebhookReconciliation?
    private var route: CallbackRoute?
    private var failures = 0
    private var bootedAt: Int64?
    /// How many webhooks the bridge should have, ours included.
    private var expectedCount: Int?
    /// Another count, for which the list has been looked at: some bridges may count in a way of their own.
    private var knownDifference: Int?

    init(firstAt: Duration) { due = firstAt }

    /// A webhook that can be believed.
    mutating func arrived() {
        path = .proven
        isMissing = false
    }

    /// One that cannot be believed, but shows that the way is open.
    mutating func rang() { isMissing = false }

    mutating func missed(isWayOpen: Bool) {
        path = .unproven
        isMissing = !isWayOpen
    }

    mutating func want(at now: Duration) { due = min(due, now) }

    mutating func networkChanged(at now: Duration) {
        failures = 0
        want(at: now)
    }

    /// What the owner should know of our entry and of the way from the bridge to us.
    var problem: LockProblem? {
        switch outcome {
        case .badKey: .bridgeKeyRefused
        case .listFull(let foreign): .webhookListFull(foreign: foreign)
        case .noUsableAddress(let why): .callbackUnusable(why)
        case .failed(.unreadable), .failed(.badStatus), .failed(.unauthorised): .webhookListUnreadable
        case .inOrder, .failed, .abandoned, nil: isMissing ? .webhooksMissing(route) : nil
        }
    }

    /// Notes when the bridge says it started; says whether that is a new start.
    mutating func bridgeBooted(at bootedAt: Int64, policy: LockPolicy) -> Bool {
        defer { self.bootedAt = bootedAt }
        guard let known = self.bootedAt else { return false }
        return bootedAt - known > policy.rebootThreshold.components.seconds
    }

    /// Notes how many webhooks the bridge says it has; says whether that is news, and not what we left there.
    mutating func bridgeCounted(_ count: Int) -> Bool {
        guard let expectedCount, count != expectedCount else {
            knownDifference = nil
            return false
        }
        defer { knownDifference = count }
        return count != knownDifference
    }

    mutating func reconciled(
        _ outcome: WebhookReconciliation,
        over route: CallbackRoute?,
        at now: Duration,
        policy: LockPolicy
    ) {
        if outcome != .abandoned { self.outcome = outcome }
        if let route { self.route = route }
        switch outcome {
        case .inOrder(let foreign):
            expectedCount = foreign + 1
            failures = 0
            due = now + policy.reconcileInterval
        case .abandoned:
            due = now
        case .failed, .badKey, .listFull, .noUsableAddress:
            let delay = policy.reconcileRetryBase * (1 << min(failures, 16))
            failures += 1
            due = now + min(delay, policy.reconcileRetryMaximum)
        }
    }
}
