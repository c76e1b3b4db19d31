import LockDomain
import Testing

/// A lock, its bridge and a clock, to tell stories with.
///
/// It carries out what the supervisor asks for at once, as ``bridge`` prescribes, and audits every answer: a rule that no
/// story may break is checked in all of them.
struct LockScenario {
    /// How the bridge behaves when it is asked.
    enum Bridge {
        case shows(BridgeStatus, BridgeKind = .esp32)
        case fails(BridgeFailure)
        /// Requests stay open until the story answers them.
        case silent
    }

    static let ownKey = KeyID(3)!
    static let alice = KeyID(1)!
    static let lockID = LockID("front_door")!

    /// Told when a rule is broken.
    var name = "this story"
    var bridge: Bridge
    /// What becomes of a command; absent means that the story answers it.
    var commandAnswer: CommandAnswer?
    /// Whether an attempt that is withdrawn had not been written yet.
    var withdraws = false
    /// What a bridge that answers says of its webhooks.
    var reconciliation: WebhookReconciliation = .inOrder(foreign: 0)
    /// Between which addresses webhooks run.
    let route = CallbackRoute(bridge: "192.0.2.50", callback: "192.0.2.10:8099")
    private(set) var lock: LockSupervisor
    private(set) var now: Moment
    /// What was put on record, as a disk would have it.
    private(set) var record = LockMemory()

    private(set) var reports: [LockReport] = []
    private(set) var occurrences: [LockOccurrence] = []
    private(set) var results: [CommandResult] = []
    private(set) var notices: [Notice] = []
    private(set) var decisions: [LockDecision] = []
    private(set) var history = DecisionHistory()
    private(set) var attempts: [CommandAttempt] = []
    private(set) var readTimes: [Duration] = []
    private(set) var probeTimes: [Duration] = []
    private(set) var reconciliationTimes: [Duration] = []
    private(set) var abandonments = 0
    private(set) var withdrawals: [CommandAttempt] = []

    var hasOpenRead: Bool { openRead != nil }
    var hasOpenAttempt: Bool { openAttempt != nil }

    /// The state that was announced last, as the decisions explain it.
    var explained: StateDecision?
    private var openRead: ReadID?
    private var openAttempt: CommandAttempt?
    private var openMembers: [CommandID] = []
    private var spentCommands: Set<CommandID> = []
    private var witness = Witness()
    private var lastWebhook: (BridgeReport, WebhookStamp)?
    private var stampCount: UInt64 = 0
    private var commandCount = 0

    let policy: LockPolicy
    private var identity: LockIdentity

    init(
        _ bridge: Bridge = .shows(.online(at: .dayLock)),
        allowed: Set<LockAction> = [.lock, .unlock, .open],
        policy: LockPolicy = LockPolicy()
    ) {
        self.bridge = bridge
        self.policy = policy
        now = Moment(uptime: .seconds(1000), unix: UnixTime(seconds: 1_700_000_000))
        identity = Self.identity(allowed: allowed)
        lock = LockSupervisor(identity, policy: policy, at: now)
    }

    private static func identity(allowed: Set<LockAction>) -> LockIdentity {
        LockIdentity(
            id: lockID,
            ownKey: ownKey,
            keyNames: [alice: "Alice", ownKey: "Gateway"],
            allowedActions: allowed
        )
    }

    /// The owner says what may be asked of the lock from now on.
    mutating func configure(allowed: Set<LockAction>) {
        identity = Self.identity(allowed: allowed)
        tell(.configured(identity))
    }

    /// The gateway is killed, and started again after a while with what is on record.
    mutating func restart(after downtime: Duration = .seconds(1)) {
        #expect(lock.memory == record, "what is on record is not what is known, in \(name)")
        if openAttempt != nil { spentCommands.formUnion(openMembers) }
        openRead = nil
        openAttempt = nil
        move(to: now.uptime + downtime)
        witness.forgot()
        lock = LockSupervisor(identity, policy: policy, memory: record, at: now)
        explained = nil
        history = DecisionHistory()
        start()
    }

    /// A lock that has started, with its state read and its webhooks proven.
    static func running(at bolt: BoltState = .dayLock, allowed: Set<LockAction> = [.lock, .unlock, .open]) -> Self {
        var story = LockScenario(.shows(.online(at: bolt)), allowed: allowed)
        story.start()
        story.reports(.init(kind: .signal, signal: SignalReading(wifi: 60, bluetooth: 90)))
        story.advance(by: .seconds(400))
        story.forget()
        return story
    }

    // MARK: What is known

    var state: LockState { lock.report.state }
    var report: LockReport { lock.report }
    var words: [LockOccurrence.Word] { occurrences.map(\.word) }
    var states: [LockState] {
        reports.map(\.state).reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    }

    func statuses(of id: CommandID) -> [CommandStatus] { results.filter { $0.id == id }.map(\.status) }

    mutating func forget() {
        reports = []
        occurrences = []
        results = []
        notices = []
        decisions = []
        readTimes = []
        probeTimes = []
    }

