/// What may be said about the bolt, and until when: the rules of evidence.
///
/// It never names a position without evidence that still holds. It decides; reading `/status` is for its owner, who asks
/// at ``look`` and brings the answer to ``saw(_:begunAt:at:policy:)`` or ``couldNotSee(at:policy:)``.
struct EvidenceBook: Hashable, Sendable {
    /// What one read of `/status` came to.
    enum Verdict: Hashable, Sendable {
        case nothingNew
        /// It shows a change that no webhook has announced.
        case unannouncedChange
    }

    private(set) var standing: Standing = .unknown
    /// The rule that led to ``standing``.
    private(set) var basis: EvidenceRule = .nothingHeard
    /// The uptime at which `/status` should be read for the sake of the evidence.
    private(set) var look: Duration?
    /// The last definite state of this run, also while it no longer holds.
    private(set) var lastKnown: LockReport.LastKnownState?

    var state: LockState {
        switch standing {
        case .unknown, .returning, .lost: .unknown
        case .settled(let settled): LockState(at: settled.bolt)
        case .moving(let movement): LockState(movingTo: movement.target)
        case .jammed: .jammed
        }
    }

    /// What ``state`` rests on; absent while it is `unknown`.
    var evidence: Evidence? {
        switch standing {
        case .unknown, .returning, .lost: nil
        case .settled(let settled): settled.evidence
        case .moving(let movement): movement.target.isDefinite ? movement.evidence : nil
        case .jammed(let jam): jam.evidence
        }
    }

    /// The position that is vouched for now.
    var bolt: BoltState {
        if case .settled(let settled) = standing { settled.bolt } else { .unknown }
    }

    /// ``bolt``, unless it is so new that `/status` may still show what was before it.
    func boltBeyondLag(at now: Duration, policy: LockPolicy) -> BoltState {
        guard case .settled(let settled) = standing else { return .unknown }
        let isShown = settled.evidence.source == .status || now - settled.arrivedAt >= policy.staleStatusWindow
        return isShown ? settled.bolt : .unknown
    }

    /// Takes another standing, by rules that are kept elsewhere; nil leaves the basis as it is.
    mutating func rest(on standing: Standing, by rule: EvidenceRule? = nil, look: Duration?) {
        self.standing = standing
        if let rule { basis = rule }
        self.look = look
    }

    private var origin: BoltState? {
        switch standing {
        case .settled(let settled): settled.bolt
        case .moving(let movement), .lost(let movement): movement.origin
        case .unknown, .returning, .jammed: nil
        }
    }
}

// MARK: - What the lock says

extension EvidenceBook {
    /// The motor stopped at `bolt`, by the lock's own word.
    mutating func reached(_ bolt: BoltState, evidence: Evidence, at now: Duration, policy: LockPolicy) {
        guard bolt.isDefinite else { return reachedNowhere(evidence: evidence, at: now, policy: policy) }
        settle(at: bolt, by: .reported, evidence: evidence, at: now, policy: policy)
    }

    /// The motor started towards `target`.
    mutating func going(to target: BoltState, evidence: Evidence, at now: Duration, policy: LockPolicy) {
        if case .jammed(let jam) = standing { return stillJammed(jam, target, at: now, policy: policy) }
        if case .settled(var settled) = standing, target.isDefinite, settled.bolt == target {
            settled.movedAt = now
            standing = .settled(settled)
            if target == .open { look = now + policy.openWithoutLatch }
            return
        }
        standing = .moving(Movement(target: target, origin: origin, begunAt: now, evidence: evidence))
        basis = .started
        look = now + policy.movementTimeout
    }

    mutating func stalled(evidence: Evidence, at now: Duration, policy: LockPolicy) {
        standing = .jammed(Jam(begunAt: now, evidence: evidence))
        basis = .stalled
        look = now + policy.overrideReadGap
    }

    /// It may be free again or not; what `/status` showed before that proves nothing any more.
    mutating func stillJammed(_ jam: Jam, _ target: BoltState, at now: Duration, policy: LockPolicy) {
        let jam = Jam(begunAt: now, evidence: jam.evidence, movingTo: target)
        standing = .jammed(jam)
        look = jam.countsFrom(policy)
    }

