/// When `/status` is read for its own sake: at start, by the clock, and when somebody asks.
struct StatusSchedule: Hashable, Sendable {
    /// A read that is wanted; absent when none is.
    private(set) var wanted: Duration?
    private var lastEnded: Duration?
    private var lastDoorbell: Duration?
    private var lastRefresh: Duration?

    init(firstAt: Duration) { wanted = firstAt }

    mutating func want(at when: Duration) { wanted = min(wanted ?? when, when) }

    /// An unsigned webhook came: read at once, but not again within ``LockPolicy/doorbellInterval``.
    mutating func doorbellRang(at now: Duration, policy: LockPolicy) {
        let earliest = lastDoorbell.map { $0 + policy.doorbellInterval } ?? now
        guard now >= earliest else { return want(at: earliest) }
        lastDoorbell = now
        want(at: now)
    }

    /// Somebody asked: read at once, but not again within ``LockPolicy/refreshInterval``.
    mutating func refreshRequested(at now: Duration, policy: LockPolicy) {
        if let lastRefresh, now - lastRefresh < policy.refreshInterval { return }
        lastRefresh = now
        want(at: now)
    }

    /// Reads by the clock start over from here.
    mutating func postpone(from now: Duration) { lastEnded = now }

    mutating func begun() { wanted = nil }

    mutating func ended(at now: Duration) { lastEnded = now }

    /// When the next read is due at this interval.
    func due(every interval: Duration) -> Duration? {
        [wanted, lastEnded.map { $0 + interval }].compactMap { $0 }.min()
    }
}
