/// One lock, as a value: takes what happened, says what to do.
///
/// It does no I/O, reads no clock and keeps no task. ``handle(_:at:)`` never fails and never blocks; every deadline is an
/// absolute uptime, the nearest of which is ``nextDeadline``. Its owner sends ``LockEvent/woke`` when that has come
/// (a wake-up too early or too many is harmless) and carries out the returned effects in order.
package struct LockSupervisor: Sendable {
    package private(set) var lock: LockIdentity
    let policy: LockPolicy

    var evidence = EvidenceBook()
    var watch: ConnectivityWatch
    var pipeline = CommandPipeline()
    var commandRate = RateLimit()
    var clockGuard = ClockGuard()
    var attribution: Attribution
    var calls = BridgeCalls()
    var reads: StatusSchedule
    var webhooks: WebhookCare

    var battery = BatteryReading()
    var signal = SignalReading()
    var bridgeKind: BridgeKind?
    var isWrongBridge = false
    var timing = WebhookTiming()
    /// The difference of the clocks that the owner was told of last.
    var notedSkew: Duration?
    /// The clock was found incredible when it was last asked about.
    var isClockDoubtful = false

    /// What commands may have done that ended since the position was last learned.
    var endedUnresolved: EvidenceBook.Movement?

    /// What must outlive the process.
    package private(set) var memory: LockMemory

    private var announced: LockReport?
    private var occurrences: [LockOccurrence] = []
    private var notices: [Notice] = []
    private var facts: [LockFact] = []
    private var decided: StateDecision?
    /// In which state alone a command is to be carried out, of those that have not ended.
    var conditions: [CommandID: LockState] = [:]

    /// A supervisor that knows nothing but what is on record from the time before.
    package init(_ lock: LockIdentity, policy: LockPolicy, memory: LockMemory = LockMemory(), at now: Moment) {
        self.lock = lock
        self.policy = policy
        self.memory = memory
        watch = ConnectivityWatch(at: now.uptime, policy: policy)
        attribution = Attribution(ownKey: lock.ownKey)
        reads = StatusSchedule(firstAt: now.uptime)
        webhooks = WebhookCare(firstAt: now.uptime)
    }

    package mutating func handle(_ event: LockEvent, at now: Moment) -> [LockEffect] {
        switch event {
        case .started: recover(at: now)
        case .woke: break
        case .bridgeReported(let report, let stamp): bridgeReported(report, stamp, at: now)
        case .doorbellRang: doorbellRang(at: now)
        case .webhookRefusedForAge(let age): webhookRefused(age: age, at: now)
        case .commandRequested(let request): commandRequested(request, at: now)
        case .commandRejected(let rejected): commandRejected(rejected, at: now)
        case .commandAnswered(let attempt, let answer): commandAnswered(attempt, answer, at: now)
        case .statusRead(let id, let answer): statusRead(id, answer, at: now)
        case .probed(let failure): probed(failure, at: now)
        case .webhooksReconciled(let outcome, let route): webhooksReconciled(outcome, over: route, at: now)
        case .networkChanged: networkChanged(at: now)
        case .commandsSwitched(let isOn): commandsSwitched(isOn, at: now)
        case .configured(let identity): lock = identity
        case .stopping: pipeline.stop(at: now)
        case .refreshRequested: reads.refreshRequested(at: now.uptime, policy: policy)
        }
        pass(to: now)
        let work = nextWork(at: now)
        let news = announcements(after: event, at: now)
        defer { facts = [] }
        return facts.map(LockEffect.remember) + news + work
    }

    /// What is known of the lock now.
    package var report: LockReport {
        let isOnline = watch.connectivity.isOnline
        return LockReport(
            state: isOnline ? evidence.state : .unknown,
            evidence: isOnline ? evidence.evidence : nil,
            lastKnownState: memory.lastKnownState,
            connectivity: watch.connectivity,
            road: isOnline ? .local : .none,
            battery: isOnline ? battery : BatteryReading(type: battery.type),
            lastKnownBattery: memory.lastKnownBattery,
            signal: isOnline ? signal : SignalReading(wifi: signal.wifi),
            webhookPath: webhooks.path,
            bridgeKind: bridgeKind,
            bridgeMAC: expectedMAC,
            lastAction: memory.lastAction,
            clockSkew: shownSkew,
            webhookDelays: timing.figures,
            areCommandsEnabled: memory.areCommandsEnabled,
            problems: problems
        )
    }

    private var problems: Set<LockProblem> {
        var problems: Set<LockProblem> = []
        if isClockDoubtful { problems.insert(.clock) }
        if let skew = shownSkew, skew != .zero { problems.insert(.clockSkew(skew)) }
        if isWrongBridge { problems.insert(.wrongBridge) }
        if let failure = watch.reasonToGiveUp, failure != .wrongBridge { problems.insert(.bridgeUnreachable(failure)) }
        // A bridge that is not there says nothing about what is registered on it.
        if watch.reasonToGiveUp == nil, let problem = webhooks.problem { problems.insert(problem) }
        return problems
    }

    /// Wi-Fi address of the lock's own bridge, as far as that is known.
    var expectedMAC: String? { lock.bridgeMAC ?? memory.bridgeMAC }

    mutating func remember(_ fact: LockFact) {
        memory.apply(fact)
        facts.append(fact)
    }

    func keyName(of key: KeyID?) -> String? { key.flatMap { lock.keyNames[$0] } }

    mutating func occurred(
        _ word: LockOccurrence.Word,
        by author: Attribution.Author? = nil,
        rawType: String? = nil,
        at now: Moment
    ) {
        occurrences.append(
            LockOccurrence(
                word,
                rawType: rawType,
                cause: author?.cause,
                key: author?.key,
                keyName: keyName(of: author?.key),
                time: now.unix
            )
        )
    }

    mutating func note(_ notice: Notice) { notices.append(notice) }

    /// The state before what happened, what happened before what became of commands.
    private mutating func announcements(after event: LockEvent, at now: Moment) -> [LockEffect] {
        var effects: [LockEffect] = []
        let results = pipeline.takeResults()
        for result in results {
            if result.isMemorable { remember(.command(result)) }
            guard result.status.isFinal else { continue }
            switch result.status {
            case .failed, .expired: occurred(.commandFailed, at: now)
            default: break
            }
            note(.commandEnded(result.id, result.action, result.status))
        }
        if let known = evidence.lastKnown, known != memory.lastKnownState {
            remember(.stateKnown(known))
            endedUnresolved = nil
        }
        for result in results where result.status.isFinal && result.mayHaveMoved {
            if let action = result.action { endedUnresolved(action, at: now) }
        }
        let report = report
        if report != announced {
            announced = report
            effects.append(.announce(.report(report)))
        }
        effects += occurrences.map { .announce(.occurrence($0)) }
        effects += results.map { .announce(.commandResult($0)) }
        effects += notices.map { .note($0) }
        effects += decisions(after: event, on: results, at: now).map { .explain($0) }
        occurrences = []
        notices = []
        return effects
    }

    /// The grounds of what is announced, oldest first.
    private mutating func decisions(
        after event: LockEvent,
        on results: [CommandResult],
        at now: Moment
    ) -> [LockDecision] {
        var subjects: [LockDecision.Subject] = []
        if let subject = passedOver(event, notices) { subjects.append(subject) }
        let state = stateDecision
        if state != decided {
            decided = state
            subjects.append(.state(state))
        }
        for result in results where result.status.isFinal {
            let decision = CommandDecision(
                result: result,
                state: state.state,
                ifState: conditions[result.id],
                allowedActions: lock.allowedActions
            )
            subjects.append(.command(decision))
            // The first command with that id may still be under way.
            if result.status != .refused(.duplicate) { conditions[result.id] = nil }
        }
        return subjects.map { LockDecision(time: now.unix, cause: LockDecision.Cause(event), subject: $0) }
    }
}
