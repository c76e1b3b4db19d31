package import LockDomain

/// Runs the supervisors of all locks: feeds them in order, carries out what they ask for, wakes them.
///
/// All state is a local variable of one task. Every effect that waits is a child task, so a lock that hangs delays
/// nobody, and the end of ``run()`` ends them all.
package struct GatewayEngine: Sendable {
    private let locks: [LockSetting]
    private let inbox: EngineInbox
    private let runner: any EffectRunning
    private let time: TimeSource

    package init(locks: [LockSetting], inbox: EngineInbox, runner: any EffectRunning, time: TimeSource) {
        self.locks = locks
        self.inbox = inbox
        self.runner = runner
        self.time = time
    }

    /// Runs until the inbox is finished and empty, or the task is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            var floor = EngineFloor()
            for lock in locks { start(lock, on: &floor, in: &group) }
            for await input in inbox.inputs {
                handle(input, on: &floor, in: &group)
                // After the input, which was here before them: a new supervisor must not get what was said to the old.
                for order in inbox.takeOrders() { carryOut(order, on: &floor, in: &group) }
            }
            for id in floor.supervisors.keys.sorted() { sayLastWords(of: id, on: &floor, in: &group) }
            group.cancelAll()
        }
    }

    private func start(_ lock: LockSetting, on floor: inout EngineFloor, in group: inout DiscardingTaskGroup) {
        let id = lock.identity.id
        floor.supervisors[id] = LockSupervisor(lock.identity, policy: lock.policy, memory: lock.memory, at: time.now())
        handle(LockInput(id, .started), on: &floor, in: &group)
        for event in floor.takeKept(of: id) { handle(LockInput(id, event), on: &floor, in: &group) }
    }

    private func handle(_ input: LockInput, on floor: inout EngineFloor, in group: inout DiscardingTaskGroup) {
        let (lock, event) = (input.lock, input.event)
        if case .woke = event { floor.alarms.rang(for: lock, at: time.now().uptime) }
        if let next = floor.answered(event, of: lock) {
            return start(next, on: &floor, in: &group)
        }
        guard var supervisor = floor.supervisors.removeValue(forKey: lock) else {
            return takeInAbsence(input, on: &floor, in: &group)
        }
        let effects = supervisor.handle(event, at: time.now())
        let deadline = supervisor.nextDeadline
        floor.supervisors[lock] = supervisor
        for effect in effects {
            floor.asked(effect, of: lock)
            runner.perform(effect, for: lock, in: &group)
        }
        if let deadline, floor.alarms.needsAlarm(for: lock, at: deadline) {
            let (time, inbox) = (time, inbox)
            group.addTask {
                try? await time.sleep(deadline)
                inbox.report(LockInput(lock, .woke))
            }
        }
    }

    /// Takes what comes for a lock that has no supervisor, or none just now.
    private func takeInAbsence(_ input: LockInput, on floor: inout EngineFloor, in group: inout DiscardingTaskGroup) {
        let now = time.now().unix
        let refusal: CommandResult
        switch input.event {
        case .commandRequested(let request):
            refusal = CommandResult(
                id: request.id,
                action: request.action,
                status: .refused(.busy),
                receivedAt: now,
                updatedAt: now,
                reply: request.reply
            )
        case .commandRejected(let rejected):
            refusal = CommandResult(
                id: rejected.id,
                action: rejected.action,
                status: .refused(rejected.reason),
                receivedAt: now,
                updatedAt: now,
                reply: rejected.reply
            )
        case .commandsSwitched(let isOn) where !floor.keep(input):
            // Whoever turns commands off means it, even for a lock that goes and may come back.
            return runner.perform(.remember(.commandsSwitched(isOn)), for: input.lock, in: &group)
        case .bridgeReported:
            _ = floor.keep(input)
            return
        default: return
        }
        runner.perform(.announce(.commandResult(refusal)), for: input.lock, in: &group)
    }

    private func carryOut(_ order: EngineOrder, on floor: inout EngineFloor, in group: inout DiscardingTaskGroup) {
        switch order.kind {
        case .start(let setting):
            if let setting = floor.mayStart(setting, of: order.lock) {
                start(setting, on: &floor, in: &group)
            }
        case .retire(let retirement):
            sayLastWords(of: order.lock, on: &floor, in: &group)
            floor.retire(order.lock, retirement, order.steps)
            order.steps.yield(.stopped)
            // A read may be given up; a command may not.
            runner.perform(.abandonBridgeCall, for: order.lock, in: &group)
            floor.sayWhoIsQuiet(order.lock)
        }
    }

    private func sayLastWords(of id: LockID, on floor: inout EngineFloor, in group: inout DiscardingTaskGroup) {
        for last in floor.supervisors[id]?.handle(.stopping, at: time.now()) ?? [] where last.isWord {
            runner.perform(last, for: id, in: &group)
        }
    }
}

/// Who is there, and what is under way for them.
private struct EngineFloor {
    /// What is known of a lock that has no supervisor just now.
    private struct Absence {
        let retirement: Retirement
        /// Told when nothing is under way any more.
        var steps: AsyncStream<EngineOrder.Step>.Continuation?
        /// Who takes over then.
        var next: LockSetting?
        var kept: [LockEvent] = []
    }

