package import LockDomain
package import LoqedWire

/// One event that the bridge tells its targets.
package enum SimulatedEvent: Hashable, Sendable {
    case going(BoltState, event: String, key: KeyID?)
    case reached(BoltState, key: KeyID?)
    case stalled(key: KeyID?)
    case battery(Int)
    case signal(wifi: Int, bluetooth: Int)

    /// The bridge reports it by itself, also without the lock.
    var isOfBridge: Bool {
        switch self {
        case .signal, .battery(-1): true
        default: false
        }
    }

    /// The trigger that a target must have set to be told.
    package var trigger: WebhookTriggers {
        switch self {
        case .going(.open, _, _): .goingToOpen
        case .going(.nightLock, _, _): .goingToNightLock
        case .going: .goingToLatch
        case .reached(.open, _): .reachedOpen
        case .reached(.dayLock, _): .reachedLatch
        case .reached(.nightLock, _): .reachedNightLock
        case .reached(.unknown, _), .stalled: .reachedUnknown
        case .battery: .battery
        case .signal: .onlineStatus
        }
    }
}
