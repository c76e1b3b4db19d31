// What is asked of the bridge next, and when to look again.

extension LockSupervisor {
    /// The next request to the bridge, if one is due and the bridge is free for it.
    mutating func nextWork(at now: Moment) -> [LockEffect] {
        guard calls.isIdle else {
            let isAllowed: (LockAction) -> Bool = { memory.areCommandsEnabled && lock.allowedActions.contains($0) }
            if pipeline.isUnwanted(unless: isAllowed), let attempt = calls.withdraw() {
                return [.withdrawCommand(attempt)]
            }
            let gives = pipeline.wantsBridge && calls.abandon()
            return gives ? [.abandonBridgeCall] : []
        }
        let origin = evidence.boltBeyondLag(at: now.uptime, policy: policy)
        let grounds = CommandPipeline.Grounds(isClockCredible: isClockCredible(at: now), bridgeMAC: expectedMAC)
        if let attempt = pipeline.attemptDue(origin: origin, state: report.state, grounds: grounds, at: now) {
            calls.beginCommand(attempt)
            let until = attempt.notAfter + policy.movementTimeout + policy.staleStatusWindow
            attribution.expect(attempt.action.target, until: until)
            return [.sendCommand(attempt)]
        }
        guard !calls.isProbing else { return [] }
        if let readDue, now.uptime >= readDue {
            reads.begun(at: now.uptime)
            return [.readStatus(calls.beginRead(at: now.uptime))]
        }
        if now.uptime >= webhooks.due, canReconcile {
            calls.beginReconciliation()
            return [.reconcileWebhooks]
        }
        if watch.check == .probe, now.uptime >= watch.checkDue {
            calls.beginProbe()
            return [.probe]
        }
        return []
    }

    /// The list of webhooks is only worth asking for when the bridge is there.
    private var canReconcile: Bool {
        switch watch.connectivity {
        case .online, .offline(.lockOffline): true
        case .offline(.starting), .offline(.bridgeUnreachable): false
        }
    }

    /// The uptime at which ``handle(_:at:)`` should be called with ``LockEvent/woke`` at the latest.
    package var nextDeadline: Duration? {
        var due: [Duration?] = [watch.lapse, pipeline.deadline]
        if calls.isIdle, !calls.isProbing {
            due.append(readDue)
            if canReconcile { due.append(webhooks.due) }
            if watch.check == .probe { due.append(watch.checkDue) }
        }
        return due.compactMap { $0 }.min()
    }
}
