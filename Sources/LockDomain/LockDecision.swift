/// One thing that a supervisor decided, and on what grounds.
///
/// For people who ask why; nothing rests on it. Carries no secret, by type.
package struct LockDecision: Hashable, Sendable {
    /// What was decided.
    package enum Subject: Hashable, Sendable {
        /// What is said of the lock from now on.
        case state(StateDecision)
        /// How a command ended.
        case command(CommandDecision)
        /// A webhook that was not believed.
        case passedOver(PassedOver)
        /// Commands were turned on or off.
        case commandsSwitched(Bool)
    }

    /// Why a webhook counts for nothing.
    package enum PassedOver: Hashable, Sendable {
        /// Its bytes have come before.
        case repeated
        /// It is older, by this much, than one that has come.
        case late(by: Duration)
        /// Our clock less its stamp is more than is allowed.
        case refusedForAge(Duration)
        /// It is not signed.
        case unsigned
    }

    package let time: UnixTime
    /// What had happened.
    package let cause: Cause
    package let subject: Subject

    package init(time: UnixTime, cause: Cause, subject: Subject) {
        self.time = time
        self.cause = cause
        self.subject = subject
    }
}

/// Why the lock is in the state that is published.
package struct StateDecision: Hashable, Sendable {
    package let state: LockState
    package let rule: EvidenceRule
    /// Absent while ``state`` is `unknown`.
    package let evidence: Evidence?
    package let connectivity: Connectivity
    /// Why the bridge is taken for gone; absent while it is not.
    package let failure: BridgeFailure?
    /// Where the movement goes that is under way or unresolved.
    package let target: BoltState?
    /// What a read of `/status` showed that is not believed yet.
    package let shown: BoltState?

    package init(
        state: LockState,
        rule: EvidenceRule,
        evidence: Evidence?,
        connectivity: Connectivity,
        failure: BridgeFailure? = nil,
        target: BoltState? = nil,
        shown: BoltState? = nil
    ) {
        self.state = state
        self.rule = rule
        self.evidence = evidence
        self.connectivity = connectivity
        self.failure = failure
        self.target = target
        self.shown = shown
    }
}

/// Why a command ended as it did.
package struct CommandDecision: Hashable, Sendable {
    package let result: CommandResult
    /// The state that was published when it ended.
    package let state: LockState
    /// The state in which alone it was to be carried out, if its sender named one.
    package let ifState: LockState?
    /// What the configuration lets this lock be told.
    package let allowedActions: Set<LockAction>

    package init(
        result: CommandResult,
        state: LockState,
        ifState: LockState? = nil,
        allowedActions: Set<LockAction>
    ) {
        self.result = result
        self.state = state
        self.ifState = ifState
        self.allowedActions = allowedActions
    }
}

extension LockDecision {
    /// What a supervisor was told before it decided.
    package enum Cause: Hashable, Sendable {
        case started
        case timePassed
        /// A verified webhook, by LOQED's own name of the event; absent for battery and signal reports.
        case webhook(eventType: String?)
        case unsignedWebhook
        case webhookRefusedForAge
        case commandArrived(CommandID)
        case commandAnswered(CommandID, CommandAnswer)
        case statusShowed(BoltState, isLockOnline: Bool)
        case statusFailed(BridgeFailure)
        case statusAbandoned
        case bridgeProbed(BridgeFailure?)
        case webhooksReconciled
        case networkChanged
        case commandsSwitched(Bool)
        case refreshRequested
        case configured
        case stopping
    }
}

extension LockDecision.Cause {
    init(_ event: LockEvent) {
        switch event {
        case .started: self = .started
        case .woke: self = .timePassed
        case .bridgeReported(let report, _): self = .webhook(eventType: report.eventType)
        case .doorbellRang: self = .unsignedWebhook
        case .webhookRefusedForAge: self = .webhookRefusedForAge
        case .commandRequested(let request): self = .commandArrived(request.id)
        case .commandRejected(let rejected): self = .commandArrived(rejected.id)
        case .commandAnswered(let attempt, let answer): self = .commandAnswered(attempt.id, answer)
        case .statusRead(_, .read(let status, _)):
            self = .statusShowed(status.bolt, isLockOnline: status.isLockOnline)
        case .statusRead(_, .failed(let failure)): self = .statusFailed(failure)
        case .statusRead(_, .abandoned): self = .statusAbandoned
        case .probed(let failure): self = .bridgeProbed(failure)
        case .webhooksReconciled: self = .webhooksReconciled
        case .networkChanged: self = .networkChanged
        case .commandsSwitched(let isOn): self = .commandsSwitched(isOn)
        case .refreshRequested: self = .refreshRequested
        case .configured: self = .configured
        case .stopping: self = .stopping
        }
    }
}
