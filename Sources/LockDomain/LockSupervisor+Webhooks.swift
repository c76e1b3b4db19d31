// Our entry in the bridge's list of webhooks.

extension LockSupervisor {
    mutating func webhooksReconciled(_ outcome: WebhookReconciliation, at now: Moment) {
        guard calls.endReconciliation() else { return }
        webhooks.reconciled(outcome, at: now.uptime, policy: policy)
        switch outcome {
        // An answer that is no use for the list is still a sign of life.
        case .inOrder, .badKey, .failed(.unauthorised), .failed(.badStatus), .failed(.unreadable):
            setConnectivity(lockOnline: nil, at: now)
        case .failed: bridgeFailed(at: now)
        case .noUsableAddress, .abandoned: break
        }
        if outcome != .abandoned { note(.webhooksReconciled(outcome)) }
    }
}
