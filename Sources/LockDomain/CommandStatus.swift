/// Where a command stands.
package enum CommandStatus: Hashable, Sendable {
    case received
    /// A request is being written to the bridge, or about to be.
    case sending
    /// The bridge took the request. It says so to anything: this proves nothing about the lock.
    case sent
    /// The lock has reported that it moves towards the target with our key.
    case accepted
    /// The lock has reported that it stands at the target.
    case confirmed
    case failed(FailureReason)
    /// Its deadline passed with nothing sent. The reason is what stood in the way, if anything did.
    case expired(FailureReason?)
    /// A newer command took its place before anything was sent.
    case superseded
    case refused(RefusalReason)

    /// The published word, and the reason that goes with it.
    package var words: (status: String, reason: String?) {
        switch self {
        case .received: ("received", nil)
        case .sending: ("sending", nil)
        case .sent: ("sent", nil)
        case .accepted: ("accepted", nil)
        case .confirmed: ("confirmed", nil)
        case .superseded: ("superseded", nil)
        case .failed(let reason): ("failed", reason.rawValue)
        case .expired(let reason): ("expired", reason?.rawValue)
        case .refused(let reason): ("refused", reason.rawValue)
        }
    }

    /// Whether nothing more will be said about the command.
    package var isFinal: Bool {
        switch self {
        case .received, .sending, .sent, .accepted: false
        case .confirmed, .failed, .expired, .superseded, .refused: true
        }
    }
}

/// Why a command that was taken on did not end well.
package enum FailureReason: String, Hashable, Sendable, CaseIterable {
    case unreachable
    case noResponse = "no_response"
    case rejected
    case unauthorized
    case keyDeleted = "key_deleted"
    case rateLimited = "rate_limited"
    case jammed
    case noConfirmation = "no_confirmation"
    case offline
    case wrongBridge = "wrong_bridge"
    case clock
    case outcomeUnknown = "outcome_unknown"
    case journalUnavailable = "journal_unavailable"
}

/// Why a command was not taken on.
///
/// Nothing was sent.
package enum RefusalReason: String, Hashable, Sendable, CaseIterable {
    case retained
    case malformed
    case unknownCommand = "unknown_command"
    case notAllowed = "not_allowed"
    case expired
    case duplicate
    case stateDiffers = "state_differs"
    case rateLimited = "rate_limited"
    case disabled
    case busy
}

/// What is published about a command, at each of its steps.
package struct CommandResult: Hashable, Sendable {
    package let id: CommandID
    package let action: LockAction?
    package let status: CommandStatus
    /// The road of the last attempt; `none` before the first.
    package let road: Road
    /// How many times a request was begun.
    package let attempts: Int
    package let receivedAt: UnixTime
    package let updatedAt: UnixTime

    package init(
        id: CommandID,
        action: LockAction?,
        status: CommandStatus,
        road: Road,
        attempts: Int,
        receivedAt: UnixTime,
        updatedAt: UnixTime
    ) {
        self.id = id
        self.action = action
        self.status = status
        self.road = road
        self.attempts = attempts
        self.receivedAt = receivedAt
        self.updatedAt = updatedAt
    }
}
