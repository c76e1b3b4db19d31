/// What must still be known about a lock after a restart.
///
/// The supervisor changes its own copy and asks, fact by fact, that the same be put on record
/// (``LockEffect/remember(_:)``). Applying the recorded facts in order gives the same memory.
package struct LockMemory: Hashable, Sendable {
    package private(set) var commands = CommandMemory()
    package private(set) var deliveries = DeliveryMemory()
    package private(set) var areCommandsEnabled = true
    /// Wi-Fi address of the lock's own bridge: 12 lower-case hexadecimal digits.
    package private(set) var bridgeMAC: String?
    package private(set) var lastKnownState: LockReport.LastKnownState?
    package private(set) var lastKnownBattery: LockReport.LastKnownBattery?
    package private(set) var lastAction: LockReport.LastAction?

    package init() {}

    /// The memory that these facts amount to.
    package init(_ facts: some Sequence<LockFact>) {
        for fact in facts { apply(fact) }
    }

    /// Adds one fact, later than all before it.
    package mutating func apply(_ fact: LockFact) {
        switch fact {
        case .command(let result): commands.record(result)
        case .delivery(let delivery): deliveries.record(delivery)
        case .commandsSwitched(let isOn): areCommandsEnabled = isOn
        case .bridgeIdentified(let mac): bridgeMAC = mac
        case .stateKnown(let state): lastKnownState = state
        case .batteryKnown(let battery): lastKnownBattery = battery
        case .acted(let action): lastAction = action
        }
    }

    /// The fewest facts that amount to this memory.
    package var facts: [LockFact] {
        var facts = commands.results.map(LockFact.command) + deliveries.all.map(LockFact.delivery)
        if !areCommandsEnabled { facts.append(.commandsSwitched(false)) }
        if let bridgeMAC { facts.append(.bridgeIdentified(bridgeMAC)) }
        if let lastKnownState { facts.append(.stateKnown(lastKnownState)) }
        if let lastKnownBattery { facts.append(.batteryKnown(lastKnownBattery)) }
        if let lastAction { facts.append(.acted(lastAction)) }
        return facts
    }
}

// MARK: - Movements

extension LockMemory {
    /// A movement that may not show in `/status` yet.
    struct RecentMovement: Hashable, Sendable {
        /// Where it went, as far as anyone said.
        let target: BoltState
        let time: UnixTime
        /// The command that may have caused it, without a report that says so.
        let command: CommandID?

        var isByCommand: Bool { command != nil }
    }

    /// What may have moved the bolt since its position was last read, in the order of time.
    ///
    /// A command under way may still, whatever has been reported since it was sent.
    func recentMovements(at now: UnixTime) -> [RecentMovement] {
        var movements = commands.results.filter(\.mayHaveMoved).compactMap { command in
            command.action.map { RecentMovement(target: $0.target, time: command.updatedAt, command: command.id) }
        }
        if let lastAction {
            let target = lastAction.event.place
            movements.append(RecentMovement(target: target, time: lastAction.time, command: nil))
        }
        // What a report settled has the time of that report; a read comes later. A time that is still to come tells of a
        // clock that was set back, and nothing of what was first.
        let settled = lastKnownState.flatMap { $0.time <= now ? $0.time : nil }
        let open = Set(commands.open.map(\.id))
        return movements.filter { movement in
            movement.command.map(open.contains) ?? false || movement.time >= settled ?? movement.time
        }
        .sorted { $0.time < $1.time }
    }
}

extension CommandResult {
    /// A request may have been written, and nothing says what came of it.
    var mayHaveMoved: Bool {
        switch status {
        case .sending, .sent, .accepted: true
        case .failed(.outcomeUnknown), .failed(.noResponse), .failed(.noConfirmation): true
        case .received, .confirmed, .failed, .expired, .superseded, .refused: false
        }
    }
}

extension LockOccurrence.Word {
    /// Where the bolt stands or goes by that word.
    fileprivate var place: BoltState {
        switch self {
        case .locked, .locking: .nightLock
        case .unlocked, .unlocking: .dayLock
        case .opened, .opening: .open
        case .jammed, .unknown, .commandFailed, .online, .offline, .unexpectedOwnKey: .unknown
        }
    }
}

/// One thing to be put on record.
package enum LockFact: Hashable, Sendable {
    /// A step of a command; the newest step of an id counts.
    case command(CommandResult)
    /// A webhook was admitted.
    case delivery(Delivery)
    case commandsSwitched(Bool)
    case bridgeIdentified(String)
    case stateKnown(LockReport.LastKnownState)
    case batteryKnown(LockReport.LastKnownBattery)
    case acted(LockReport.LastAction)
}
