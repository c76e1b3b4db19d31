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
    }

    /// A movement that has begun, as far as anyone said.
    struct Movement: Hashable, Sendable {
        let target: BoltState
        /// Where the bolt stood before, absent when that was not known.
        let origin: BoltState?
        let begunAt: Duration
        let evidence: Evidence

        /// Whether a read shows where it went, and not what may have been before it.
        func isShown(by sighting: Sighting, policy: LockPolicy) -> Bool {
            guard sighting.bolt.isDefinite, sighting.bolt != origin else { return false }
            // A latch that was pulled falls back by itself.
            let isLatchBack =
                target == .open && sighting.bolt == .dayLock && sighting.begunAt >= begunAt + policy.openWithoutLatch
            return sighting.bolt == target || isLatchBack
        }

        /// Two movements of which nobody knows which came about: they may have led to different places.
        static func + (one: Movement, other: Movement) -> Movement {
            let isSame = one.target == other.target
            return Movement(
                target: isSame ? one.target : .unknown,
                origin: isSame ? one.origin ?? other.origin : nil,
                begunAt: max(one.begunAt, other.begunAt),
                evidence: one.evidence
            )
        }
    }

    struct Jam: Hashable, Sendable {
        let begunAt: Duration
        let evidence: Evidence
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
