// Whether the lock can be heard.

extension LockSupervisor {
    /// Sets what the bridge says of its link to the lock.
    ///
    /// A change of connectivity ends every claim about the bolt.
    mutating func setConnectivity(lockOnline: Bool?, at now: Moment) {
        let before = watch.connectivity
        watch.bridgeAnswered(lockOnline: lockOnline, at: now.uptime, policy: policy)
        connectivityChanged(from: before, at: now)
    }

    mutating func probed(_ failure: BridgeFailure?, at now: Moment) {
        calls.endProbe()
        let before = watch.connectivity
        if let failure {
            watch.bridgeFailed(.probe, failure, at: now.uptime, policy: policy)
            return connectivityChanged(from: before, at: now)
        }
        // The bridge is back, and may have restarted: its status tells, and whether the lock is there.
        let isBack = watch.isFailing || (!before.isOnline && before != .offline(.lockOffline))
        watch.bridgeConnected(at: now.uptime, policy: policy)
        if isBack { reads.want(at: now.uptime) }
    }

    /// A request failed for reasons of the bridge or the road to it.
    mutating func bridgeFailed(_ failure: BridgeFailure, at now: Moment) {
        let before = watch.connectivity
        watch.bridgeFailed(.read, failure, at: now.uptime, policy: policy)
        connectivityChanged(from: before, at: now)
    }

    /// This machine's network is not what it was: the bridge may be gone or back, and our address another one.
    mutating func networkChanged(at now: Moment) {
        watch.hurry(at: now.uptime)
        webhooks.networkChanged(at: now.uptime)
    }

    private mutating func connectivityChanged(from before: Connectivity, at now: Moment) {
        let connectivity = watch.connectivity
        guard connectivity != before else { return }
        note(.connectivityChanged(connectivity))
        if connectivity.isOnline {
            pipeline.lockIsOnline()
        } else {
            pipeline.lockIsOffline(at: now.uptime)
            evidence.linkLost(after: unresolvedCommands(at: now), at: now.uptime, policy: policy)
            battery = BatteryReading(type: battery.type)
            signal.bluetooth = nil
        }
        guard before != .offline(.starting), before.isOnline != connectivity.isOnline else { return }
        occurred(connectivity.isOnline ? .online : .offline, at: now)
    }

    /// Lets time pass: proofs lapse, deadlines of commands come.
    mutating func pass(to now: Moment) {
        let before = watch.connectivity
        watch.expire(at: now.uptime, policy: policy)
        connectivityChanged(from: before, at: now)
        pipeline.woke(at: now)
        if !memory.areCommandsEnabled { pipeline.refuse(.disabled, unless: { _ in false }, at: now) }
        pipeline.refuse(.notAllowed, unless: lock.allowedActions.contains, at: now)
    }
}