    // MARK: What happens

    mutating func start() { tell(.started) }

    @discardableResult
    mutating func reports(_ report: BridgeReport, signedAgo age: Int64 = 0) -> WebhookStamp {
        stampCount += 1
        let stamp = WebhookStamp(signedAt: now.unix.seconds - age, fingerprint: stampCount)
        lastWebhook = (report, stamp)
        tell(.bridgeReported(report, stamp))
        return stamp
    }

    /// The newest webhook arrives again, byte for byte.
    mutating func repeatsLastWebhook() {
        if let (report, stamp) = lastWebhook { tell(.bridgeReported(report, stamp)) }
    }

    mutating func reaches(_ bolt: BoltState, key: KeyID? = nil, signedAgo: Int64 = 0) {
        let name = ["open": "OPEN", "day_lock": "LATCH", "night_lock": "NIGHT_LOCK"][bolt.rawValue] ?? "UNKNOWN"
        reports(.init(kind: .reached(bolt), eventType: "STATE_CHANGED_\(name)", key: key), signedAgo: signedAgo)
    }

    mutating func goes(to bolt: BoltState, key: KeyID? = nil, cause: Cause = .remote) {
        reports(.init(kind: .going(to: bolt), eventType: "GO_TO_STATE_X", cause: cause, key: key))
    }

    mutating func stalls(key: KeyID? = nil) {
        reports(.init(kind: .stalled, eventType: "MOTOR_STALL", key: key))
    }

    @discardableResult
    mutating func request(
        _ action: LockAction,
        id: String? = nil,
        issuedAgo: Int64? = nil,
        expiresIn: Int64? = nil,
        timeToLive: Duration? = nil,
        ifState: LockState? = nil,
        reply: ReplyTicket? = nil
    ) -> CommandID {
        commandCount += 1
        let id = CommandID(id ?? "c\(commandCount)")!
        tell(
            .commandRequested(
                CommandRequest(
                    id: id,
                    action: action,
                    issuedAt: issuedAgo.map { UnixTime(seconds: now.unix.seconds - $0) },
                    expiresAt: expiresIn.map { UnixTime(seconds: now.unix.seconds + $0) },
                    timeToLive: timeToLive,
                    ifState: ifState,
                    reply: reply
                )
            )
        )
        return id
    }

    /// The bridge client's answer to the attempt under way.
    mutating func answers(_ answer: CommandAnswer) {
        guard let attempt = openAttempt else {
            Issue.record("no attempt is under way")
            return
        }
        openAttempt = nil
        spend(attempt, answer)
        tell(.commandAnswered(attempt, answer))
    }

    /// The answer to the read under way.
    mutating func statusRead(_ answer: StatusAnswer) {
        guard let read = openRead else {
            Issue.record("no read is under way")
            return
        }
        openRead = nil
        tell(.statusRead(read, answer))
    }

    mutating func tell(_ event: LockEvent) {
        let effects = lock.handle(event, at: now)
        witness.saw(event, answeredBy: effects, at: now.uptime)
        for case .remember(let fact) in effects { record.apply(fact) }
        audit(effects)
        auditExplanations(of: event, effects)
        for effect in effects { perform(effect) }
    }

    /// Lets time pass, waking the supervisor whenever it asked for it.
    mutating func advance(by duration: Duration) {
        let end = now.uptime + duration
        var wakeUps = 0
        let readsBefore = readTimes.count
        while let deadline = lock.nextDeadline, deadline <= end {
            wakeUps += 1
            guard wakeUps < 20_000 else {
                Issue.record("the supervisor asks to be woken again and again at \(deadline)")
                return
            }
            move(to: max(deadline, now.uptime))
            tell(.woke)
        }
        move(to: end)
        // Nobody else asked for one meanwhile.
        let pace = Int(duration / policy.doorbellInterval) + 3
        #expect(readTimes.count - readsBefore <= pace, "a bridge is read without a pause, in \(name)")
    }

    /// The lock goes out of reach of its bridge, and is back at once.
    mutating func losesItsLinkForAMoment() {
        reports(.init(kind: .signal, signal: SignalReading(wifi: 60, lockLost: true)))
        reports(.init(kind: .signal, signal: SignalReading(wifi: 60, bluetooth: 90)))
    }

    mutating func jumpWallClock(by seconds: Int64) {
        witness.clockWasSet()
        now = Moment(uptime: now.uptime, unix: UnixTime(milliseconds: now.unix.milliseconds + seconds * 1000))
    }

    private mutating func move(to uptime: Duration) {
        let passed = uptime - now.uptime
        let milliseconds = passed.components.seconds * 1000 + passed.components.attoseconds / 1_000_000_000_000_000
        now = Moment(uptime: uptime, unix: UnixTime(milliseconds: now.unix.milliseconds + milliseconds))
    }

    // MARK: Carrying out

