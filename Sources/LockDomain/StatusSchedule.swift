/// When `/status` is read for its own sake: at start, by the clock, and when somebody asks.
struct StatusSchedule: Hashable, Sendable {
    /// A read that is wanted as soon as that.
    private var soon: Duration?
    /// A second read after a doorbell, when `/status` has had time to follow.
    private var echo: Duration?
    private var lastEnded: Duration?
    private var lastDoorbell: Duration?
    private var lastRefresh: Duration?
    /// Somebody asked for the read under way.
    private var isWish = false

    init(firstAt: Duration) { soon = firstAt }

    /// The next read that somebody asked for; absent when nobody did.
    var wanted: Duration? { [soon, echo].compactMap { $0 }.min() }

    mutating func want(at when: Duration) { soon = min(soon ?? when, when) }

    /// An unsigned webhook came: read at once, but not again within ``LockPolicy/doorbellInterval``, and once more
    /// after ``LockPolicy/doorbellEcho``, since the bridge rings before it refreshes its status.
    mutating func doorbellRang(at now: Duration, policy: LockPolicy) {
        echo = now + policy.doorbellEcho
        let earliest = lastDoorbell.map { $0 + policy.doorbellInterval } ?? now
        guard now >= earliest else { return want(at: earliest) }
        lastDoorbell = now
        want(at: now)
    }

    /// Whether a doorbell rang in that time.
    func rang(within span: Duration, before now: Duration) -> Bool { lastDoorbell.map { now - $0 <= span } ?? false }

    /// Somebody asked: read at once, but not again within ``LockPolicy/refreshInterval``.
    mutating func refreshRequested(at now: Duration, policy: LockPolicy) {
        if let lastRefresh, now - lastRefresh < policy.refreshInterval { return }
        lastRefresh = now
        want(at: now)
    }

    /// Reads by the clock start over from here.
    mutating func postpone(from now: Duration) { lastEnded = now }

    mutating func begun(at now: Duration) {
        isWish = wanted.map { $0 <= now } ?? false
        soon = nil
        if let echo, echo <= now { self.echo = nil }
    }

    /// A read ended that something newer had overtaken: who asked for it still wants to know.
    mutating func overtaken(at now: Duration, policy: LockPolicy) {
        if isWish { want(at: now + policy.doorbellInterval) }
    }

    mutating func ended(at now: Duration) { lastEnded = now }

    /// When the next read is due at this interval.
    func due(every interval: Duration) -> Duration? {
        [wanted, lastEnded.map { $0 + interval }].compactMap { $0 }.min()
    }
}
