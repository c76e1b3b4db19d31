/// The life of commands: one at a time, the latest wins, each written at most once.
///
/// It decides what becomes of commands; it never writes one. Its owner asks ``attemptDue(origin:state:grounds:at:)`` for
/// permission to write, brings every answer and every report of the lock, and publishes what ``takeResults()`` returns.
struct CommandPipeline: Hashable, Sendable {
    private(set) var active: Active?
    /// A newer command that waits until the one under way is resolved.
    private(set) var waiting: Active?
    private var results: [CommandResult] = []

    /// The results since the last call, in order.
    mutating func takeResults() -> [CommandResult] {
        defer { results = [] }
        return results
    }
}

// MARK: - Taking commands on

extension CommandPipeline {
    mutating func submit(_ request: CommandRequest, isOnline: Bool, deadline: Duration, at now: Moment) {
        let member = Member(request: request, receivedAt: now.unix, deadline: deadline)
        let phase: Phase = isOnline ? .ready : .checking(readAt: now.uptime)
        let command = Active(action: request.action, members: [member], phase: phase)
        guard var current = active else {
            active = command
            return report(command, at: now)
        }
        if current.action == request.action {
            supersede(waiting, at: now)
            waiting = nil
            current.members.append(member)
            active = current
            return report(member, of: current, at: now)
        }
        switch current.phase {
        case .checking, .ready, .retrying:
            supersede(current, at: now)
            active = command
        case .sending, .confirming:
            supersede(waiting, at: now)
            waiting = command
        }
        report(command, at: now)
    }

    /// Says that a message was not taken on; changes nothing else.
    mutating func refuse(
        _ id: CommandID,
        action: LockAction?,
        reason: RefusalReason,
        first: CommandResult? = nil,
        reply: ReplyTicket?,
        at now: Moment
    ) {
        results.append(
            CommandResult(
                id: id,
                action: action,
                status: .refused(reason),
                receivedAt: now.unix,
                updatedAt: now.unix,
                first: first.map { CommandResult.First(status: $0.status, updatedAt: $0.updatedAt) },
                reply: reply
            )
        )
    }

    /// Ends a command that was under way when the gateway last ended.
    ///
    /// One of which a request may have been written is never tried again: nobody knows what became of it.
    mutating func recover(_ open: CommandResult, at now: Moment) {
        let mayHaveLeft = open.status != .received
        results.append(
            CommandResult(
                id: open.id,
                action: open.action,
                status: mayHaveLeft ? .failed(.outcomeUnknown) : .expired(nil),
                road: open.road,
                attempts: open.attempts,
                receivedAt: open.receivedAt,
                updatedAt: now.unix
            )
        )
    }

    private mutating func supersede(_ command: Active?, at now: Moment) {
        guard let command else { return }
        finish(command, .superseded, at: now)
    }
}

// MARK: - Attempts

extension CommandPipeline {
    /// What must hold at the moment of an attempt, besides what the messages said when they came.
    struct Grounds: Hashable, Sendable {
        let isClockCredible: Bool
        let bridgeMAC: String?
    }

    /// Whether a command wants the bridge now.
    ///
    /// A retry does once its time has come and the pipeline was woken.
    var wantsBridge: Bool { active?.phase == .ready }

    /// Permission to write the active command once, given when one is due.
    ///
    /// The permission is used up by asking. A command that was made for another state ends here: much may have happened
    /// while it waited.
    mutating func attemptDue(
        origin: BoltState,
        state: LockState,
        grounds: Grounds,
        at now: Moment
    ) -> CommandAttempt? {
        while wantsBridge, var command = active {
            let unwanted = command.members.filter { $0.request.ifState.map { $0 != state } ?? false }
            command.members.removeAll { unwanted.contains($0) }
            for member in unwanted { finish(member, of: command, .refused(.stateDiffers), at: now) }
            guard let first = command.members.first else {
                next()
                continue
            }
            guard grounds.isClockCredible else {
                end(command, .failed(.clock), at: now)
                continue
            }
            command.attempts += 1
            let attempt = CommandAttempt(
                id: first.request.id,
                action: command.action,
                number: command.attempts,
                notAfter: command.members.map(\.deadline).max() ?? first.deadline,
                bridgeMAC: grounds.bridgeMAC
            )
            command.phase = .sending(attempt, Progress(origin: origin, begunAt: now.uptime, until: now.uptime))
            command.status = .sending
            active = command
            report(command, at: now)
            return attempt
        }
        return nil
    }

