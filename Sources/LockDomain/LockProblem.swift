/// What keeps a lock from working as it should, and needs its owner.
package enum LockProblem: Hashable, Sendable {
    /// Our clock is not right, so no command can be signed.
    case clock
    /// Our clock less the bridge's, whole seconds, so far that webhooks are refused or soon will be.
    case clockSkew(Duration)
    /// Another bridge answers where the lock's own is looked for.
    case wrongBridge
    /// The bridge cannot be reached, or not be spoken with, for this reason.
    case bridgeUnreachable(BridgeFailure)
    /// The bridge answers, but does not accept our bridge key.
    case bridgeKeyRefused
    /// The bridge answers, but its list of webhooks cannot be read or changed.
    case webhookListUnreadable
    /// The bridge takes no more webhook targets: so many belong to others, and ours is not among them.
    case webhookListFull(foreign: Int)
    /// No address of ours is of use to the bridge, so it has none to send webhooks to.
    case callbackUnusable(UnusableCallback)
    /// The lock changed and no webhook said so: something keeps them from arriving.
    case webhooksMissing(CallbackRoute?)
}

/// Between which addresses webhooks are to run.
package struct CallbackRoute: Hashable, Sendable {
    /// The address of the bridge.
    package let bridge: String
    /// The host and port that the bridge was told to call.
    package let callback: String

    package init(bridge: String, callback: String) {
        self.bridge = bridge
        self.callback = callback
    }
}

/// Why no address of ours would do for a bridge.
package struct UnusableCallback: Hashable, Sendable {
    /// What is wrong with our addresses.
    package enum Reason: String, Hashable, Sendable, CaseIterable {
        /// It never leaves this machine, and the bridge is elsewhere.
        case loopback
        /// Only containers of this machine can reach it.
        case container
        /// This machine knows no way to the bridge.
        case noRoute = "no_route"
        /// The listener does not listen where the bridge's packets would arrive.
        case listenerElsewhere = "listener_elsewhere"
        /// What is to be advertised is no address that a bridge could call.
        case advertised
    }

    package let reason: Reason
    /// The line of configuration that mends it.
    package let remedy: String

    package init(_ reason: Reason, remedy: String) {
        self.reason = reason
        self.remedy = remedy
    }
}
