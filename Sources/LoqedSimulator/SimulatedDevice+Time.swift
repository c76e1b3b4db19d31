import LockDomain

extension SimulatedDevice {
    package var nextDeadline: Duration? { (planned.map(\.at) + held.map(\.due)).min() }

    /// Lets happen what is due.
    package mutating func pass(to now: Duration) {
        while let next = planned.min(by: { $0.at < $1.at }), next.at <= now {
            planned.removeAll { $0 == next }
            perform(next.step, at: next.at)
        }
    }

    mutating func plan(_ step: Step, after delay: Duration, from now: Duration) {
        planned.append(Planned(at: now + delay / speed, step: step))
    }

    private mutating func perform(_ step: Step, at now: Duration) {
        switch step {
        case .going(let target, let key, let event): start(to: target, key: key, event: event, at: now)
        case .reached(let target, let key):
            endMovement(.arrived)
            arrive(at: target, key: key, now: now)
        case .stalled(let key):
            endMovement(.stalled)
            bolt = .unknown
            emit(.stalled(key: key))
            emit(.reached(.unknown, key: nil))
        case .reportOffline: reportOffline()
        case .refreshStatus: if !faults.statusIsStuck { shownBolt = bolt }
        case .powerOn(let bootedAt): powerOn(bootedAt: bootedAt)
        }
    }

    private mutating func start(to target: BoltState, key: KeyID?, event: String, at now: Duration) {
        emit(.going(target, event: event, key: key))
        var movement = Movement(
            startedAt: now,
            from: bolt,
            target: target,
            key: key,
            event: event,
            outcome: .underWay
        )
        if faults.stalls {
            plan(.stalled(key), after: timing.untilReached, from: now)
        } else if target != bolt {
            plan(.reached(target, key), after: timing.untilReached, from: now)
        } else {
            movement.outcome = .wasThere
            if bolt == .open { plan(.reached(.dayLock, nil), after: timing.untilLatch, from: now) }
        }
        record(movement)
    }

    mutating func arrive(at target: BoltState, key: KeyID?, now: Duration) {
        bolt = target
        emit(.reached(target, key: key))
        if target == .open { plan(.reached(.dayLock, nil), after: timing.untilLatch, from: now) }
    }

    /// All webhooks are delivered: `/status` follows after its lag.
    package mutating func delivered(at now: Duration) {
        planned.removeAll { $0.step == .refreshStatus }
        plan(.refreshStatus, after: timing.statusLag, from: now)
    }

    mutating func emit(_ event: SimulatedEvent) {
        guard isOnline || event.isOfBridge else { return }
        guard isPowered else { return counters.webhooks.lost += 1 }
        events.append(event)
    }

    /// The events that happened since the last call, in order.
    package mutating func takeEvents() -> [SimulatedEvent] {
        defer { events = [] }
        return events
    }
}