    /// The bridge client says how an attempt ended.
    ///
    /// An answer to anything but the attempt under way is ignored.
    mutating func answered(_ attempt: CommandAttempt, _ answer: CommandAnswer, at now: Moment, policy: LockPolicy) {
        guard var command = active, case .sending(attempt, var progress) = command.phase else { return }
        switch answer {
        case .acknowledged:
            progress.isAcknowledged = true
            progress.until = now.uptime + policy.movementTimeout
            progress.look = progress.until
            command.phase = .confirming(progress)
            if !progress.isAccepted { command.status = .sent }
        case .unanswered:
            progress.until = now.uptime + policy.movementTimeout
            progress.look = progress.until
            command.phase = .confirming(progress)
        case .refused where progress.isAccepted:
            // Whatever the bridge says: the lock has it.
            progress.until = now.uptime + policy.movementTimeout
            progress.look = progress.until
            command.phase = .confirming(progress)
        case .refused(let status):
            return end(command, .failed(status == 401 || status == 403 ? .unauthorized : .rejected), at: now)
        case .notSent(let reason):
            return notSent(command, reason, at: now, policy: policy)
        }
        let hasNews = command.status != active?.status
        active = command
        if hasNews { report(command, at: now) }
    }

    private mutating func notSent(_ command: Active, _ reason: NotSentReason, at now: Moment, policy: LockPolicy) {
        var command = command
        switch reason {
        case .unreachable:
            // A newer one came during the attempt, and now nothing has left that it must wait for.
            guard waiting == nil else { return end(command, .superseded, at: now) }
            command.obstacle = .unreachable
            let delays = policy.retryDelays
            command.phase = .retrying(at: now.uptime + delays[min(command.attempts, delays.count) - 1])
            active = command
            expireMembers(retryingAt: command.phase.retryAt, at: now)
        case .withdrawn:
            guard waiting == nil else { return end(command, .superseded, at: now) }
            // What it was withdrawn for ends it, if that still holds.
            command.phase = .ready
            active = command
        case .tooLate: end(command, .expired(command.obstacle), at: now)
        case .wrongBridge: end(command, .failed(.wrongBridge), at: now)
        case .journalUnavailable: end(command, .failed(.journalUnavailable), at: now)
        }
    }
}

extension CommandPipeline.Phase {
    fileprivate var retryAt: Duration? { if case .retrying(let at) = self { at } else { nil } }

    /// Provably nothing has been written, nor is being.
    fileprivate var isBeforeWriting: Bool {
        switch self {
        case .checking, .ready, .retrying: true
        case .sending, .confirming: false
        }
    }
}

// MARK: - Time

extension CommandPipeline {
    /// When `/status` is wanted for the sake of a command.
    var look: Duration? {
        switch active?.phase {
        case .checking(let readAt): readAt
        case .confirming(let progress): progress.look
        case .ready, .retrying, .sending, nil: nil
        }
    }

    /// When the pipeline must be woken, besides ``look``.
    var deadline: Duration? {
        var due = waiting?.members.map(\.deadline) ?? []
        if let active {
            if active.phase.isBeforeWriting { due += active.members.map(\.deadline) }
            if let retryAt = active.phase.retryAt { due.append(retryAt) }
            if case .confirming(let progress) = active.phase, let settlesAt = progress.settlesAt {
                due.append(settlesAt)
            }
        }
        return due.min()
    }

    mutating func woke(at now: Moment) {
        if var command = waiting {
            expire(&command, by: now.uptime, at: now)
            waiting = command.members.isEmpty ? nil : command
        }
        expireMembers(retryingAt: nil, at: now)
        guard let command = active else { return }
        if let retryAt = command.phase.retryAt, now.uptime >= retryAt { active?.phase = .ready }
        if case .confirming(let progress) = command.phase, let settlesAt = progress.settlesAt, now.uptime >= settlesAt {
            end(command, .confirmed, at: now)
        }
    }

    /// Ends those requests of the active command whose time is over before anything was written, or will be before the
    /// next attempt.
    private mutating func expireMembers(retryingAt: Duration?, at now: Moment) {
        guard var command = active, command.phase.isBeforeWriting else { return }
        let horizon = retryingAt ?? now.uptime
        expire(&command, by: horizon, at: now)
        if command.members.isEmpty { next() } else { active = command }
    }

