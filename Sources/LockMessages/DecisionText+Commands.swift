import LockDomain

// Why commands ended as they did.

extension DecisionText {
    /// `LOCK night-1`, or the id alone when no verb could be read.
    static func subject(of result: CommandResult) -> String {
        (result.action.map { "\($0.rawValue) " } ?? "the message ") + result.id.rawValue
    }

    static func end(of command: CommandDecision, after: String) -> String {
        let result = command.result
        return switch result.status {
        case .confirmed: "was confirmed \(after)"
        case .superseded: "gave way to a newer command before anything was sent"
        case .failed(let reason): "failed \(after): \(words(for: reason))\(attempts(of: result))"
        case .expired(nil): "expired: its time was over before anything was sent"
        case .expired(let reason?):
            "expired: its time was over before anything was sent, for \(words(for: reason))\(attempts(of: result))"
        case .refused(let reason): "was refused, nothing was sent: \(words(for: reason, command))"
        case .received, .sending, .sent, .accepted: "is under way"
        }
    }

    private static func attempts(of result: CommandResult) -> String {
        switch result.attempts {
        case 0: ""
        case 1: " (1 attempt)"
        default: " (\(result.attempts) attempts)"
        }
    }

    private static func words(for reason: FailureReason) -> String {
        switch reason {
        case .unreachable: "the bridge could not be reached"
        case .noResponse: "the bridge did not answer, and nothing showed that the lock moved"
        case .rejected: "the bridge answered with an error"
        case .unauthorized: "the bridge does not accept the signature"
        case .keyDeleted: "the key was deleted at LOQED"
        case .rateLimited: "there were too many requests"
        case .jammed: "the motor stalled"
        case .noConfirmation: "the bridge took it, and nothing showed that the lock moved"
        case .offline: "the bridge has no connection to the lock"
        case .wrongBridge: "another bridge answers where the lock's own is looked for"
        case .clock: "our clock is not right, so nothing may be signed with it"
        case .outcomeUnknown: "the gateway ended while it was under way, so nobody saw its end"
        case .journalUnavailable: "it could not be put on record, so it was not sent"
        }
    }

    private static func words(for reason: RefusalReason, _ command: CommandDecision) -> String {
        switch reason {
        case .retained: return "the message lay retained on the broker, so nobody knows when it was meant"
        case .malformed: return "the message cannot be read as a command"
        case .unknownCommand: return "the message names no verb that the gateway knows"
        case .notAllowed:
            let allowed = command.allowedActions.map(\.rawValue).sorted()
            return "the configuration allows this lock "
                + (allowed.isEmpty ? "no command" : "only \(allowed.joined(separator: ", "))")
        case .expired: return "it was past its deadline when it came, or made at a time that is not right"
        case .duplicate:
            guard let first = command.result.first else { return "its id has been used" }
            let (status, reason) = first.status.words
            return "its id has been used; its first command: \(status)" + (reason.map { " (\($0))" } ?? "")
        case .stateDiffers:
            guard let ifState = command.ifState else { return "the lock was not in the state that it asks for" }
            return "it asks for a lock that is \(ifState.rawValue), and the state was \(command.state.rawValue)"
        case .rateLimited: return "there were too many commands within a few seconds"
        case .disabled: return "commands are turned off for this lock"
        case .busy: return "too much of this lock waits to be handled"
        }
    }
}
