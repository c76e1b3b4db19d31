package import LockDomain

extension SimulatedDevice {
    /// What the bridge and its lock have been asked, and what became of it.
    package struct Counters: Hashable, Sendable {
        /// Commands that the lock was handed.
        package var received = 0
        package var valid = 0
        package var validByAction: [LockAction: Int] = [:]
        package var malformed = 0
        package var unknownKey = 0
        package var badSignature = 0
        package var stale = 0
        /// The same signed bytes again, valid or not.
        package var repeated = 0
        package var whileOffline = 0
        /// Commands for the relay in the bridge, which are acknowledged and do nothing.
        package var relay = 0
        /// Requests that reached the bridge, whatever became of them.
        package var requests: [BridgeRoute: Int] = [:]
        package var webhooks = WebhookCounters()
    }

    /// One time that the motor was set going.
    package struct Movement: Hashable, Sendable {
        /// How a movement of the motor ended.
        package enum Outcome: String, Hashable, Sendable {
            case underWay = "under_way"
            case arrived
            case stalled
            case interrupted
            /// The bolt stood there already.
            case wasThere = "was_there"
        }

        package let startedAt: Duration
        package let from: BoltState
        package let target: BoltState
        package let key: KeyID?
        package let event: String
        package var outcome: Outcome
    }

    /// How many movements are remembered.
    package static let movementLimit = 100

    mutating func record(_ movement: Movement) {
        movements.append(movement)
        if movements.count > Self.movementLimit { movements.removeFirst() }
    }

    mutating func endMovement(_ outcome: Movement.Outcome) {
        guard let last = movements.indices.last, movements[last].outcome == .underWay else { return }
        movements[last].outcome = outcome
    }
}

/// What became of webhooks.
package struct WebhookCounters: Hashable, Sendable {
    /// Answered by a target.
    package var delivered = 0
    /// A target refused, or answered too late or not at all.
    package var failed = 0
    /// Never sent.
    package var lost = 0

    package init(delivered: Int = 0, failed: Int = 0, lost: Int = 0) {
        self.delivered = delivered
        self.failed = failed
        self.lost = lost
    }
}
