import LockDomain
import LockMessages
import Testing

/// One payload and what must come of it.
struct CommandCase: CustomTestStringConvertible, Sendable {
    let payload: [UInt8]
    let outcome: CommandMessage
    let testDescription: String

    static let freshID = Samples.command("fresh")

    init(_ payload: [UInt8], _ outcome: CommandMessage) {
        self.payload = payload
        self.outcome = outcome
        testDescription = String(decoding: payload.prefix(80), as: UTF8.self).debugDescription
    }

    init(_ payload: String, _ outcome: CommandMessage) { self.init(Array(payload.utf8), outcome) }

    /// Reads a payload that is neither retained nor about to expire.
    static func parse(_ payload: [UInt8]) -> CommandMessage {
        CommandMessage.parse(payload, isRetained: false, timeToLive: nil) { freshID }
    }
}

extension CommandMessage {
    static func order(
        _ action: LockAction,
        id: String = "fresh",
        issuedAt: Int64? = nil,
        expiresAt: Int64? = nil,
        ifState: LockState? = nil
    ) -> CommandMessage {
        .request(
            CommandRequest(
                id: Samples.command(id),
                action: action,
                issuedAt: issuedAt.map(UnixTime.init(milliseconds:)),
                expiresAt: expiresAt.map(UnixTime.init(milliseconds:)),
                ifState: ifState
            )
        )
    }

    static func refusal(_ reason: RefusalReason, id: String = "fresh", action: LockAction? = nil) -> CommandMessage {
        .rejected(RejectedCommand(id: Samples.command(id), action: action, reason: reason))
    }

    static let malformed = refusal(.malformed)
    static let unknownCommand = refusal(.unknownCommand)
}
