// What the book knows of the bolt, and from where.

extension EvidenceBook {
    /// One `/status` that showed this, begun then.
    struct Sighting: Hashable, Sendable {
        let bolt: BoltState
        let begunAt: Duration
    }

    /// A position that a report vouches for.
    struct Settled: Hashable, Sendable {
        let bolt: BoltState
        let evidence: Evidence
        let arrivedAt: Duration
        /// A recent webhook is contradicted by one read; a second that agrees with it will do.
        var doubt: Sighting?
        /// When the lock last said that it moves to where it stands: it may have been elsewhere before, without a word.
        var movedAt: Duration?
        /// Until then a command may have moved it without a word.
        var watchedUntil: Duration?
    }

    /// A movement that has begun, as far as anyone said.
    struct Movement: Hashable, Sendable {
        let target: BoltState
        /// Where the bolt stood before, absent when that was not known.
        let origin: BoltState?
        private(set) var begunAt: Duration
        let evidence: Evidence
        /// A command may have led elsewhere since: while `/status` may be stale, nothing it shows tells which came about.
        private(set) var isContested = false

        init(target: BoltState, origin: BoltState?, begunAt: Duration, evidence: Evidence) {
            self.target = target
            self.origin = origin
            self.begunAt = begunAt
            self.evidence = evidence
        }

        /// The same, when a later one may have come about that nobody has told of.
        func perhapsFollowed(by later: Movement) -> Movement {
            var both = self
            both.begunAt = max(begunAt, later.begunAt)
            both.isContested = isContested || target != later.target
            return both
        }

        /// Whether a read shows where it went, and not what may have been before it.
        func isShown(by sighting: Sighting, policy: LockPolicy) -> Bool {
            guard sighting.bolt.isDefinite, sighting.bolt != origin, !isContested else { return false }
            // A latch that was pulled falls back by itself.
            let isLatchBack =
                target == .open && sighting.bolt == .dayLock && sighting.begunAt >= begunAt + policy.openWithoutLatch
            return sighting.bolt == target || isLatchBack
        }

        /// Two movements of which nobody knows which came about: they may have led to different places.
        static func + (one: Movement, other: Movement) -> Movement {
            let isSame = one.target == other.target
            var both = Movement(
                target: isSame ? one.target : .unknown,
                origin: isSame ? one.origin ?? other.origin : nil,
                begunAt: max(one.begunAt, other.begunAt),
                evidence: one.evidence
            )
            both.isContested = one.isContested || other.isContested
            return both
        }
    }

    struct Jam: Hashable, Sendable {
        /// When the lock last said anything of the bolt.
        let begunAt: Duration
        let evidence: Evidence
        /// Where it has gone since the stall by its own word or a command's, if anything was said; reads that may be older
        /// than that count for nothing.
        var movingTo: BoltState?

        /// From when reads count.
        func countsFrom(_ policy: LockPolicy) -> Duration {
            begunAt + (movingTo == nil ? policy.overrideReadGap : policy.staleStatusWindow)
        }

        var sighting: Sighting?
    }

    enum Standing: Hashable, Sendable {
        /// Nothing is known; one read will do.
        case unknown
        /// The lock was away; `/status` may lag, so two reads must agree.
        ///
        /// Until it can no longer show what was before the last movement, they must show where that one went.
        case returning(first: Sighting?, after: Movement?)
        case settled(Settled)
        case moving(Movement)
        /// The movement did not end as announced: the bolt may stand anywhere.
        case lost(Movement)
        case jammed(Jam)
    }
}

// MARK: - When to look

extension EvidenceBook {
    /// When to look again at a lock that has come back and is still shown where it was: soon, then ever more rarely, and
    /// when `/status` can no longer be stale.
    func returnLook(after movement: Movement, at now: Duration, policy: LockPolicy) -> Duration {
        let next = now + max(policy.returnReadGap, (now - movement.begunAt) / 2)
        let last = movement.begunAt + policy.staleStatusWindow
        return last > now ? min(next, last) : next
    }

    /// Whether a read may still show what was before a movement.
    func mayLag(_ sighting: Sighting, after movement: Movement, policy: LockPolicy) -> Bool {
        sighting.begunAt < movement.begunAt + policy.staleStatusWindow
            && !movement.isShown(by: sighting, policy: policy)
    }

    /// When to look again at a bolt that may stand anywhere: when a latch has fallen back, a minute on, then when `/status`
    /// can no longer be stale.
    func nextLook(after movement: Movement, at now: Duration, policy: LockPolicy) -> Duration {
        let second = movement.begunAt + policy.movementTimeout + policy.secondLookAfter
        let last = movement.begunAt + policy.staleStatusWindow
        let latch = movement.target == .open ? movement.begunAt + policy.openWithoutLatch : second
        return [latch, second, last].first { $0 > now } ?? now + policy.secondLookAfter
    }
}
