// Commands: at the door, and on their way.

extension LockSupervisor {
    mutating func commandRequested(_ request: CommandRequest, at now: Moment) {
        if let reason = refusal(of: request, at: now) {
            // The first message with this id has its result; the repeat must not replace it.
            guard reason != .duplicate else { return note(.commandEnded(request.id, request.action, .refused(reason))) }
            return pipeline.refuse(request.id, action: request.action, reason: reason, at: now)
        }
        pipeline.submit(
            request,
            isOnline: watch.connectivity.isOnline,
            deadline: deadline(of: request, at: now),
            at: now
        )
    }

    mutating func commandRejected(_ rejected: RejectedCommand, at now: Moment) {
        pipeline.refuse(rejected.id, action: rejected.action, reason: rejected.reason, at: now)
    }

    mutating func commandAnswered(_ attempt: CommandAttempt, _ answer: CommandAnswer, at now: Moment) {
        guard calls.endCommand(attempt) else { return }
        switch answer {
        case .acknowledged, .refused: setConnectivity(lockOnline: nil, at: now)
        case .unanswered, .notSent(.unreachable): bridgeFailed(at: now)
        case .notSent: break
        }
        pipeline.answered(attempt, answer, at: now, policy: policy)
        if webhooks.path == .unproven { pipeline.lookEarly(after: policy.unprovenLook) }
    }

    /// Why the request is not taken on, in the order in which a sender would mend it.
    ///
    /// Records its id when it is.
    private mutating func refusal(of request: CommandRequest, at now: Moment) -> RefusalReason? {
        guard lock.allowedActions.contains(request.action) else { return .notAllowed }
        guard deadline(of: request, at: now) > now.uptime, !isOld(request, at: now) else { return .expired }
        guard !commandMemory.contains(request.id) else { return .duplicate }
        if let ifState = request.ifState, ifState != report.state { return .stateDiffers }
        guard commandRate.take(at: now.uptime, limit: policy.rateLimit, window: policy.rateWindow) else {
            return .rateLimited
        }
        _ = commandMemory.admit(request.id, at: now.unix, policy: policy)
        return nil
    }

    private func isOld(_ request: CommandRequest, at now: Moment) -> Bool {
        guard let issuedAt = request.issuedAt else { return false }
        let age = Duration.milliseconds(now.unix.milliseconds - issuedAt.milliseconds)
        return age > policy.deadline(of: request.action)
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
