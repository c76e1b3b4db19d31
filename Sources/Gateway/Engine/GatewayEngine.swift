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
            var supervisors: [LockID: LockSupervisor] = [:]
            var alarms = Alarms()
            for lock in locks {
                supervisors[lock.identity.id] = LockSupervisor(
                    lock.identity,
                    policy: lock.policy,
                    memory: lock.memory,
                    at: time.now()
                )
                inbox.report(LockInput(lock.identity.id, .started))
            }
            for await input in inbox.inputs {
                guard var supervisor = supervisors.removeValue(forKey: input.lock) else { continue }
                let effects = supervisor.handle(input.event, at: time.now())
                let deadline = supervisor.nextDeadline
                supervisors[input.lock] = supervisor
                for effect in effects { runner.perform(effect, for: input.lock, in: &group) }
                if case .woke = input.event { alarms.rang(for: input.lock, at: time.now().uptime) }
                if let deadline, alarms.needsAlarm(for: input.lock, at: deadline) {
                    let (time, inbox) = (time, inbox)
                    group.addTask {
                        try? await time.sleep(deadline)
                        inbox.report(LockInput(input.lock, .woke))
                    }
                }
            }
            for id in supervisors.keys.sorted() {
                for last in supervisors[id]?.handle(.stopping, at: time.now()) ?? [] where last.isWord {
                    runner.perform(last, for: id, in: &group)
                }
            }
            group.cancelAll()
        }
    }
}

extension LockEffect {
    /// Said or written down, and asks for nothing.
    fileprivate var isWord: Bool {
        switch self {
        case .announce, .remember, .note, .explain: true
        case .sendCommand, .readStatus, .probe, .reconcileWebhooks, .abandonBridgeCall: false
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
