import LockDomain

/// How much of what anybody can send again and again reaches the engine.
///
/// A captured webhook can be sent again by anybody who saw it, and its signature holds. The lock's supervisor tells a repeat, and
/// may read the bridge's status because of it: two true reports within one second look alike. So the first few go through, and
/// the rest is dropped here, where it costs no more than the check of its signature. The same with word of a skewed clock.
struct RepeatGate: Sendable {
    /// How often the same delivery is passed on, the first time included.
    static let passes = 3
    /// How many deliveries are known; within the tolerance of a webhook's age no lock sends as many.
    static let capacity = 64
    /// One refused for its age is worth a doorbell and a look at the clocks; passed on no more often than this.
    static let skewInterval = Duration.seconds(1)

    private var stamps: [(stamp: WebhookStamp, times: Int)] = []
    private var lastSkew: Duration?

    init() {}

    /// Whether the event is passed on.
    mutating func admits(_ event: LockEvent, at now: Duration) -> Bool {
        switch event {
        case .bridgeReported(_, let stamp): return admits(stamp)
        case .webhookRefusedForAge:
            if let lastSkew, now - lastSkew < Self.skewInterval { return false }
            lastSkew = now
            return true
        default: return true
        }
    }

    private mutating func admits(_ stamp: WebhookStamp) -> Bool {
        guard let index = stamps.firstIndex(where: { $0.stamp == stamp }) else {
            if stamps.count == Self.capacity { stamps.removeFirst() }
            stamps.append((stamp, 1))
            return true
        }
        stamps[index].times += 1
        return stamps[index].times <= Self.passes
    }
}
