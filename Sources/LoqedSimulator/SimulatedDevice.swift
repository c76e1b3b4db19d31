package import LockDomain
package import LoqedWire

/// A LOQED lock with its bridge, as a value: moves like a bolt, signs like a bridge, checks like a lock.
///
/// It reads no clock and sends nothing: webhooks wait in `takeDeliveries(at:)`, the next thing to happen by itself is
/// at ``nextDeadline``.
package struct SimulatedDevice: Sendable {
    enum Step: Hashable, Sendable {
        case going(to: BoltState, KeyID?, event: String)
        case reached(BoltState, KeyID?)
        case stalled(KeyID?)
        case reportOffline
        case refreshStatus
        case powerOn(bootedAt: Int64)
    }

    struct Planned: Hashable, Sendable {
        let at: Duration
        let step: Step
    }

    package internal(set) var bolt: BoltState
    /// What `/status` shows.
    package internal(set) var shownBolt: BoltState
    package internal(set) var isOnline = true
    /// The bridge has noticed that the lock is gone.
    package internal(set) var isReportedOffline = false
    /// The lock has no power; turned by hand it still moves.
    package internal(set) var hasEmptyBatteries = false
    /// The bridge has power and has started.
    package internal(set) var isPowered = true
    package internal(set) var battery: Int
    /// Absent when it was never chosen in LOQED's app.
    package internal(set) var batteryType: BatteryType? = .nickelMetalHydride
    package internal(set) var wifiSignal = 64
    package internal(set) var bluetoothSignal = 71
    package internal(set) var counters = Counters()
    /// The last ones, oldest first.
    package internal(set) var movements: [Movement] = []
    package internal(set) var webhooks: [WebhookEntry] = []
    package internal(set) var bootedAt: Int64
    /// Webhooks handed out and not yet done with.
    package internal(set) var undelivered = 0
    package var faults = Faults()
    package var manners = Manners()
    package var kind: BridgeKind
    package var speed: Double
    package var timing: SimulatorTiming
    package var wifiMAC: String

    let keys: [KeyID: CommandSecret]
    let bluetoothMAC: String
    var planned: [Planned] = []
    var events: [SimulatedEvent] = []
    var held: [HeldDelivery] = []
    /// How often the bridge has started; webhooks of an earlier life are gone.
    var boots = 0
    var lastWebhookID: UInt64 = 0
    var seenCommands: Set<String> = []
    var keptCommand: ReceivedCommand?

    /// - Throws: when a key of the configuration is not one.
    package init(_ configuration: SimulatorConfiguration, bootedAt: Int64) throws(KeyError) {
        bolt = configuration.bolt
        shownBolt = configuration.bolt
        battery = configuration.battery
        kind = configuration.kind
        speed = configuration.speed
        timing = configuration.timing
        wifiMAC = configuration.wifiMAC
        bluetoothMAC = configuration.bluetoothMAC
        self.bootedAt = bootedAt
        var keys: [KeyID: CommandSecret] = [:]
        for (number, secret) in configuration.keys {
            if let key = KeyID(number) { keys[key] = try CommandSecret(base64: secret) }
        }
        self.keys = keys
    }

    /// What those see who connect to the bridge now.
    package var port: PortState { isPowered ? faults.port : .silent }

    /// Counts a request that has come to the bridge; returns what is to go wrong with it.
    package mutating func admit(_ route: BridgeRoute) -> RequestFault? {
        counters.requests[route, default: 0] += 1
        return faults.requests.next(for: route)
    }
}
