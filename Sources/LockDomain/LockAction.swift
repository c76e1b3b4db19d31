/// What a command asks of a lock.
package enum LockAction: String, Hashable, Sendable, CaseIterable {
    /// To the night lock.
    case lock = "LOCK"
    /// To the day lock. Never pulls the latch.
    case unlock = "UNLOCK"
    /// Pulls the latch.
    case open = "OPEN"

    package var target: BoltState {
        switch self {
        case .lock: .nightLock
        case .unlock: .dayLock
        case .open: .open
        }
    }
}
