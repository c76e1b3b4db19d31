/// At most so many of something in a sliding window of time.
struct RateLimit: Hashable, Sendable {
    private var taken: [Duration] = []

    /// Takes one if there is room, and says whether there was.
    mutating func take(at now: Duration, limit: Int, window: Duration) -> Bool {
        taken.removeAll { now - $0 >= window }
        guard taken.count < limit else { return false }
        taken.append(now)
        return true
    }
}
