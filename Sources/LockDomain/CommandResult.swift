/// What is published about a command, at each of its steps.
package struct CommandResult: Hashable, Sendable {
    /// What had become of the first message with an id when a second one came.
    package struct First: Hashable, Sendable {
        package let status: CommandStatus
        package let updatedAt: UnixTime

        package init(status: CommandStatus, updatedAt: UnixTime) {
            self.status = status
            self.updatedAt = updatedAt
        }
    }

    package let id: CommandID
    package let action: LockAction?
    package let status: CommandStatus
    /// The road of the last attempt; `none` before the first.
    package let road: Road
    /// How many times a request was begun.
    package let attempts: Int
    package let receivedAt: UnixTime
    package let updatedAt: UnixTime
    /// Only in the refusal of a repeated id.
    package let first: First?
    /// Who besides the result topic wants to hear of it.
    package let reply: ReplyTicket?

    package init(
        id: CommandID,
        action: LockAction?,
        status: CommandStatus,
        road: Road = .none,
        attempts: Int = 0,
        receivedAt: UnixTime,
        updatedAt: UnixTime,
        first: First? = nil,
        reply: ReplyTicket? = nil
    ) {
        self.id = id
        self.action = action
        self.status = status
        self.road = road
        self.attempts = attempts
        self.receivedAt = receivedAt
        self.updatedAt = updatedAt
        self.first = first
        self.reply = reply
    }

    /// Whether its id is known from now on.
    var isMemorable: Bool { if case .refused(let reason) = status { !reason.leavesNoTrace } else { true } }
}
