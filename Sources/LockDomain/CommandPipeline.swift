/// The life of commands: one at a time, the latest wins, each written at most once.
///
/// It decides what becomes of commands; it never writes one. Its owner asks ``attemptDue(at:)`` for permission to write,
/// brings every answer and every report of the lock, and publishes what ``takeResults()`` returns.
struct CommandPipeline: Hashable, Sendable {
    /// A command that was taken on and has not ended.
    struct Active: Hashable, Sendable {
        let request: CommandRequest
        let receivedAt: UnixTime
        /// From when on nothing may be written for it any more.
        let deadline: Duration
        var phase: Phase
        var status: CommandStatus = .received
        var attempts = 0
        /// Equal commands that arrived while this one was under way, and share its fate.
        var joined: [Joined] = []
        /// What stood in the way of the last attempt.
        var obstacle: FailureReason?

        var action: LockAction { request.action }
    }

    struct Joined: Hashable, Sendable {
        let id: CommandID
        let receivedAt: UnixTime
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
        let phase: Phase = isOnline ? .ready : .checking(readAt: now.uptime)
        let command = Active(request: request, receivedAt: now.unix, deadline: deadline, phase: phase)
        guard var current = active else {
            active = command
            return report(command, at: now)
        }
        if current.action == request.action {
            supersede(waiting, at: now)
            waiting = nil
            current.joined.append(Joined(id: request.id, receivedAt: now.unix))
            active = current
            return report(current, at: now, only: request.id)
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
    mutating func refuse(_ id: CommandID, action: LockAction?, reason: RefusalReason, at now: Moment) {
        results.append(
            CommandResult(
                id: id,
                action: action,
                status: .refused(reason),
                road: .none,
                attempts: 0,
                receivedAt: now.unix,
                updatedAt: now.unix
            )
        )
    }

    private mutating func supersede(_ command: Active?, at now: Moment) {
        guard var command else { return }
        command.status = .superseded
        report(command, at: now)
    }
}

// MARK: - Attempts

extension CommandPipeline {
    /// Whether a command wants the bridge now.
    ///
    /// A retry does once its time has come and the pipeline was woken.
    var wantsBridge: Bool {
        active?.phase == .ready
    }

    /// Permission to write the active command once, given when one is due.
    ///
    /// The permission is used up by asking.
    ///
    /// A command that was made for another state ends here: much may have happened while it waited.
    mutating func attemptDue(origin: BoltState, state: LockState, at now: Moment) -> CommandAttempt? {
        guard wantsBridge, var command = active, now.uptime < command.deadline else { return nil }
        if let ifState = command.request.ifState, ifState != state {
            end(command, .refused(.stateDiffers), at: now)
            return attemptDue(origin: origin, state: state, at: now)
        }
        command.attempts += 1
        let attempt = CommandAttempt(
            id: command.request.id,
            action: command.action,
            number: command.attempts,
            notAfter: command.deadline
        )
        let progress = Progress(origin: origin, begunAt: now.uptime, until: now.uptime)
        command.phase = .sending(attempt, progress)
        command.status = .sending
        active = command
        report(command, at: now)
        return attempt
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
            command.obstacle = .unreachable
            let delays = policy.retryDelays
            let retryAt = now.uptime + delays[min(command.attempts, delays.count) - 1]
            guard retryAt < command.deadline else { return end(command, .expired(.unreachable), at: now) }
            command.phase = .retrying(at: retryAt)
            active = command
        case .tooLate: end(command, .expired(command.obstacle), at: now)
        case .clock: end(command, .failed(.clock), at: now)
        case .wrongBridge: end(command, .failed(.wrongBridge), at: now)
        case .journalUnavailable: end(command, .failed(.journalUnavailable), at: now)
        }
    }
}

// MARK: - What the lock says

extension CommandPipeline {
    private var progress: Progress? {
        switch active?.phase {
        case .sending(_, let progress), .confirming(let progress): progress
        case .checking, .ready, .retrying, nil: nil
        }
    }

