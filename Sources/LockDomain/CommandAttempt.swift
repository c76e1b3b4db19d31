/// One permission to write one signed command to the bridge.
package struct CommandAttempt: Hashable, Sendable {
    package let id: CommandID
    package let action: LockAction
    /// 1 for the first attempt of a command.
    package let number: Int
    /// The uptime from which on nothing may be written any more.
    package let notAfter: Duration
    /// Wi-Fi address of the bridge that it is for, once that is known: no other bridge may get it.
    package let bridgeMAC: String?

    package init(id: CommandID, action: LockAction, number: Int, notAfter: Duration, bridgeMAC: String? = nil) {
        self.id = id
        self.action = action
        self.number = number
        self.notAfter = notAfter
        self.bridgeMAC = bridgeMAC
    }
}

/// How an attempt ended, sorted by what may be done next.
package enum CommandAnswer: Hashable, Sendable {
    /// The bridge took it. Never again.
    case acknowledged
    /// Provably nothing left this machine. May be tried again while time remains, if the reason allows.
    case notSent(NotSentReason)
    /// A byte may have left. Never again: go and look.
    case unanswered
    /// The bridge answered with something other than success. Never again.
    case refused(status: Int)
}

/// Why provably nothing was sent.
package enum NotSentReason: Error, Hashable, Sendable {
    /// No connection came about. Worth another try.
    case unreachable(BridgeFailure)
    /// `notAfter` had passed when the attempt was about to be written.
    case tooLate
    /// Another bridge answers at this address.
    case wrongBridge
    /// The attempt could not be put on record.
    case journalUnavailable
    /// It was withdrawn before anything was written.
    case withdrawn
}