    private mutating func expire(_ command: inout Active, by horizon: Duration, at now: Moment) {
        for member in command.members where member.deadline <= horizon {
            finish(member, of: command, .expired(command.obstacle), at: now)
        }
        command.members.removeAll { $0.deadline <= horizon }
    }

    /// Ends every command that may not be asked for any more and of which provably nothing was written.
    mutating func refuse(_ reason: RefusalReason, unless isAllowed: (LockAction) -> Bool, at now: Moment) {
        if let command = waiting, !isAllowed(command.action) {
            finish(command, .refused(reason), at: now)
            waiting = nil
        }
        guard let command = active, command.phase.isBeforeWriting, !isAllowed(command.action) else { return }
        end(command, .refused(reason), at: now)
    }

    /// Whether the attempt under way should be kept back, if nothing of it has been written: a newer command waits, or it
    /// may not be asked for any more.
    func isUnwanted(unless isAllowed: (LockAction) -> Bool) -> Bool {
        guard let command = active, case .sending = command.phase else { return false }
        return waiting != nil || !isAllowed(command.action)
    }

    /// Ends every command: one that may have left with an unknown outcome, the others unsent.
    mutating func stop(at now: Moment) {
        if let waiting { finish(waiting, .expired(nil), at: now) }
        waiting = nil
        guard let command = active else { return }
        let isUnsent = command.phase.isBeforeWriting
        end(command, isUnsent ? .expired(command.obstacle) : .failed(.outcomeUnknown), at: now)
    }
}

// MARK: - Ends and reports

extension CommandPipeline {
    /// Ends the active command; the one that waits takes its place.
    mutating func end(_ command: Active, _ status: CommandStatus, at now: Moment) {
        finish(command, status, at: now)
        next()
    }

    private mutating func next() {
        active = waiting
        waiting = nil
    }

    private mutating func finish(_ command: Active, _ status: CommandStatus, at now: Moment) {
        for member in command.members { finish(member, of: command, status, at: now) }
    }

    private mutating func finish(_ member: Member, of command: Active, _ status: CommandStatus, at now: Moment) {
        var command = command
        command.status = status
        report(member, of: command, at: now)
    }

    /// Changes the active command and reports it.
    mutating func advance(to status: CommandStatus, at now: Moment) {
        guard var command = active, command.status != status else { return }
        command.status = status
        active = command
        report(command, at: now)
    }

    /// Changes what has been heard since the attempt, if one is under way.
    mutating func updateProgress(_ change: (inout Progress) -> Void) {
        switch active?.phase {
        case .sending(let attempt, var progress):
            change(&progress)
            active?.phase = .sending(attempt, progress)
        case .confirming(var progress):
            change(&progress)
            active?.phase = .confirming(progress)
        case .checking, .ready, .retrying, nil: return
        }
    }

    /// Changes how the active command waits for the lock.
    mutating func recheck(at readAt: Duration, obstacle: FailureReason? = nil) {
        guard case .checking = active?.phase else { return }
        active?.phase = .checking(readAt: readAt)
        if let obstacle { active?.obstacle = obstacle }
    }

    /// The lock can be heard: a command that waited to know that may go.
    mutating func lockIsOnline() {
        if case .checking = active?.phase { active?.phase = .ready }
        if case .checking = waiting?.phase { waiting?.phase = .ready }
    }

    /// The lock cannot be heard: nothing is sent to it before `/status` says otherwise.
    ///
    /// What becomes of a command that a bridge has for a lock that is away is not known: it may move the door late.
    mutating func lockIsOffline(at now: Duration) {
        switch active?.phase {
        case .ready: active?.phase = .checking(readAt: now)
        case .retrying(let at): active?.phase = .checking(readAt: at)
        case .checking, .sending, .confirming, nil: break
        }
        if case .ready = waiting?.phase { waiting?.phase = .checking(readAt: now) }
    }

    private mutating func report(_ command: Active, at now: Moment) {
        for member in command.members { report(member, of: command, at: now) }
    }

    private mutating func report(_ member: Member, of command: Active, at now: Moment) {
        results.append(
            CommandResult(
                id: member.request.id,
                action: command.action,
                status: command.status,
                road: command.attempts > 0 ? .local : .none,
                attempts: command.attempts,
                receivedAt: member.receivedAt,
                updatedAt: now.unix,
                reply: member.request.reply
            )
        )
    }
}