    private mutating func perform(_ effect: LockEffect) {
        switch effect {
        case .announce(.report(let report)): reports.append(report)
        case .announce(.occurrence(let occurrence)): occurrences.append(occurrence)
        case .announce(.commandResult(let result)): results.append(result)
        case .note(let notice): notices.append(notice)
        case .explain(let decision):
            decisions.append(decision)
            history.record(decision)
        case .remember: break
        case .sendCommand(let attempt):
            attempts.append(attempt)
            openAttempt = attempt
            openMembers = record.commands.open.filter { $0.status == .sending }.map(\.id)
            if let commandAnswer { answers(commandAnswer) }
        case .readStatus(let id):
            readTimes.append(now.uptime)
            openRead = id
            witness.readBegan(id, at: now.uptime)
            switch bridge {
            case .shows(let status, let kind): statusRead(.read(status, kind))
            case .fails(let failure): statusRead(.failed(failure))
            case .silent: break
            }
        case .probe:
            probeTimes.append(now.uptime)
            switch bridge {
            case .shows: tell(.probed(nil))
            case .fails(.noAnswer), .fails(.unreadable), .fails(.badStatus): tell(.probed(nil))
            case .fails(let failure): tell(.probed(failure))
            case .silent: tell(.probed(.connectTimeout))
            }
        case .reconcileWebhooks:
            reconciliationTimes.append(now.uptime)
            switch bridge {
            case .shows: tell(.webhooksReconciled(reconciliation, over: route))
            case .fails(let failure): tell(.webhooksReconciled(.failed(failure), over: nil))
            case .silent: tell(.webhooksReconciled(.failed(.noAnswer), over: nil))
            }
        case .withdrawCommand(let attempt):
            #expect(attempt == openAttempt, "what is not under way is withdrawn, in \(name)")
            withdrawals.append(attempt)
            if withdraws { answers(.notSent(.withdrawn)) }
        case .abandonBridgeCall:
            abandonments += 1
            if openRead != nil { statusRead(.abandoned) }
        }
    }

    private mutating func spend(_ attempt: CommandAttempt, _ answer: CommandAnswer) {
        if case .notSent = answer { return }
        spentCommands.formUnion(openMembers)
    }

    // MARK: Rules that hold in every story

    private func audit(_ effects: [LockEffect]) {
        for effect in effects {
            switch effect {
            case .sendCommand(let attempt): audit(attempt)
            case .readStatus:
                #expect(openAttempt == nil && openRead == nil, "two requests to one bridge at a time, in \(name)")
            case .announce(.report(let report)): audit(report)
            default: break
            }
        }
        let asks = effects.contains { effect in
            switch effect {
            case .announce, .remember, .note, .explain: false
            default: true
            }
        }
        guard let deadline = lock.nextDeadline else {
            #expect(asks || openRead != nil || openAttempt != nil, "falls silent, in \(name)")
            return
        }
        #expect(deadline > now.uptime || asks, "asks to be woken in the past, in \(name)")
    }

    private func audit(_ attempt: CommandAttempt) {
        let members = record.commands.open.filter { $0.status == .sending }.map(\.id)
        #expect(members.contains(attempt.id), "an attempt begins that is not on record, in \(name)")
        #expect(
            record.commands.open.count == members.count,
            "an attempt begins while a newer command waits, in \(name)"
        )
        #expect(spentCommands.isDisjoint(with: members), "a command that may have left is written again, in \(name)")
        #expect(lock.report.connectivity.isOnline, "an attempt begins while the lock cannot be heard, in \(name)")
        #expect(identity.allowedActions.contains(attempt.action), "an attempt of what may not be asked, in \(name)")
        #expect(record.areCommandsEnabled, "an attempt begins while commands are switched off, in \(name)")
        #expect(now.uptime < attempt.notAfter, "an attempt begins after its deadline, in \(name)")
        #expect(openAttempt == nil && openRead == nil, "two requests to one bridge at a time, in \(name)")
    }

    private func audit(_ report: LockReport) {
        if !report.connectivity.isOnline {
            #expect(report.state == .unknown, "a state without a road to the lock, in \(name)")
            #expect(report.battery.level == nil, "a battery level without a road to the lock, in \(name)")
        }
        #expect(
            (report.state == .unknown) == (report.evidence == nil),
            "a state and no evidence, or the reverse, in \(name)"
        )
        #expect(witness.vouches(for: report.state), "\(report.state) without evidence that still holds, in \(name)")
    }
}

extension BridgeStatus {
    static func online(at bolt: BoltState, battery: Int? = 80) -> BridgeStatus {
        BridgeStatus(
            isLockOnline: true,
            bolt: bolt,
            battery: BatteryReading(level: battery, voltage: 10.4, type: .alkaline),
            signal: SignalReading(wifi: 60, bluetooth: 90),
            bridgeMAC: "a0b1c2d3e4f1",
            bootedAt: 1_699_000_000,
            webhookCount: 1
        )
    }

    static let lockOffline = BridgeStatus(
        isLockOnline: false,
        bolt: .unknown,
        signal: SignalReading(wifi: 60, lockLost: true),
        bridgeMAC: "a0b1c2d3e4f1"
    )
}
