// What the lock says through its bridge's webhooks.

extension LockSupervisor {
    mutating func bridgeReported(_ report: BridgeReport, _ stamp: WebhookStamp, at now: Moment) {
        let delivery = Delivery(family: report.family, stamp: stamp, arrivedAt: now.unix)
        switch memory.deliveries.admission(of: delivery) {
        case .repeated:
            // Anybody on the network can send the same bytes again: not even a sign of life.
            note(.webhookRepeated)
            return lookIfContradicted(by: report, at: now)
        case .late(let by):
            remember(.delivery(delivery))
            bridgeHeard(stamp, at: now)
            note(.webhookLate(by: by))
            if delivery.family == .bolt { publishOnly(report, at: now) }
            return lookIfContradicted(by: report, at: now)
        case .new:
            remember(.delivery(delivery))
            bridgeHeard(stamp, at: now)
            clockGuard.heard(stamp, at: now)
        }
        // Signed with the bridge key, so it is the bridge that the key belongs to.
        if let mac = report.bridgeMAC, mac != memory.bridgeMAC { remember(.bridgeIdentified(mac)) }
        switch report.kind {
        case .reached(let bolt): boltReached(bolt, report, signedAt: timing.signing(of: stamp, at: now), at: now)
        case .going(let target): boltGoing(to: target, report, at: now)
        case .stalled: motorStalled(report, at: now)
        case .battery, .signal: readingsReported(report, at: now)
        }
    }

    /// A report that counts for nothing may still be true: stamps have whole seconds, so there and back within one looks
    /// like a repeat, and a clock that was set back makes true reports late.
    private mutating func lookIfContradicted(by report: BridgeReport, at now: Moment) {
        if case .reached(let bolt) = report.kind, bolt != evidence.bolt { reads.want(at: now.uptime) }
    }

    /// Any webhook that was verified, and is none seen before, shows a bridge that lives, a path that works, and how far the clocks differ.
    private mutating func bridgeHeard(_ stamp: WebhookStamp, at now: Moment) {
        watch.bridgeAnswered(lockOnline: nil, at: now.uptime, policy: policy)
        calls.overtake()
        if watch.connectivity == .offline(.bridgeUnreachable) { reads.want(at: now.uptime) }
        timing.accepted(stamp, at: now)
        skewMeasured()
        if webhooks.path == .unproven { note(.webhookPathChanged(.proven)) }
        webhooks.arrived()
    }

    private mutating func boltReached(
        _ bolt: BoltState,
        _ report: BridgeReport,
        signedAt: Duration,
        at now: Moment
    ) {
        lockHeard(at: now)
        let author = attribution.ended(
            report,
            at: bolt,
            isChange: evidence.bolt != bolt,
            now: now.uptime,
            policy: policy
        )
        evidence.reached(bolt, evidence: webhookEvidence(at: now), at: now.uptime, policy: policy)
        let word: LockOccurrence.Word =
            switch bolt {
            case .nightLock: .locked
            case .dayLock: .unlocked
            case .open: .opened
            case .unknown: .unknown
            }
        acted(word, report, by: author, at: now)
        guard bolt.isDefinite else { return }
        pipeline.reached(bolt, byOwnKey: report.key == lock.ownKey, signedAt: signedAt, at: now)
    }

    private mutating func boltGoing(to target: BoltState, _ report: BridgeReport, at now: Moment) {
        lockHeard(at: now)
        let isThere = target.isDefinite && evidence.bolt == target
        let author = attribution.started(report, towards: target, at: now.uptime)
        evidence.going(to: target, evidence: webhookEvidence(at: now), at: now.uptime, policy: policy)
        acted(target.goingWord, report, by: author, at: now)
        if report.key == lock.ownKey { pipeline.moving(to: target, isThere: isThere, at: now, policy: policy) }
    }

    private mutating func motorStalled(_ report: BridgeReport, at now: Moment) {
        lockHeard(at: now)
        let author = attribution.ended(report, at: .unknown, isChange: true, now: now.uptime, policy: policy)
        evidence.stalled(evidence: webhookEvidence(at: now), at: now.uptime, policy: policy)
        acted(.jammed, report, by: author, at: now)
        pipeline.stalled(byOwnKey: report.key == lock.ownKey, at: now)
    }