    /// A stop at a place the lock does not know.
    ///
    /// After a stall it adds nothing: `jammed` says more.
    private mutating func reachedNowhere(evidence: Evidence, at now: Duration, policy: LockPolicy) {
        if case .jammed(var jam) = standing {
            // Said after every stall: no more than that it is one.
            jam = Jam(begunAt: now, evidence: jam.evidence, movingTo: jam.movingTo)
            standing = .jammed(jam)
            look = jam.countsFrom(policy)
            return
        }
        standing = .lost(Movement(target: .unknown, origin: origin, begunAt: now, evidence: evidence))
        basis = .stoppedNowhere
        look = now
    }

    /// The road to the lock is gone, and with it every claim.
    ///
    /// What may have moved the bolt lately is kept in mind, also when commands of ours are all that may have: when the
    /// lock is back, `/status` may still show what was before that.
    mutating func linkLost(after commands: [Movement], at now: Duration, policy: LockPolicy) {
        let movements = (commands + [movement].compactMap { $0 })
            .filter { now < $0.begunAt + policy.staleStatusWindow }
        standing = .returning(
            first: nil,
            after: movements.isEmpty ? nil : movements.dropFirst().reduce(movements[0], +)
        )
        basis = .linkLost
        look = nil
    }

    /// The last movement, as far as `/status` may not show it yet.
    private var movement: Movement? {
        switch standing {
        case .moving(let movement), .lost(let movement): movement
        case .returning(_, let movement): movement
        case .settled(let settled):
            (settled.movedAt ?? (settled.evidence.source == .webhook ? settled.arrivedAt : nil)).map {
                Movement(target: settled.bolt, origin: nil, begunAt: $0, evidence: settled.evidence)
            }
        case .jammed(let jam):
            Movement(target: jam.movingTo ?? .unknown, origin: nil, begunAt: jam.begunAt, evidence: jam.evidence)
        case .unknown: nil
        }
    }

    private mutating func settle(
        at bolt: BoltState,
        by rule: EvidenceRule,
        evidence: Evidence,
        at now: Duration,
        policy: LockPolicy
    ) {
        standing = .settled(Settled(bolt: bolt, evidence: evidence, arrivedAt: now))
        basis = rule
        // The latch falls back within seconds and says so; a missing word must not leave the door "open" for good.
        look = bolt == .open ? now + policy.openWithoutLatch : nil
        lastKnown = LockReport.LastKnownState(state: LockState(at: bolt), time: evidence.time)
    }
}

// MARK: - What /status shows

extension EvidenceBook {
    /// A read of `/status` showed `bolt`, with the lock connected.
    mutating func saw(_ bolt: BoltState, begunAt: Duration, at now: Moment, policy: LockPolicy) -> Verdict {
        let evidence = Evidence(source: .status, time: now.unix)
        let sighting = Sighting(bolt: bolt, begunAt: begunAt)
        switch standing {
        case .unknown:
            look = nil
            basis = .noPosition
            if bolt.isDefinite { settle(at: bolt, by: .firstRead, evidence: evidence, at: now.uptime, policy: policy) }
            return .nothingNew
        case .returning(let first, let movement):
            let isStale = movement.map { mayLag(sighting, after: $0, policy: policy) } ?? false
            if let movement, isStale {
                standing = .returning(first: nil, after: movement)
                basis = .movedBeforeLoss
                look = returnLook(after: movement, at: now.uptime, policy: policy)
            } else {
                standing = .returning(first: first, after: movement)
                sawWhileReturning(sighting, first: first, movement, evidence: evidence, at: now.uptime, policy: policy)
            }
            return .nothingNew
        case .settled(let settled):
            return sawWhileSettled(sighting, settled, evidence: evidence, at: now.uptime, policy: policy)
        case .moving(let movement), .lost(let movement):
            return sawAfterMovement(sighting, movement, evidence: evidence, at: now.uptime, policy: policy)
        case .jammed(let jam):
            sawWhileJammed(sighting, jam, evidence: evidence, at: now.uptime, policy: policy)
            return .nothingNew
        }
    }

