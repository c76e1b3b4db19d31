// Commands: at the door, and on their way.

extension LockSupervisor {
    mutating func commandRequested(_ request: CommandRequest, at now: Moment) {
        if let first = memory.commands[request.id] {
            return refuse(request, .duplicate, first: first, at: now)
        }
        conditions[request.id] = request.ifState
        if let reason = refusal(of: request, at: now) { return refuse(request, reason, at: now) }
        pipeline.submit(
            request,
            isOnline: watch.connectivity.isOnline,
            deadline: deadline(of: request, at: now),
            at: now
        )
    }

    mutating func commandRejected(_ rejected: RejectedCommand, at now: Moment) {
        pipeline.refuse(
            rejected.id,
            action: rejected.action,
            reason: rejected.reason,
            reply: rejected.reply,
            at: now
        )
    }

    private mutating func refuse(
        _ request: CommandRequest,
        _ reason: RefusalReason,
        first: CommandResult? = nil,
        at now: Moment
    ) {
        pipeline.refuse(
            request.id,
            action: request.action,
            reason: reason,
            first: first,
            reply: request.reply,
            at: now
        )
    }

    mutating func commandAnswered(_ attempt: CommandAttempt, _ answer: CommandAnswer, at now: Moment) {
        guard calls.endCommand(attempt) else { return }
        pipeline.answered(attempt, answer, at: now, policy: policy)
        if let movement = commandUnderWay(at: now) {
            evidence.commandMayHaveLeft(movement, at: now.uptime, policy: policy)
        }
        switch answer {
        case .acknowledged, .refused: setConnectivity(lockOnline: nil, at: now)
        case .unanswered: bridgeFailed(.noAnswer, at: now)
        case .notSent(.unreachable(let failure)): bridgeFailed(failure, at: now)
        case .notSent: break
        }
        if !watch.connectivity.isOnline { pipeline.lockIsOffline(at: now.uptime) }
        if webhooks.path == .unproven { pipeline.lookEarly(after: policy.unprovenLook) }
    }

    mutating func commandsSwitched(_ isOn: Bool, at now: Moment) {
        guard isOn != memory.areCommandsEnabled else { return }
        remember(.commandsSwitched(isOn))
        note(.commandsSwitched(isOn))
    }

    /// Ends what was under way when the gateway last ended.
    ///
    /// Where the bolt moved shortly before, `/status` proves nothing for a while by showing something else. One that a
    /// command may have moved since is no surprise when it moves by our key.
    mutating func recover(at now: Moment) {
        for open in memory.commands.open { pipeline.recover(open, at: now) }
        let recent = memory.recentMovements(at: now.unix)
            .filter { self.age(of: $0, at: now) < policy.staleStatusWindow }
        for movement in recent where movement.isByCommand {
            let end = now.uptime - age(of: movement, at: now) + policy.movementTimeout + policy.staleStatusWindow
            attribution.expect(movement.target, until: end)
        }
        guard let last = recent.last else { return }
        let movements = recent.map { movement($0, at: now) }
        evidence.recall(
            movements.dropFirst().reduce(movements[0], +),
            isByCommand: last.isByCommand,
            at: now.uptime
        )
    }

    /// What the command under way may do to the bolt, if something of it may have left.
    func commandUnderWay(at now: Moment) -> EvidenceBook.Movement? {
        pipeline.mayHaveLeft.map { target, begunAt in
            let evidence = Evidence(source: .status, time: now.unix)
            return EvidenceBook.Movement(target: target, origin: nil, begunAt: begunAt, evidence: evidence)
        }
    }

    /// What commands may lately have done to the bolt, without a word of the lock.
    func unresolvedCommands(at now: Moment) -> [EvidenceBook.Movement] {
        [endedUnresolved, commandUnderWay(at: now)].compactMap { $0 }
    }

    /// A command ended of which nobody knows what it did.
    mutating func endedUnresolved(_ action: LockAction, at now: Moment) {
        let movement = EvidenceBook.Movement(
            target: action.target,
            origin: nil,
            begunAt: now.uptime,
            evidence: Evidence(source: .status, time: now.unix)
        )
        let before = endedUnresolved.flatMap { now.uptime < $0.begunAt + policy.staleStatusWindow ? $0 : nil }
        endedUnresolved = before.map { $0 + movement } ?? movement
        evidence.commandEndedUnresolved(at: now.uptime, policy: policy)
    }

    private func movement(_ recent: LockMemory.RecentMovement, at now: Moment) -> EvidenceBook.Movement {
        EvidenceBook.Movement(
            target: recent.target,
            origin: nil,
            begunAt: now.uptime - age(of: recent, at: now),
            evidence: Evidence(source: .status, time: recent.time)
        )
    }

    /// A time from ahead of our clock is as good as now: it cannot be told how long ago that was.
    private func age(of movement: LockMemory.RecentMovement, at now: Moment) -> Duration {
        max(.milliseconds(now.unix.milliseconds - movement.time.milliseconds), .zero)
    }

    /// Whether commands may be signed with our clock; notes when that changes.
    mutating func isClockCredible(at now: Moment) -> Bool {
        let isCredible = clockGuard.isCredible(at: now, policy: policy)
        if isClockDoubtful == isCredible {
            isClockDoubtful = !isCredible
            note(.clockCredible(isCredible))
        }
        return isCredible
    }

    /// Why the request is not taken on, in the order in which a sender would mend it.
    private mutating func refusal(of request: CommandRequest, at now: Moment) -> RefusalReason? {
        guard memory.areCommandsEnabled else { return .disabled }
        guard lock.allowedActions.contains(request.action) else { return .notAllowed }
        guard deadline(of: request, at: now) > now.uptime, isTimely(request, at: now) else { return .expired }
        if let ifState = request.ifState, ifState != report.state { return .stateDiffers }
        guard commandRate.take(at: now.uptime, limit: policy.rateLimit, window: policy.rateWindow) else {
            return .rateLimited
        }
        return nil
    }

    /// Not older than its deadline, nor from so far ahead that its age cannot be told.
    private func isTimely(_ request: CommandRequest, at now: Moment) -> Bool {
        guard let issuedAt = request.issuedAt else { return true }
        let age = Duration.milliseconds(now.unix.milliseconds - issuedAt.milliseconds)
        return age <= policy.deadline(of: request.action) && age >= .zero - policy.clockTolerance
    }

    /// From when on nothing may be written for the request: its verb's deadline, or its own if that is sooner.
    private func deadline(of request: CommandRequest, at now: Moment) -> Duration {
        var left = policy.deadline(of: request.action)
        if let timeToLive = request.timeToLive { left = min(left, timeToLive) }
        if let expiresAt = request.expiresAt {
            left = min(left, .milliseconds(expiresAt.milliseconds - now.unix.milliseconds))
        }
        return now.uptime + left
    }
}