    private mutating func readingsReported(_ report: BridgeReport, at now: Moment) {
        if let signal = report.signal {
            self.signal.wifi = signal.wifi
            self.signal.bluetooth = signal.lockLost ? nil : signal.bluetooth
        }
        // A battery report without a level comes from a bridge that has lost its lock.
        let isLevelMissing = report.kind == .battery && report.battery?.level == nil && report.signal?.bluetooth == nil
        if report.signal?.lockLost == true || isLevelMissing {
            // A status read at once may still show the lock connected.
            reads.postpone(from: now.uptime)
            return setConnectivity(lockOnline: false, at: now)
        }
        if report.battery?.level != nil || report.signal?.bluetooth != nil { lockHeard(at: now) }
        if report.kind == .battery { batteryRead(report.battery ?? BatteryReading(), at: now) }
    }

    /// Something that only a connected lock can cause.
    private mutating func lockHeard(at now: Moment) {
        guard !watch.connectivity.isOnline else { return }
        setConnectivity(lockOnline: true, at: now)
        reads.want(at: now.uptime)
    }

    /// The level is what was reported now, or unknown; only `/status` knows the voltage; the type is a setting that stays.
    mutating func batteryRead(_ reading: BatteryReading, at now: Moment) {
        battery.level = reading.level
        battery.voltage = reading.voltage ?? battery.voltage
        battery.type = reading.type ?? battery.type
        guard let level = reading.level else { return }
        var alarm = BatteryAlarm(isLow: memory.lastKnownBattery?.isLow ?? false)
        alarm.read(level)
        let known = LockReport.LastKnownBattery(level: level, time: now.unix, isLow: alarm.isLow)
        if isWorthRemembering(known) { remember(.batteryKnown(known)) }
    }

    /// The level is read every minute and hardly ever changes: what is on record may be an hour old.
    private func isWorthRemembering(_ known: LockReport.LastKnownBattery) -> Bool {
        guard let before = memory.lastKnownBattery, before.level == known.level else { return true }
        return known.time.seconds.subtractingReportingOverflow(before.time.seconds).partialValue.magnitude >= 3600
    }

    private func webhookEvidence(at now: Moment) -> Evidence { Evidence(source: .webhook, time: now.unix) }

    /// Publishes what happened, and who did it.
    private mutating func acted(
        _ word: LockOccurrence.Word,
        _ report: BridgeReport,
        by author: Attribution.Author,
        at now: Moment
    ) {
        let action = LockReport.LastAction(
            event: word,
            rawType: report.eventType,
            cause: author.cause,
            key: author.key,
            keyName: keyName(of: author.key),
            time: now.unix
        )
        // After a jam the lock says that it knows no more: that was nobody's doing.
        if word != .unknown || memory.lastAction?.event != .jammed { remember(.acted(action)) }
        occurred(word, by: author, rawType: report.eventType, at: now)
        guard author.isUnexpected, let key = author.key else { return }
        occurred(.unexpectedOwnKey, by: author, rawType: report.eventType, at: now)
        note(.unexpectedOwnKey(key))
    }

    /// A late report changes nothing, but it did happen.
    private mutating func publishOnly(_ report: BridgeReport, at now: Moment) {
        let word: LockOccurrence.Word =
            switch report.kind {
            case .reached(.nightLock): .locked
            case .reached(.dayLock): .unlocked
            case .reached(.open): .opened
            case .going(let target): target.goingWord
            case .stalled: .jammed
            case .reached(.unknown), .battery, .signal: .unknown
            }
        let author = Attribution.Author(cause: report.cause, key: report.key, isUnexpected: false)
        occurred(word, by: author, rawType: report.eventType, at: now)
    }
}

extension BridgeReport {
    fileprivate var family: Delivery.Family {
        switch kind {
        case .reached, .going, .stalled: .bolt
        case .battery: .battery
        case .signal: .signal
        }
    }
}

extension BoltState {
    fileprivate var goingWord: LockOccurrence.Word {
        switch self {
        case .nightLock: .locking
        case .dayLock: .unlocking
        case .open: .opening
        case .unknown: .unknown
        }
    }
}
