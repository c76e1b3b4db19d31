// What the lock and its bridge show about a command of which a byte may have left.

extension CommandPipeline {
    private var progress: Progress? {
        switch active?.phase {
        case .sending(_, let progress), .confirming(let progress): progress
        case .checking, .ready, .retrying, nil: nil
        }
    }

    /// Where the command under way leads and when its attempt began, if something of it may have left.
    var mayHaveLeft: (target: BoltState, since: Duration)? {
        guard let command = active, let progress else { return nil }
        return (command.action.target, progress.begunAt)
    }

    // MARK: What the lock says

    /// The motor started towards `target` by our own key; `isThere` when the bolt already stood there.
    ///
    /// From now on it may take its time, however long ago the bridge took the command: before that is over, no `/status` ends
    /// the movement.
    mutating func moving(to target: BoltState, isThere: Bool, at now: Moment, policy: LockPolicy) {
        guard progress != nil, active?.action.target == target else { return }
        updateProgress {
            let isFirstWord = !$0.isAccepted
            $0.isAccepted = true
            guard !isThere else { return $0.settlesAt = now.uptime + policy.alreadyThereSettles }
            guard isFirstWord else { return }
            let isLastLook = $0.look == $0.until
            $0.until = max($0.until, now.uptime + policy.movementTimeout)
            if isLastLook { $0.look = $0.until }
        }
        advance(to: .accepted, at: now)
    }

    /// The bolt reached `bolt`, by the lock's own word, which it signed at `signedAt` as far as stamps of whole seconds tell.
    ///
    /// What somebody else did before the attempt began says nothing about it, however late it is heard of.
    mutating func reached(_ bolt: BoltState, byOwnKey: Bool, signedAt: Duration, at now: Moment) {
        guard let command = active, let progress else { return }
        guard command.action.target == bolt else { return updateProgress { $0.settlesAt = nil } }
        let isConfirming = if case .confirming = command.phase { true } else { false }
        let isSince = signedAt + .seconds(1) >= progress.begunAt
        guard byOwnKey || progress.isAccepted || isConfirming && isSince else { return }
        end(command, .confirmed, at: now)
    }

    mutating func stalled(byOwnKey: Bool, at now: Moment) {
        guard let command = active, let progress, byOwnKey || progress.isAccepted else { return }
        end(command, .failed(.jammed), at: now)
    }

    // MARK: What /status shows

    /// A movement that the active command may have caused, and that nobody has confirmed by the time of a look.
    func possibleMove(seenAt begunAt: Duration) -> (target: BoltState, since: Duration)? {
        guard let command = active, case .confirming(let progress) = command.phase, !progress.isAccepted,
            begunAt >= progress.look ?? progress.until
        else { return nil }
        return (command.action.target, progress.begunAt)
    }

    /// A read of `/status`, begun then, showed `bolt` with the lock connected; `isBelieved` when the bolt counts as standing
    /// there now.
    mutating func saw(_ bolt: BoltState, isBelieved: Bool, begunAt: Duration, at now: Moment) {
        guard let command = active, case .confirming(let progress) = command.phase, begunAt >= progress.begunAt else {
            return
        }
        // A lock that may have stood there before proves nothing by standing there, unless it said that it moves.
        let hasMoved = progress.origin.isDefinite && progress.origin != bolt
        let isProof =
            progress.isAccepted
            ? begunAt >= progress.until && isBelieved : hasMoved && begunAt >= progress.look ?? .zero
        if bolt == command.action.target, isProof { return end(command, .confirmed, at: now) }
        lookedInVain(command, progress, begunAt: begunAt, at: now)
    }

    /// A read of `/status` did not come about, or showed a lock that is not connected.
    mutating func couldNotSee(begunAt: Duration, lockIsOffline: Bool, at now: Moment, policy: LockPolicy) {
        guard let command = active else { return }
        switch command.phase {
        case .checking:
            guard !lockIsOffline else { return end(command, .failed(.offline), at: now) }
            recheck(at: now.uptime + (policy.retryDelays.last ?? policy.connectTimeout), obstacle: .unreachable)
        case .confirming(let progress): lookedInVain(command, progress, begunAt: begunAt, at: now)
        case .ready, .retrying, .sending: return
        }
    }

    /// Another bridge answers where the lock's own is looked for: nothing may be sent there.
    mutating func metWrongBridge(begunAt: Duration, at now: Moment, policy: LockPolicy) {
        guard let command = active, case .checking = command.phase else {
            return couldNotSee(begunAt: begunAt, lockIsOffline: false, at: now, policy: policy)
        }
        end(command, .failed(.wrongBridge), at: now)
    }

    private mutating func lookedInVain(_ command: Active, _ progress: Progress, begunAt: Duration, at now: Moment) {
        guard begunAt >= progress.until else {
            if let look = progress.look, look <= begunAt { updateProgress { $0.look = $0.until } }
            return
        }
        end(command, .failed(progress.isAcknowledged ? .noConfirmation : .noResponse), at: now)
    }

    /// A read ended that something newer had overtaken: it is repeated if it was needed.
    mutating func overtaken(at now: Duration) {
        guard let look, look <= now else { return }
        recheck(at: now)
        updateProgress { $0.look = now }
    }

    /// The webhooks do not reach us: have a look before the window closes.
    mutating func lookEarly(after delay: Duration) {
        guard case .confirming(let progress) = active?.phase, progress.look == progress.until else { return }
        updateProgress { $0.look = min($0.until, $0.begunAt + delay) }
    }
}
