// What our own commands may have done to the bolt, and what happened before a restart.

extension EvidenceBook {
    /// A command may have reached a lock whose webhooks do not reach us: its old position vouches for nothing any more.
    ///
    /// A latch that was pulled has fallen back by the time of a look that comes so late.
    mutating func mayHaveMoved(
        to target: BoltState,
        since: Duration,
        seenAt begunAt: Duration,
        evidence: Evidence,
        policy: LockPolicy
    ) {
        guard case .settled(let settled) = standing, settled.bolt != target,
            settled.arrivedAt <= since || settled.evidence.source == .status
        else { return }
        let isLatchBack = target == .open && settled.bolt == .dayLock && begunAt >= since + policy.openWithoutLatch
        guard settled.arrivedAt <= since || !isLatchBack else { return }
        rest(
            on: .lost(Movement(target: target, origin: settled.bolt, begunAt: since, evidence: evidence)),
            by: .commandUnconfirmed,
            look: since + policy.movementTimeout + policy.secondLookAfter
        )
    }

    /// A request of ours may have reached the lock.
    ///
    /// A position that is vouched for stays: the lock would say that it moves, and where its words do not reach us there is
    /// ``mayHaveMoved(to:since:seenAt:evidence:policy:)``. Where nothing is known, `/status` may still show what was before.
    mutating func commandMayHaveLeft(_ movement: Movement, at now: Duration, policy: LockPolicy) {
        switch standing {
        case .settled: return
        case .moving(let current) where current.target == movement.target: return
        case .unknown:
            let end = movement.begunAt + policy.movementTimeout
            let next = end > now ? end : nextLook(after: movement, at: now, policy: policy)
            rest(on: .lost(movement), by: .commandUnconfirmed, look: next)
        case .returning(_, let before):
            let after = before.map { $0 + movement } ?? movement
            rest(on: .returning(first: nil, after: after), by: .linkLost, look: look)
        case .moving(let current):
            let both = current.perhapsFollowed(by: movement)
            rest(on: .moving(both), look: both.begunAt + policy.movementTimeout)
        case .lost(let current):
            let both = current.perhapsFollowed(by: movement)
            rest(on: .lost(both), look: nextLook(after: both, at: now, policy: policy))
        case .jammed(let jam):
            stillJammed(jam, .unknown, at: now, policy: policy)
        }
    }

    /// A command ended of which nobody knows what it did.
    ///
    /// A lock that can be heard and says nothing has most likely not moved. Its word may have been lost, so it is looked at
    /// until `/status` would show that.
    mutating func commandEndedUnresolved(at now: Duration, policy: LockPolicy) {
        guard case .settled(var settled) = standing else { return }
        settled.watchedUntil = now + policy.staleStatusWindow
        let next = now + policy.secondLookAfter
        rest(on: .settled(settled), look: min(look ?? next, next))
    }

    /// A movement of the time before a restart: where it began is not known, and it may not have ended.
    mutating func recall(_ movement: Movement, isByCommand: Bool, at now: Duration) {
        rest(on: .lost(movement), by: isByCommand ? .commandRecovered : .movedBeforeRestart, look: now)
    }
}
