// Reads of the bridge's /status: when, and what they prove.

extension LockSupervisor {
    mutating func statusRead(_ id: ReadID, _ answer: StatusAnswer, at now: Moment) {
        guard let (begunAt, isOvertaken) = calls.endRead(id) else { return }
        switch answer {
        case .read(let status, let kind):
            reads.ended(at: now.uptime)
            statusArrived(status, kind, begunAt: begunAt, isOvertaken: isOvertaken, at: now)
        case .failed(let failure):
            reads.ended(at: now.uptime)
            statusFailed(failure, begunAt: begunAt, at: now)
            pipeline.couldNotSee(begunAt: begunAt, lockIsOffline: false, at: now, policy: policy)
        case .abandoned:
            reads.want(at: now.uptime)
        }
    }

    private mutating func statusFailed(_ failure: BridgeFailure, begunAt: Duration, at now: Moment) {
        note(.statusUnreadable(failure))
        bridgeFailed(failure, at: now)
        doubtUnconfirmedMove(seenAt: begunAt, at: now)
        evidence.couldNotSee(at: now.uptime, policy: policy)
    }

    /// One is overtaken that the lock or the bridge has said something during: that is newer than the read.
    private mutating func statusArrived(
        _ status: BridgeStatus,
        _ kind: BridgeKind,
        begunAt: Duration,
        isOvertaken: Bool,
        at now: Moment
    ) {
        isWrongBridge = status.bridgeMAC != nil && expectedMAC != nil && status.bridgeMAC != expectedMAC
        guard !isWrongBridge else {
            // Another lock's state is no evidence for this one.
            statusFailed(.wrongBridge, begunAt: begunAt, at: now)
            return pipeline.metWrongBridge(begunAt: begunAt, at: now, policy: policy)
        }
        recognise(kind, status, at: now)
        setConnectivity(lockOnline: isOvertaken ? nil : status.isLockOnline, at: now)
        guard !isOvertaken else {
            evidence.overtaken(at: now.uptime, policy: policy)
            reads.overtaken(at: now.uptime, policy: policy)
            return pipeline.overtaken(at: now.uptime)
        }
        signal = status.signal
        guard status.isLockOnline else {
            evidence.couldNotSee(at: now.uptime, policy: policy)
            return pipeline.couldNotSee(begunAt: begunAt, lockIsOffline: true, at: now, policy: policy)
        }
        battery = BatteryReading(type: battery.type)
        batteryRead(status.battery, at: now)
        doubtUnconfirmedMove(seenAt: begunAt, at: now)
        let wasKnown = evidence.bolt.isDefinite
        let verdict = evidence.saw(status.bolt, begunAt: begunAt, at: now, policy: policy)
        if wasKnown, !evidence.bolt.isDefinite {
            // What vouched for the silence after a command is gone.
            for command in unresolvedCommands(at: now) where now.uptime < command.begunAt + policy.staleStatusWindow {
                evidence.commandMayHaveLeft(command, at: now.uptime, policy: policy)
            }
        }
        if verdict == .unannouncedChange { changeCameUnannounced(at: now) }
        pipeline.saw(status.bolt, isBelieved: evidence.bolt == status.bolt, begunAt: begunAt, at: now)
    }

    /// The lock changed, and no webhook said so.
    private mutating func changeCameUnannounced(at now: Moment) {
        // One that cannot be believed did come: the way is open.
        let didRing = reads.rang(within: policy.staleStatusWindow, before: now.uptime)
        guard webhooks.path == .proven || (!webhooks.isMissing && !didRing) else { return }
        webhooks.missed(isWayOpen: didRing)
        webhooks.want(at: now.uptime)
        note(.webhookPathChanged(.unproven))
    }

    /// A command may have moved a lock whose webhooks do not reach us: the old position no longer vouches for anything.
    private mutating func doubtUnconfirmedMove(seenAt begunAt: Duration, at now: Moment) {
        guard webhooks.path == .unproven, let move = pipeline.possibleMove(seenAt: begunAt) else { return }
        let evidence = Evidence(source: .status, time: now.unix)
        self.evidence.mayHaveMoved(
            to: move.target,
            since: move.since,
            seenAt: begunAt,
            evidence: evidence,
            policy: policy
        )
    }

    private mutating func recognise(_ kind: BridgeKind, _ status: BridgeStatus, at now: Moment) {
        if bridgeKind != kind {
            bridgeKind = kind
            note(.bridgeRecognised(kind))
        }
        if let mac = status.bridgeMAC, expectedMAC == nil { remember(.bridgeIdentified(mac)) }
        let hasBooted = status.bootedAt.map { webhooks.bridgeBooted(at: $0, policy: policy) } ?? false
        let isListChanged = status.webhookCount.map { webhooks.bridgeCounted($0) } ?? false
        if hasBooted || isListChanged { webhooks.want(at: now.uptime) }
    }

    /// How often `/status` is read when nothing else asks for it.
    private var statusInterval: Duration {
        let isWell = watch.connectivity.isOnline && webhooks.path == .proven && evidence.state != .unknown
        return isWell ? policy.statusInterval : min(policy.statusInterval, policy.statusIntervalUnproven)
    }

    /// When the next read is due; absent while the bridge is away, when only a probe that finds it asks for a read.
    var readDue: Duration? {
        var due: [Duration?] = [pipeline.look, reads.wanted]
        if watch.connectivity != .offline(.bridgeUnreachable) {
            due += [reads.due(every: statusInterval), evidence.look]
            if watch.check == .read { due.append(watch.checkDue) }
        }
        return due.compactMap { $0 }.min()
    }
}
