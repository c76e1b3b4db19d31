/// Tells new webhooks from late and repeated ones.
struct ReplayMemory: Hashable, Sendable {
    enum Admission: Hashable, Sendable {
        case new
        /// Signed before one of its family that was already applied, by this much.
        case late(Duration)
        /// The same delivery again.
        case repeated
    }

    /// Reports of different families do not overtake each other in a way that matters.
    enum Family: Hashable, Sendable {
        case bolt
        case battery
        case signal
    }

    private struct Seen: Hashable, Sendable {
        let stamp: WebhookStamp
        let at: Duration
    }

    private var newest: [Family: Int64] = [:]
    private var seen: [Seen] = []

    /// Checks and records in one step, so of two equal deliveries exactly one is admitted.
    ///
    /// Forgets deliveries older than ``LockPolicy/replayWindow``, which the check of their age would refuse by then, and
    /// the oldest beyond ``LockPolicy/replayCapacity``.
    mutating func admit(_ stamp: WebhookStamp, of family: Family, at now: Duration, policy: LockPolicy) -> Admission {
        seen.removeAll { now - $0.at > policy.replayWindow }
        guard !seen.contains(where: { $0.stamp == stamp }) else { return .repeated }
        seen.append(Seen(stamp: stamp, at: now))
        if seen.count > policy.replayCapacity { seen.removeFirst(seen.count - policy.replayCapacity) }
        if let applied = newest[family], stamp.signedAt < applied { return .late(.seconds(applied - stamp.signedAt)) }
        newest[family] = stamp.signedAt
        return .new
    }
}
