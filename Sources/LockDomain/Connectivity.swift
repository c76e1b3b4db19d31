/// Whether the lock can be heard: the bridge answers, and says that the lock is connected to it.
package enum Connectivity: Hashable, Sendable {
    case online
    case offline(OfflineReason)

    package var isOnline: Bool { self == .online }
}

/// Why a lock is offline.
package enum OfflineReason: String, Hashable, Sendable, CaseIterable {
    /// Nothing has been heard since the gateway started, or the gateway has ended and hears nothing any more.
    case starting
    /// The bridge answers, but has no Bluetooth link to the lock, or the lock's batteries are empty.
    case lockOffline = "lock_offline"
    /// The bridge does not answer.
    case bridgeUnreachable = "bridge_unreachable"
}

/// By which road the lock can be commanded now.
package enum Road: String, Hashable, Sendable, CaseIterable {
    case local
    case cloud
    case none
}
