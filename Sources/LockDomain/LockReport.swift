/// All that is published about a lock at one instant.
package struct LockReport: Hashable, Sendable {
    /// A definite state and when it was last true, for people who want to know what the lock said before it fell silent.
    package struct LastKnownState: Hashable, Sendable {
        package let state: LockState
        package let time: UnixTime

        package init(state: LockState, time: UnixTime) {
            self.state = state
            self.time = time
        }
    }

    /// A battery level and when it was reported.
    package struct LastKnownBattery: Hashable, Sendable {
        package let level: Int
        package let time: UnixTime
        /// As ``BatteryAlarm`` has it, which depends on the levels before.
        package let isLow: Bool

        /// Without `isLow`, the level decides as if there had been none before.
        package init(level: Int, time: UnixTime, isLow: Bool? = nil) {
            self.level = level
            self.time = time
            self.isLow = isLow ?? (level <= BatteryAlarm.lowLevel)
        }
    }

    /// The last movement or change that somebody caused.
    package struct LastAction: Hashable, Sendable {
        package let event: LockOccurrence.Word
        package let rawType: String?
        package let cause: Cause
        package let key: KeyID?
        package let keyName: String?
        package let time: UnixTime

        package init(
            event: LockOccurrence.Word,
            rawType: String?,
            cause: Cause,
            key: KeyID?,
            keyName: String?,
            time: UnixTime
        ) {
            self.event = event
            self.rawType = rawType
            self.cause = cause
            self.key = key
            self.keyName = keyName
            self.time = time
        }
    }

    package var state: LockState
    /// What ``state`` rests on; absent while it is `unknown`.
    package var evidence: Evidence?
    package var lastKnownState: LastKnownState?
    package var connectivity: Connectivity
    package var road: Road
    /// The level and the voltage are absent whenever the lock is offline.
    package var battery: BatteryReading
    package var lastKnownBattery: LastKnownBattery?
    package var signal: SignalReading
    package var webhookPath: WebhookPath
    package var bridgeKind: BridgeKind?
    package var bridgeMAC: String?
    package var lastAction: LastAction?
    /// Our clock less the bridge's, as its webhooks show, whole seconds.
    ///
    /// Zero while the difference is of no account, absent while it is not known.
    package var clockSkew: Duration?
    /// How long webhooks take; absent before the first.
    package var webhookDelays: WebhookDelays?
    /// Whether commands are taken on at all.
    package var areCommandsEnabled: Bool
    package var problems: Set<LockProblem>

    package init(
        state: LockState,
        evidence: Evidence? = nil,
        lastKnownState: LastKnownState? = nil,
        connectivity: Connectivity,
        road: Road,
        battery: BatteryReading = BatteryReading(),
        lastKnownBattery: LastKnownBattery? = nil,
        signal: SignalReading = SignalReading(),
        webhookPath: WebhookPath,
        bridgeKind: BridgeKind? = nil,
        bridgeMAC: String? = nil,
        lastAction: LastAction? = nil,
        clockSkew: Duration? = nil,
        webhookDelays: WebhookDelays? = nil,
        areCommandsEnabled: Bool = true,
        problems: Set<LockProblem> = []
    ) {
        self.state = state
        self.evidence = evidence
        self.lastKnownState = lastKnownState
        self.connectivity = connectivity
        self.road = road
        self.battery = battery
        self.lastKnownBattery = lastKnownBattery
        self.signal = signal
        self.webhookPath = webhookPath
        self.bridgeKind = bridgeKind
        self.bridgeMAC = bridgeMAC
        self.lastAction = lastAction
        self.clockSkew = clockSkew
        self.webhookDelays = webhookDelays
        self.areCommandsEnabled = areCommandsEnabled
        self.problems = problems
    }
}

/// Whether the bridge's webhooks are known to arrive.
package enum WebhookPath: String, Hashable, Sendable, CaseIterable {
    /// A verified webhook has arrived, and nothing since has shown that one was lost.
    case proven
    case unproven
}
