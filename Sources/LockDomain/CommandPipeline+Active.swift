// A command on its way.

extension CommandPipeline {
    /// A command that was taken on and has not ended: one request, or several equal ones that share its fate.
    struct Active: Hashable, Sendable {
        let action: LockAction
        /// Never empty.
        var members: [Member]
        var phase: Phase
        var status: CommandStatus = .received
        var attempts = 0
        /// What stood in the way of the last attempt.
        var obstacle: FailureReason?
    }

    struct Member: Hashable, Sendable {
        let request: CommandRequest
        let receivedAt: UnixTime
        /// From when on nothing may be written for it any more.
        let deadline: Duration
    }

    enum Phase: Hashable, Sendable {
        /// The lock is known to be offline; `/status` is asked first.
        case checking(readAt: Duration)
        case ready
        case retrying(at: Duration)
        /// An attempt is in the hands of the bridge client.
        case sending(CommandAttempt, Progress)
        /// A byte may have left: nothing is ever written again.
        case confirming(Progress)
    }

    /// What has been heard since an attempt began.
    struct Progress: Hashable, Sendable {
        /// Where the bolt stood when the attempt began; `unknown` also when a lagging `/status` might not show that yet.
        let origin: BoltState
        let begunAt: Duration
        var isAcknowledged = false
        var isAccepted = false
        /// Accepted by a lock that already stood there: with no word by then it is done.
        var settlesAt: Duration?
        /// When waiting for a word ends and `/status` decides.
        var until: Duration
        /// When `/status` is to be read for the sake of the command.
        var look: Duration?
    }
}
