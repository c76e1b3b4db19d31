package import LockDomain

/// What a message on a command topic turns out to be.
///
/// A payload is either one of `LOCK`, `UNLOCK`, `OPEN` in any mixture of cases with blanks around it, or a JSON object:
///
/// | key | value |
/// |---|---|
/// | `command` | `LOCK`, `UNLOCK` or `OPEN`, in any mixture of cases |
/// | `id` | 1 to 64 printable ASCII characters; a command with an `id` seen before is not repeated |
/// | `issued_at` | when it was made, RFC 3339; what is old is refused |
/// | `expires_at` | from when on it must not be carried out, RFC 3339 |
/// | `if_state` | a word of the state topic; carried out only while the lock is published so |
///
/// All but `command` may be left out; all values are strings. There is no best guess: a door moves for a message
/// that is right in every part, or not at all.
package enum CommandMessage: Hashable, Sendable {
    case request(CommandRequest)
    case rejected(RejectedCommand)

    /// The largest payload that is looked at, in bytes.
    package static let payloadLimit = 1024

    /// Reads one message.
    ///
    /// Nothing in it can make this fail in any other way than by a rejection. A rejection carries the message's own id
    /// and verb as far as they are beyond doubt.
    ///
    /// - Parameters:
    ///   - payload: the bytes as they came.
    ///   - isRetained: the broker has kept the message; it is rejected whatever it says.
    ///   - timeToLive: what is left of the MQTT 5 message expiry.
    ///   - reply: stands for who else wants to hear of the result.
    ///   - makeID: called at most once, for a message without a usable id of its own.
    /// - Returns: what to hand to the lock's supervisor.
    package static func parse(
        _ payload: [UInt8],
        isRetained: Bool,
        timeToLive: Duration?,
        reply: ReplyTicket? = nil,
        makeID: () -> CommandID
    ) -> CommandMessage {
        let text = CommandText(payload)
        let id = text.id ?? makeID()
        let reason: RefusalReason
        switch (isRetained, text.outcome) {
        case (false, .success(let order)):
            return .request(
                CommandRequest(
                    id: id,
                    action: order.action,
                    issuedAt: order.issuedAt,
                    expiresAt: order.expiresAt,
                    timeToLive: timeToLive,
                    ifState: order.ifState,
                    reply: reply
                )
            )
        case (false, .failure(let fault)): reason = fault.reason
        case (true, _): reason = .retained
        }
        return .rejected(RejectedCommand(id: id, action: text.action, reason: reason, reply: reply))
    }
}