    /// A read of `/status` did not come about.
    mutating func couldNotSee(at now: Duration, policy: LockPolicy) {
        switch standing {
        case .unknown:
            look = nil
        case .returning(_, let movement):
            standing = .returning(first: nil, after: movement)
            look = nil
        case .settled:
            if let look, look <= now { self.look = now + policy.overrideReadGap }
        case .moving(let movement), .lost(let movement):
            guard let look, look <= now else { return }
            lookAgain(after: movement, at: now, policy: policy)
        case .jammed(var jam):
            jam.sighting = nil
            standing = .jammed(jam)
            look = now + policy.overrideReadGap
        }
    }

    /// A read ended that something newer had overtaken: it proves nothing, and is repeated if it was needed.
    mutating func overtaken(at now: Duration, policy: LockPolicy) {
        switch standing {
        case .unknown, .returning(first: nil, _): look = now + policy.doorbellInterval
        case .returning, .settled, .moving, .lost, .jammed:
            if let look, look <= now { self.look = now + policy.returnReadGap }
        }
    }

    private mutating func sawWhileReturning(
        _ sighting: Sighting,
        first: Sighting?,
        _ movement: Movement?,
        evidence: Evidence,
        at now: Duration,
        policy: LockPolicy
    ) {
        guard sighting.bolt.isDefinite else {
            standing = .returning(first: nil, after: movement)
            look = nil
            return
        }
        guard let first, first.bolt == sighting.bolt else {
            standing = .returning(first: sighting, after: movement)
            look = max(now, sighting.begunAt + policy.returnReadGap)
            return
        }
        guard sighting.begunAt - first.begunAt >= policy.returnReadGap else {
            look = max(now, first.begunAt + policy.returnReadGap)
            return
        }
        settle(at: sighting.bolt, by: .twoReads, evidence: evidence, at: now, policy: policy)
    }

    private mutating func sawWhileSettled(
        _ sighting: Sighting,
        _ settled: Settled,
        evidence: Evidence,
        at now: Duration,
        policy: LockPolicy
    ) -> Verdict {
        var settled = settled
        guard sighting.begunAt >= settled.arrivedAt else { return .nothingNew }
        guard sighting.bolt != settled.bolt else {
            settled.doubt = nil
            standing = .settled(settled)
            let watch = settled.watchedUntil.flatMap { now < $0 ? min(now + policy.secondLookAfter, $0) : nil }
            let latch = settled.bolt == .open ? now + max(policy.openWithoutLatch, now - settled.arrivedAt) : nil
            look = [watch, latch].compactMap { $0 }.min()
            return .nothingNew
        }
        let age = sighting.begunAt - settled.arrivedAt
        let openedAt = max(settled.arrivedAt, settled.movedAt ?? settled.arrivedAt)
        let isLatchFallingBack =
            settled.bolt == .open && sighting.bolt == .dayLock
            && sighting.begunAt >= openedAt + policy.openWithoutLatch
        let isOld = settled.evidence.source == .status || age >= policy.webhookOutweighsStatus
        let isConfirmed =
            settled.doubt.map {
                $0.bolt == sighting.bolt && sighting.begunAt - $0.begunAt >= policy.overrideReadGap
            } ?? false
        guard isLatchFallingBack || isOld || isConfirmed else {
            if settled.doubt?.bolt != sighting.bolt { settled.doubt = sighting }
            standing = .settled(settled)
            look = max(now, (settled.doubt?.begunAt ?? sighting.begunAt) + policy.overrideReadGap)
            return .nothingNew
        }
        if let movedAt = settled.movedAt, sighting.begunAt < movedAt + policy.staleStatusWindow, !isLatchFallingBack {
            // One of the two is old: what the lock said that it moved to, or what is shown.
            let movement = Movement(
                target: settled.bolt,
                origin: sighting.bolt.isDefinite ? sighting.bolt : nil,
                begunAt: movedAt,
                evidence: settled.evidence
            )
            standing = .lost(movement)
            basis = .movementUnresolved
            look = nextLook(after: movement, at: now, policy: policy)
            return .nothingNew
        }
        let rule: EvidenceRule =
            isLatchFallingBack ? .latchFellBack : isOld ? .readOutweighs : .twoReadsOutweigh
        adopt(sighting.bolt, by: rule, evidence: evidence, at: now, policy: policy)
        return .unannouncedChange
    }

