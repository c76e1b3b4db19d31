// Our entry in the bridge's list of webhooks.

extension LockSupervisor {
    mutating func webhooksReconciled(_ outcome: WebhookReconciliation, over route: CallbackRoute?, at now: Moment) {
        guard calls.endReconciliation() else { return }
        webhooks.reconciled(outcome, over: route, at: now.uptime, policy: policy)
        switch outcome {
        // An answer that is no use for the list is still a sign of life.
        case .inOrder, .badKey, .listFull, .failed(.unauthorised), .failed(.badStatus), .failed(.unreadable):
            setConnectivity(lockOnline: nil, at: now)
        case .failed(let failure): bridgeFailed(failure, at: now)
        case .noUsableAddress, .abandoned: break
        }
        if outcome != .abandoned { note(.webhooksReconciled(outcome)) }
    }

    /// A webhook without a signature came from the bridge's own address.
    mutating func doorbellRang(at now: Moment) {
        webhooks.rang()
        reads.doorbellRang(at: now.uptime, policy: policy)
    }

    /// A webhook of the bridge was too old or too new to be believed.
    ///
    /// It may be a replay, so it is worth no more than a doorbell.
    mutating func webhookRefused(age: Duration, at now: Moment) {
        timing.refused(age: age, at: now)
        skewMeasured()
        doorbellRang(at: now)
    }

    /// Tells the owner of clocks that differ.
    mutating func skewMeasured() {
        let shown = shownSkew
        defer { notedSkew = shown }
        if let shown, shown != .zero, shown != notedSkew { note(.clockSkewed(shown)) }
    }

    /// Whole seconds; zero while it is of no account.
    var shownSkew: Duration? {
        timing.skew.map { skew in
            let isLarge = skew > policy.skewWorthAWarning || skew < .zero - policy.skewWorthAWarning
            return isLarge ? .seconds(skew.components.seconds) : .zero
        }
    }
}
