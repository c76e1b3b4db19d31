/// The published word for a lock.
package enum LockState: String, Hashable, Sendable, CaseIterable {
    case locked
    case unlocked
    case open
    case locking
    case unlocking
    case opening
    case jammed
    case unknown

    /// The word for a bolt that stands there.
    package init(at bolt: BoltState) {
        switch bolt {
        case .nightLock: self = .locked
        case .dayLock: self = .unlocked
        case .open: self = .open
        case .unknown: self = .unknown
        }
    }

    /// The word for a bolt on its way there.
    package init(movingTo target: BoltState) {
        switch target {
        case .nightLock: self = .locking
        case .dayLock: self = .unlocking
        case .open: self = .opening
        case .unknown: self = .unknown
        }
    }

    /// The bolt position that the word claims, `unknown` when it claims none.
    package var bolt: BoltState {
        switch self {
        case .locked: .nightLock
        case .unlocked: .dayLock
        case .open: .open
        case .locking, .unlocking, .opening, .jammed, .unknown: .unknown
        }
    }
}
