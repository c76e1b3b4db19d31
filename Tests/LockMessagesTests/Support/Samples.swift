import LockDomain
import LockMessages
import Testing

/// Facts that the tests of this target share.
enum Samples {
    static let frontDoor = lock("front_door")
    static let layout = TopicLayout(base: prefix("loqed"))
    static let homeAssistant = HomeAssistantLayout(prefix: prefix("homeassistant"))
    /// The instant 2026-11-23T10:20:30.123Z.
    static let now = UnixTime(milliseconds: 1_795_429_230_123)

    static let fullReport = LockReport(
        state: .locked,
        evidence: Evidence(source: .webhook, time: now),
        lastKnownState: LockReport.LastKnownState(state: .locked, time: now),
        connectivity: .online,
        road: .local,
        battery: BatteryReading(level: 83, voltage: 10.412, type: .nickelMetalHydride),
        lastKnownBattery: LockReport.LastKnownBattery(level: 83, time: earlier(by: 3_600_000)),
        signal: SignalReading(wifi: 72, bluetooth: 45),
        webhookPath: .proven,
        bridgeKind: .esp32,
        bridgeMAC: "a0b1c2d3e4f1",
        lastAction: LockReport.LastAction(
            event: .locked,
            rawType: "STATE_CHANGED_NIGHT_LOCK",
            cause: .touch,
            key: KeyID(1),
            keyName: "Zoë \"Z\" O'Neil",
            time: now
        ),
        clockSkew: .seconds(-2),
        webhookDelays: WebhookDelays(
            count: 12,
            last: .milliseconds(340),
            median: .milliseconds(1_250),
            longest: .seconds(13),
            refusedLate: 1
        )
    )

    static let offlineReport = LockReport(
        state: .unknown,
        lastKnownState: LockReport.LastKnownState(state: .unlocked, time: earlier(by: 60_000)),
        connectivity: .offline(.lockOffline),
        road: .none,
        battery: BatteryReading(type: .alkaline),
        lastKnownBattery: LockReport.LastKnownBattery(level: 7, time: earlier(by: 86_400_000)),
        signal: SignalReading(wifi: 72),
        webhookPath: .unproven,
        bridgeKind: .shelly,
        bridgeMAC: "a0b1c2d3e4f1"
    )

    static let emptyReport = LockReport(
        state: .unknown,
        connectivity: .offline(.starting),
        road: .none,
        webhookPath: .unproven
    )

    static let info = GatewayInfoDocument(
        version: "1.2.3",
        startedAt: UnixTime(seconds: 1_795_429_230),
        locks: [
            LockListing(id: frontDoor, name: "Front door", allowedActions: Set(LockAction.allCases)),
            LockListing(id: lock("back_door"), name: "Back door", allowedActions: [.lock]),
        ],
        mqttVersion: .version5,
        features: [.messageExpiry, .homeAssistant]
    )

    static func listing(allowing actions: Set<LockAction>, name: String = "Front door") -> LockListing {
        LockListing(id: frontDoor, name: name, allowedActions: actions)
    }

    /// A lock below its bridge if that has an address, else below the gateway.
    static func device(allowing actions: Set<LockAction>, _ facts: BridgeFacts = BridgeFacts()) -> HomeAssistantDevice {
        let parent: HomeAssistantDevice.Subject = bridge(facts) == nil ? .gateway : .bridge(frontDoor)
        return .lock(listing(allowing: actions), facts, below: parent, gatewayVersion: "1.2.3", in: layout)
    }

    static func bridge(_ facts: BridgeFacts, name: String = "Front door") -> HomeAssistantDevice? {
        .bridge(of: listing(allowing: [], name: name), facts, gatewayVersion: "1.2.3", in: layout)
    }

    static let knownBridge = BridgeFacts(mac: "a0b1c2d3e4f1", kind: .esp32)

    static func result(_ status: CommandStatus, action: LockAction? = .unlock) -> CommandResult {
        let isBegun = status != .received && status != .superseded && status != .refused(.notAllowed)
        return CommandResult(
            id: command("garden-7"),
            action: action,
            status: status,
            road: isBegun ? .local : .none,
            attempts: isBegun ? 1 : 0,
            receivedAt: now,
            updatedAt: UnixTime(milliseconds: now.milliseconds + 877)
        )
    }

    static func earlier(by milliseconds: Int64) -> UnixTime {
        UnixTime(milliseconds: now.milliseconds - milliseconds)
    }

    static func lock(_ text: String) -> LockID { must(LockID(text)) }

    static func command(_ text: String) -> CommandID { must(CommandID(text)) }

    static func prefix(_ text: String) -> TopicPrefix { must(TopicPrefix(text)) }

    private static func must<Value>(_ value: Value?) -> Value {
        guard let value else { preconditionFailure("a sample is not what it should be") }
        return value
    }
}
