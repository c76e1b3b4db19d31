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

    /// The status that ``words`` stand for; nil when none does.
    package init?(_ status: String, reason: String?) {
        switch (status, reason) {
        case ("received", nil): self = .received
        case ("sending", nil): self = .sending
        case ("sent", nil): self = .sent
        case ("accepted", nil): self = .accepted
        case ("confirmed", nil): self = .confirmed
        case ("superseded", nil): self = .superseded
        case ("expired", nil): self = .expired(nil)
        case ("expired", let reason?):
            guard let reason = FailureReason(rawValue: reason) else { return nil }
            self = .expired(reason)
        case ("failed", let reason?):
            guard let reason = FailureReason(rawValue: reason) else { return nil }
            self = .failed(reason)
        case ("refused", let reason?):
            guard let reason = RefusalReason(rawValue: reason) else { return nil }
            self = .refused(reason)
        default: return nil
        }
    }

    var isRefused: Bool { if case .refused = self { true } else { false } }

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

extension RefusalReason {
    /// The message was at fault, or the answer is about an earlier one: the id stays free, or keeps its first result.
    var leavesNoTrace: Bool {
        switch self {
        case .retained, .malformed, .unknownCommand, .duplicate, .busy: true
        case .notAllowed, .expired, .stateDiffers, .rateLimited, .disabled: false
        }
    }
}
