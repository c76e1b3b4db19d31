package import LockDomain

/// Where a command stands.
///
/// Every key is always there, null where it says nothing:
///
/// | key | value |
/// |---|---|
/// | `id` | the sender's identifier, or ours when the message had none that could be used |
/// | `command` | `LOCK`, `UNLOCK`, `OPEN`; null when none could be read |
/// | `status` | `received`, `sending`, `sent`, `accepted`; at its end `confirmed`, `failed`, `expired`, … |
/// | `error` | why it failed, expired or was refused |
/// | `road` | the road of the last attempt, `none` before the first |
/// | `attempts` | how many times a request was begun |
/// | `received_at`, `updated_at` | RFC 3339 in UTC |
/// | `first` | to a repeated identifier: `status`, `error` and `updated_at` of its first message; else null |
package struct CommandResultDocument {
    private let result: CommandResult

    package init(_ result: CommandResult) { self.result = result }

    package var json: JSONValue {
        let (status, error) = result.status.words
        return [
            "id": .text(result.id.rawValue),
            "command": JSONValue(result.action),
            "status": .text(status),
            "error": JSONValue(error),
            "road": JSONValue(result.road),
            "attempts": .number(result.attempts),
            "received_at": JSONValue(result.receivedAt),
            "updated_at": JSONValue(result.updatedAt),
            "first": first,
        ]
    }

    private var first: JSONValue {
        guard let first = result.first else { return .null }
        let (status, error) = first.status.words
        return ["status": .text(status), "error": JSONValue(error), "updated_at": JSONValue(first.updatedAt)]
    }
}
