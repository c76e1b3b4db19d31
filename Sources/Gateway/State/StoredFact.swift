import FoundationEssentials
import LockDomain

/// A fact of a lock as it stands in files: one of the parts, the others absent.
///
/// Times are milliseconds since 1970.
struct StoredFact: Codable, Hashable {
    struct Command: Codable, Hashable {
        var id: String
        var action: String?
        var status: String
        var reason: String?
        var road: String
        var attempts: Int
        var receivedAt: Int64
        var updatedAt: Int64
    }

    struct Delivery: Codable, Hashable {
        var family: String
        var signedAt: Int64
        var fingerprint: UInt64
        var arrivedAt: Int64
    }

    struct Bridge: Codable, Hashable {
        var mac: String
        /// Of the bridge key with which that bridge was met.
        var keyMark: String
    }

    struct KnownState: Codable, Hashable {
        var state: String
        var time: Int64
    }

    struct KnownBattery: Codable, Hashable {
        var level: Int
        var time: Int64
        /// Absent in files of earlier versions.
        var low: Bool?
    }

    struct Action: Codable, Hashable {
        var event: String
        var rawType: String?
        var cause: String
        var key: Int?
        var keyName: String?
        var time: Int64
    }

    var lock: String
    var command: Command?
    var delivery: Delivery?
    var commandsEnabled: Bool?
    var bridge: Bridge?
    var state: KnownState?
    var battery: KnownBattery?
    var action: Action?

    init(_ fact: LockFact, of lock: LockID, keyMark: String) {
        self.lock = lock.rawValue
        switch fact {
        case .command(let result): command = Command(result)
        case .delivery(let delivery):
            self.delivery = Delivery(
                family: delivery.family.rawValue,
                signedAt: delivery.stamp.signedAt,
                fingerprint: delivery.stamp.fingerprint,
                arrivedAt: delivery.arrivedAt.milliseconds
            )
        case .commandsSwitched(let isOn): commandsEnabled = isOn
        case .bridgeIdentified(let mac): bridge = Bridge(mac: mac, keyMark: keyMark)
        case .stateKnown(let known):
            state = KnownState(state: known.state.rawValue, time: known.time.milliseconds)
        case .batteryKnown(let known):
            battery = KnownBattery(level: known.level, time: known.time.milliseconds, low: known.isLow)
        case .acted(let action): self.action = Action(action)
        }
    }

    /// What the fact says; nil when it makes no sense.
    var fact: LockFact? {
        if let command { return command.result.map(LockFact.command) }
        if let delivery { return delivery.delivery.map(LockFact.delivery) }
        if let commandsEnabled { return .commandsSwitched(commandsEnabled) }
        if let bridge { return .bridgeIdentified(bridge.mac) }
        if let state {
            return LockState(rawValue: state.state).map {
                .stateKnown(.init(state: $0, time: UnixTime(milliseconds: state.time)))
            }
        }
        if let battery {
            let time = UnixTime(milliseconds: battery.time)
            return .batteryKnown(.init(level: battery.level, time: time, isLow: battery.low))
        }
        return action?.action.map(LockFact.acted)
    }
}

extension StoredFact.Command {
    fileprivate init(_ result: CommandResult) {
        let (status, reason) = result.status.words
        self.init(
            id: result.id.rawValue,
            action: result.action?.rawValue,
            status: status,
            reason: reason,
            road: result.road.rawValue,
            attempts: result.attempts,
            receivedAt: result.receivedAt.milliseconds,
            updatedAt: result.updatedAt.milliseconds
        )
    }

    fileprivate var result: CommandResult? {
        guard let id = CommandID(id), let status = CommandStatus(status, reason: reason),
            let road = Road(rawValue: road)
        else { return nil }
        let action = action.map(LockAction.init)
        if case .some(nil) = action { return nil }
        return CommandResult(
            id: id,
            action: action ?? nil,
            status: status,
            road: road,
            attempts: attempts,
            receivedAt: UnixTime(milliseconds: receivedAt),
            updatedAt: UnixTime(milliseconds: updatedAt)
        )
    }
}

extension StoredFact.Delivery {
    fileprivate var delivery: Delivery? {
        Delivery.Family(rawValue: family).map {
            Delivery(
                family: $0,
                stamp: WebhookStamp(signedAt: signedAt, fingerprint: fingerprint),
                arrivedAt: UnixTime(milliseconds: arrivedAt)
            )
        }
    }
}

extension StoredFact.Action {
    fileprivate init(_ action: LockReport.LastAction) {
        self.init(
            event: action.event.rawValue,
            rawType: action.rawType,
            cause: action.cause.rawValue,
            key: action.key.map { Int($0.rawValue) },
            keyName: action.keyName,
            time: action.time.milliseconds
        )
    }

    fileprivate var action: LockReport.LastAction? {
        guard let event = LockOccurrence.Word(rawValue: event), let cause = Cause(rawValue: cause) else { return nil }
        return LockReport.LastAction(
            event: event,
            rawType: rawType,
            cause: cause,
            key: key.flatMap(KeyID.init),
            keyName: keyName,
            time: UnixTime(milliseconds: time)
        )
    }
}
