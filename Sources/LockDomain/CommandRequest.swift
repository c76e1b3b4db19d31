/// The name of one command: 1 to 64 printable ASCII characters without blanks.
package struct CommandID: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: String

    package init?(_ rawValue: String) {
        let printable = rawValue.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        guard (1...64).contains(rawValue.utf8.count), printable else { return nil }
        self.rawValue = rawValue
    }

    package var description: String { rawValue }
}

/// A well-formed command as it came from MQTT.
package struct CommandRequest: Hashable, Sendable {
    package let id: CommandID
    package let action: LockAction
    /// When the sender says it was made.
    package let issuedAt: UnixTime?
    /// From when on it must not be carried out, by the wall clock.
    package let expiresAt: UnixTime?
    /// How long the broker lets it live from its arrival here (MQTT 5 message expiry).
    package let timeToLive: Duration?
    /// Carry it out only while the lock is published in this state.
    package let ifState: LockState?
    /// Who besides the result topic wants to hear of it.
    package let reply: ReplyTicket?

    package init(
        id: CommandID,
        action: LockAction,
        issuedAt: UnixTime? = nil,
        expiresAt: UnixTime? = nil,
        timeToLive: Duration? = nil,
        ifState: LockState? = nil,
        reply: ReplyTicket? = nil
    ) {
        self.id = id
        self.action = action
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
        self.timeToLive = timeToLive
        self.ifState = ifState
        self.reply = reply
    }
}

/// Stands for the address of one sender, which its owner keeps.
package struct ReplyTicket: Hashable, Sendable {
    package let rawValue: UInt64

    package init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// A message on the command topic that is not to be carried out, whatever the lock does.
package struct RejectedCommand: Hashable, Sendable {
    package let id: CommandID
    /// Absent when no verb could be read.
    package let action: LockAction?
    package let reason: RefusalReason
    package let reply: ReplyTicket?

    package init(id: CommandID, action: LockAction?, reason: RefusalReason, reply: ReplyTicket? = nil) {
        self.id = id
        self.action = action
        self.reason = reason
        self.reply = reply
    }
}