    private mutating func sawAfterMovement(
        _ sighting: Sighting,
        _ movement: Movement,
        evidence: Evidence,
        at now: Duration,
        policy: LockPolicy
    ) -> Verdict {
        if case .moving = standing, sighting.begunAt < movement.begunAt + policy.movementTimeout { return .nothingNew }
        guard sighting.begunAt >= movement.begunAt else { return .nothingNew }
        // Its webhook came while nobody listened, if it did not come before.
        let isRecalled = basis == .commandRecovered || basis == .movedBeforeRestart
        let mayBeStale = sighting.begunAt < movement.begunAt + policy.staleStatusWindow
        let isEnd =
            sighting.bolt == movement.target
            ? !mayBeStale || !movement.isContested && movement.target != movement.origin
            : (basis == .movedBeforeRestart || movement.origin == nil) && movement.isShown(by: sighting, policy: policy)
        if sighting.bolt.isDefinite, isEnd {
            let isNews = !isRecalled && (basis != .commandUnconfirmed || movement.origin != nil)
            settle(at: sighting.bolt, by: .readAfterMovement, evidence: evidence, at: now, policy: policy)
            return isNews ? .unannouncedChange : .nothingNew
        }
        let showsOldState = movement.isContested || movement.origin == nil || sighting.bolt == movement.origin
        guard mayBeStale, showsOldState || !sighting.bolt.isDefinite else {
            adopt(sighting.bolt, by: .readBeyondLag, evidence: evidence, at: now, policy: policy)
            return .nothingNew
        }
        lookAgain(after: movement, at: now, policy: policy)
        return .nothingNew
    }

    private mutating func sawWhileJammed(
        _ sighting: Sighting,
        _ jam: Jam,
        evidence: Evidence,
        at now: Duration,
        policy: LockPolicy
    ) {
        var jam = jam
        let countsFrom = jam.countsFrom(policy)
        guard sighting.begunAt >= countsFrom else {
            look = max(countsFrom, look ?? countsFrom)
            return
        }
        guard sighting.bolt.isDefinite else {
            jam.sighting = nil
            standing = .jammed(jam)
            look = now + policy.secondLookAfter
            return
        }
        if let first = jam.sighting, first.bolt == sighting.bolt,
            sighting.begunAt - first.begunAt >= policy.overrideReadGap
        {
            return settle(at: sighting.bolt, by: .twoReadsEndJam, evidence: evidence, at: now, policy: policy)
        }
        if jam.sighting?.bolt != sighting.bolt { jam.sighting = sighting }
        standing = .jammed(jam)
        look = max(now, (jam.sighting ?? sighting).begunAt + policy.overrideReadGap)
    }

    private mutating func adopt(
        _ bolt: BoltState,
        by rule: EvidenceRule,
        evidence: Evidence,
        at now: Duration,
        policy: LockPolicy
    ) {
        guard bolt.isDefinite else {
            // A bridge that shows no place may show next what was before the last movement.
            let recent = movement.flatMap { now < $0.begunAt + policy.staleStatusWindow ? $0 : nil }
            standing = recent.map { .lost($0) } ?? .unknown
            basis = recent == nil ? .noPosition : .movementUnresolved
            look = recent.map { nextLook(after: $0, at: now, policy: policy) }
            return
        }
        settle(at: bolt, by: rule, evidence: evidence, at: now, policy: policy)
    }

    /// The movement is unresolved.
    private mutating func lookAgain(after movement: Movement, at now: Duration, policy: LockPolicy) {
        if case .moving = standing { basis = .movementUnresolved }
        standing = .lost(movement)
        look = nextLook(after: movement, at: now, policy: policy)
    }
}
