/// Where the bolt stands, in LOQED's words.
package enum BoltState: String, Hashable, Sendable, CaseIterable {
    /// Not known: offline, stalled, or not calibrated.
    case unknown
    /// The latch is pulled back. Momentary: the lock returns to ``dayLock`` by itself.
    case open
    /// Closed, not locked ("latch").
    case dayLock = "day_lock"
    /// Locked.
    case nightLock = "night_lock"

    /// Whether it names a position.
    package var isDefinite: Bool { self != .unknown }
}