    private mutating func update(_ change: (inout Progress) -> Void) {
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

    /// The motor started towards `target` by our own key; `isThere` when the bolt already stood there.
    mutating func moving(to target: BoltState, isThere: Bool, at now: Moment, policy: LockPolicy) {
        guard progress != nil, active?.action.target == target else { return }
        update {
            $0.isAccepted = true
            if isThere { $0.settlesAt = now.uptime + policy.alreadyThereSettles }
        }
        guard var command = active, command.status != .accepted else { return }
        command.status = .accepted
        active = command
        report(command, at: now)
    }

    /// The bolt reached `bolt`, by the lock's own word.
    mutating func reached(_ bolt: BoltState, byOwnKey: Bool, at now: Moment) {
        guard let command = active, let progress else { return }
        guard command.action.target == bolt else { return update { $0.settlesAt = nil } }
        let isConfirming = if case .confirming = command.phase { true } else { false }
        guard byOwnKey || progress.isAccepted || isConfirming else { return }
        end(command, .confirmed, at: now)
    }

    mutating func stalled(byOwnKey: Bool, at now: Moment) {
        guard let command = active, let progress, byOwnKey || progress.isAccepted else { return }
        end(command, .failed(.jammed), at: now)
    }

    /// The lock can be heard: a command that waited to know that may go.
    mutating func lockIsOnline() {
        if case .checking = active?.phase { active?.phase = .ready }
        if case .checking = waiting?.phase { waiting?.phase = .ready }
    }

    /// A movement that the active command may have caused, and that nobody has confirmed by the time of a look.
    func possibleMove(seenAt begunAt: Duration) -> (target: BoltState, since: Duration)? {
        guard let command = active, case .confirming(let progress) = command.phase, !progress.isAccepted,
            begunAt >= progress.look ?? progress.until
        else { return nil }
        return (command.action.target, progress.begunAt)
    }

    /// A read of `/status`, begun then, showed `bolt` with the lock connected.
    mutating func saw(_ bolt: BoltState, begunAt: Duration, at now: Moment) {
        guard let command = active, case .confirming(let progress) = command.phase, begunAt >= progress.begunAt else {
            return
        }
        // A lock that may have stood there before proves nothing by standing there, unless it said that it moves.
        let hasMoved = progress.origin.isDefinite && progress.origin != bolt
        let isProof = progress.isAccepted ? begunAt >= progress.until : hasMoved && begunAt >= progress.look ?? .zero
        if bolt == command.action.target, isProof { return end(command, .confirmed, at: now) }
        guard begunAt >= progress.until else {
            if let look = progress.look, look <= begunAt { update { $0.look = $0.until } }
            return
        }
        giveUp(command, progress, at: now)
    }

    /// A read of `/status` did not come about, or showed a lock that is not connected.
    mutating func couldNotSee(begunAt: Duration, lockIsOffline: Bool, at now: Moment, policy: LockPolicy) {
        guard let command = active else { return }
        switch command.phase {
        case .checking:
            guard !lockIsOffline else { return end(command, .failed(.offline), at: now) }
            active?.obstacle = .unreachable
            active?.phase = .checking(readAt: now.uptime + (policy.retryDelays.last ?? policy.connectTimeout))
        case .confirming(let progress):
            guard begunAt >= progress.until else {
                if let look = progress.look, look <= begunAt { update { $0.look = $0.until } }
                return
            }
            giveUp(command, progress, at: now)
        case .ready, .retrying, .sending: return
        }
    }

    /// A read ended that something newer had overtaken: it is repeated if it was needed.
    mutating func overtaken(at now: Duration) {
        guard let look, look <= now else { return }
        switch active?.phase {
        case .checking: active?.phase = .checking(readAt: now)
        case .confirming: update { $0.look = now }
        case .ready, .retrying, .sending, nil: return
        }
    }

    /// The webhooks do not reach us: have a look before the window closes.
    mutating func lookEarly(after delay: Duration) {
        guard case .confirming(let progress) = active?.phase, progress.look == progress.until else { return }
        update { $0.look = min($0.until, $0.begunAt + delay) }
    }

    private mutating func giveUp(_ command: Active, _ progress: Progress, at now: Moment) {
        end(command, .failed(progress.isAcknowledged ? .noConfirmation : .noResponse), at: now)
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
        var due: [Duration] = []
        switch active?.phase {
        case .checking, .ready: due += [active?.deadline].compactMap { $0 }
        case .retrying(let at): due += [at, active?.deadline].compactMap { $0 }
        case .sending: break
        case .confirming(let progress): due += [progress.settlesAt].compactMap { $0 }
        case nil: break
        }
        if let waiting { due.append(waiting.deadline) }
        return due.min()
    }

    mutating func woke(at now: Moment) {
        if let command = waiting, now.uptime >= command.deadline {
            waiting = nil
            finish(command, .expired(nil), at: now)
        }
        guard let command = active else { return }
        switch command.phase {
        case .checking, .ready, .retrying:
            guard now.uptime < command.deadline else { return end(command, .expired(command.obstacle), at: now) }
            if case .retrying(let at) = command.phase, now.uptime >= at { active?.phase = .ready }
        case .confirming(let progress):
            if let settlesAt = progress.settlesAt, now.uptime >= settlesAt { end(command, .confirmed, at: now) }
        case .sending: return
        }
    }

    /// Ends every command: one that may have left with an unknown outcome, the others unsent.
    mutating func stop(at now: Moment) {
        if let waiting { finish(waiting, .expired(nil), at: now) }
        waiting = nil
        guard let command = active else { return }
        switch command.phase {
        case .checking, .ready, .retrying: end(command, .expired(command.obstacle), at: now)
        case .sending, .confirming: end(command, .failed(.outcomeUnknown), at: now)
        }
    }

    /// Ends the active command; the one that waits takes its place.
    private mutating func end(_ command: Active, _ status: CommandStatus, at now: Moment) {
        finish(command, status, at: now)
        active = waiting
        waiting = nil
    }

    private mutating func finish(_ command: Active, _ status: CommandStatus, at now: Moment) {
        var command = command
        command.status = status
        report(command, at: now)
    }

    private mutating func report(_ command: Active, at now: Moment, only id: CommandID? = nil) {
        let everyone = [Joined(id: command.request.id, receivedAt: command.receivedAt)] + command.joined
        for one in everyone where id == nil || one.id == id {
            results.append(
                CommandResult(
                    id: one.id,
                    action: command.action,
                    status: command.status,
                    road: command.attempts > 0 ? .local : .none,
                    attempts: command.attempts,
                    receivedAt: one.receivedAt,
                    updatedAt: now.unix
                )
            )
        }
    }
}