    /// How much of a lock is kept for its next supervisor, which reads the status anyway; beyond it, it is dropped.
    private static let keptLimit = 256

    var supervisors: [LockID: LockSupervisor] = [:]
    var alarms = Alarms()
    private var absences: [LockID: Absence] = [:]
    /// How many answers are still to come.
    private var unanswered: [LockID: Int] = [:]

    mutating func asked(_ effect: LockEffect, of lock: LockID) {
        if effect.isQuestion { unanswered[lock, default: 0] += 1 }
    }

    /// Counts an answer; returns who is to take over, if that was the last for which he waited.
    ///
    /// An answer belongs to the supervisor that asked, and to no later one: there is none until all have come.
    mutating func answered(_ event: LockEvent, of lock: LockID) -> LockSetting? {
        guard event.isAnswer else { return nil }
        let rest = unanswered[lock, default: 0] - 1
        unanswered[lock] = rest > 0 ? rest : nil
        sayWhoIsQuiet(lock)
        guard unanswered[lock] == nil else { return nil }
        defer { absences[lock]?.next = nil }
        return absences[lock]?.next
    }

    mutating func retire(
        _ lock: LockID,
        _ retirement: Retirement,
        _ steps: AsyncStream<EngineOrder.Step>.Continuation
    ) {
        supervisors[lock] = nil
        alarms.forget(lock)
        absences[lock] = Absence(retirement: retirement, steps: steps)
    }

    mutating func sayWhoIsQuiet(_ lock: LockID) {
        guard unanswered[lock] == nil, let steps = absences[lock]?.steps else { return }
        absences[lock]?.steps = nil
        steps.yield(.quiet)
        steps.finish()
        if absences[lock]?.retirement == .removed { absences[lock] = nil }
    }

    /// Who is to begin now; nil when it must wait for what is still under way.
    mutating func mayStart(_ setting: LockSetting, of lock: LockID) -> LockSetting? {
        guard unanswered[lock] != nil else { return setting }
        absences[lock, default: Absence(retirement: .otherBridge)].next = setting
        return nil
    }

    /// Keeps an event for the next supervisor; says whether there will be one that may have it.
    mutating func keep(_ input: LockInput) -> Bool {
        guard let absence = absences[input.lock] else { return false }
        switch (absence.retirement, input.event.isReport) {
        case (.removed, _), (.otherBridge, true): return false
        case (.sameBridge, _), (.otherBridge, false): break
        }
        if absence.kept.count < Self.keptLimit || !input.event.isReport {
            absences[input.lock]?.kept.append(input.event)
        }
        return true
    }

    mutating func takeKept(of lock: LockID) -> [LockEvent] { absences.removeValue(forKey: lock)?.kept ?? [] }
}

extension LockEvent {
    fileprivate var isAnswer: Bool {
        switch self {
        case .commandAnswered, .statusRead, .probed, .webhooksReconciled: true
        default: false
        }
    }
}

extension LockEffect {
    /// Gets an answer, exactly one.
    fileprivate var isQuestion: Bool {
        switch self {
        case .sendCommand, .readStatus, .probe, .reconcileWebhooks: true
        case .announce, .remember, .note, .explain, .withdrawCommand, .abandonBridgeCall: false
        }
    }

    /// Said or written down, and asks for nothing.
    fileprivate var isWord: Bool {
        switch self {
        case .announce, .remember, .note, .explain: true
        case .sendCommand, .withdrawCommand, .readStatus, .probe, .reconcileWebhooks, .abandonBridgeCall: false
        }
    }
}

/// Which lock will be woken when, so that no deadline is missed and few sleepers exist.
///
/// A sleeper whose deadline moved later is left alone: it wakes the lock too early once, which is harmless.
private struct Alarms {
    private var set: [LockID: [Duration]] = [:]

    /// Whether a new sleeper is needed for `deadline`; if so, it counts as there.
    mutating func needsAlarm(for lock: LockID, at deadline: Duration) -> Bool {
        let pending = set[lock, default: []]
        guard !pending.contains(where: { $0 <= deadline }) else { return false }
        set[lock, default: []].append(deadline)
        return true
    }

    /// Sleepers that are left wake nobody, or the next supervisor too early once.
    mutating func forget(_ lock: LockID) { set[lock] = nil }

    mutating func rang(for lock: LockID, at now: Duration) {
        set[lock]?.removeAll { $0 <= now }
    }
}

/// What the engine needs to know of a lock.
package struct LockSetting: Sendable {
    package let identity: LockIdentity
    package let policy: LockPolicy
    /// What is on record from the time before.
    package let memory: LockMemory

    package init(identity: LockIdentity, policy: LockPolicy, memory: LockMemory = LockMemory()) {
        self.identity = identity
        self.policy = policy
        self.memory = memory
    }
}

/// Carries out effects.
package protocol EffectRunning: Sendable {
    /// Hands announcements over at once, in order; starts everything that waits as a child of `group`.
    func perform(_ effect: LockEffect, for lock: LockID, in group: inout DiscardingTaskGroup)
}
