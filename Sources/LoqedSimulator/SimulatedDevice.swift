package import LockDomain
package import LoqedWire

/// A LOQED lock with its bridge, as a value: moves like a bolt, signs like a bridge, checks like a lock.
///
/// It reads no clock and sends nothing: events to deliver wait in ``takeEvents()``, the next thing to happen by itself is at
/// ``nextDeadline``.
package struct SimulatedDevice: Sendable {
    /// What the lock made of the commands it was handed.
    package struct Counters: Hashable, Sendable {
        package var received = 0
        package var valid = 0
        package var malformed = 0
        package var unknownKey = 0
        package var badSignature = 0
        package var stale = 0
        /// The same signed bytes again; the lock acts on them all the same.
        package var repeated = 0
        package var whileOffline = 0
    }

    /// What goes wrong on purpose.
    package struct Faults: Hashable, Sendable {
        /// The next movement does not arrive.
        package var stalls = false
        /// What the bridge does to requests instead of answering.
        package var requests: RequestFault?
        /// Webhooks are sent this much ahead of the real time.
        package var clockSkew: Duration = .zero
        /// `/status` does not change any more.
        package var statusIsStuck = false
    }

    package enum RequestFault: String, Hashable, Sendable, CaseIterable {
        case hang, reset, truncate, error, redirect, garbage
    }

    private enum Step: Hashable, Sendable {
        case going(to: BoltState, KeyID?, event: String)
        case reached(BoltState, KeyID?)
        case stalled(KeyID?)
        case reportOffline
        case refreshStatus
    }

    private struct Planned: Hashable, Sendable {
        let at: Duration
        let step: Step
    }

    package private(set) var bolt: BoltState
    /// What `/status` shows.
    package private(set) var shownBolt: BoltState
    package private(set) var isOnline = true
    /// The bridge has noticed that the lock is gone.
    package private(set) var isReportedOffline = false
    package private(set) var battery: Int
    package private(set) var counters = Counters()
    package private(set) var webhooks: [WebhookEntry] = []
    package private(set) var bootedAt: Int64
    package var faults = Faults()
    package var kind: BridgeKind
    package var speed: Double

    private let timing: SimulatorTiming
    private let keys: [KeyID: CommandSecret]
    private let wifiMAC: String
    private let bluetoothMAC: String
    private var planned: [Planned] = []
    private var events: [SimulatedEvent] = []
    private var lastWebhookID: UInt64 = 0
    private var seenCommands: Set<String> = []

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
}

// MARK: - Commands

extension SimulatedDevice {
    /// The bridge hands a command to the lock.
    ///
    /// The lock checks it and says nothing when it does not like it.
    package mutating func receive(base64: String, at now: Moment) {
        counters.received += 1
        guard let command = ReceivedCommand(base64: base64) else { return counters.malformed += 1 }
        guard let secret = keys[command.key] else { return counters.unknownKey += 1 }
        guard command.isSigned(with: secret) else { return counters.badSignature += 1 }
        let life = timing.commandLife.components.seconds
        guard (now.unix.seconds - life...now.unix.seconds + life).contains(command.signedAt) else {
            return counters.stale += 1
        }
        guard isOnline else { return counters.whileOffline += 1 }
        counters.valid += 1
        if !seenCommands.insert(base64).inserted { counters.repeated += 1 }
        let event =
            switch command.action {
            case .open: "GO_TO_STATE_INSTANTOPEN_OPEN"
            case .unlock: "GO_TO_STATE_MANUAL_LOCK_REMOTE_LATCH"
            case .lock: "GO_TO_STATE_MANUAL_LOCK_REMOTE_NIGHT_LOCK"
            }
        move(to: command.action.target, by: command.key, event: event, at: now.uptime)
    }

    /// The motor is set in motion; whatever it was doing before, it does no more.
    package mutating func move(to target: BoltState, by key: KeyID?, event: String, at now: Duration) {
        cancelMovement()
        plan(.going(to: target, key, event: event), after: timing.untilGoing, from: now)
    }

    /// The knob is turned by hand.
    package mutating func turnByHand(to target: BoltState, at now: Duration) {
        cancelMovement()
        arrive(at: target, key: nil, now: now)
    }

    private mutating func cancelMovement() {
        planned.removeAll {
            switch $0.step {
            case .going, .reached, .stalled: true
            case .reportOffline, .refreshStatus: false
            }
        }
    }
}

// MARK: - Time

extension SimulatedDevice {
    package var nextDeadline: Duration? { planned.map(\.at).min() }

    /// Lets happen what is due.
    package mutating func pass(to now: Duration) {
        while let next = planned.min(by: { $0.at < $1.at }), next.at <= now {
            planned.removeAll { $0 == next }
            perform(next.step, at: next.at)
        }
    }

    private mutating func plan(_ step: Step, after delay: Duration, from now: Duration) {
        planned.append(Planned(at: now + delay / speed, step: step))
    }

    private mutating func perform(_ step: Step, at now: Duration) {
        switch step {
        case .going(let target, let key, let event):
            emit(.going(target, event: event, key: key))
            if faults.stalls {
                plan(.stalled(key), after: timing.untilReached, from: now)
            } else if target != bolt {
                plan(.reached(target, key), after: timing.untilReached, from: now)
            }
        case .reached(let target, let key): arrive(at: target, key: key, now: now)
        case .stalled(let key):
            bolt = .unknown
            emit(.stalled(key: key))
            emit(.reached(.unknown, key: nil))
        case .reportOffline:
            guard !isOnline else { return }
            isReportedOffline = true
            emit(.signal(wifi: 64, bluetooth: -1))
        case .refreshStatus:
            if !faults.statusIsStuck { shownBolt = bolt }
        }
    }

    private mutating func arrive(at target: BoltState, key: KeyID?, now: Duration) {
        bolt = target
        emit(.reached(target, key: key))
        if target == .open { plan(.reached(.dayLock, nil), after: timing.untilLatch, from: now) }
    }

    /// All webhooks are delivered: `/status` follows after its lag.
    package mutating func delivered(at now: Duration) {
        planned.removeAll { $0.step == .refreshStatus }
        plan(.refreshStatus, after: timing.statusLag, from: now)
    }

    private mutating func emit(_ event: SimulatedEvent) {
        guard isOnline || event.isOfBridge else { return }
        events.append(event)
    }

    /// The events that happened since the last call, in order.
    package mutating func takeEvents() -> [SimulatedEvent] {
        defer { events = [] }
        return events
    }
}

// MARK: - Life of the device

extension SimulatedDevice {
    /// Bluetooth to the lock breaks; the bridge notices after a while.
    package mutating func loseLock(at now: Duration) {
        guard isOnline else { return }
        isOnline = false
        cancelMovement()
        plan(.reportOffline, after: timing.untilOffline, from: now)
    }

    /// The lock is back.
    ///
    /// Its bridge says so by a battery report alone.
    package mutating func findLock(at now: Duration) {
        guard !isOnline else { return }
        isOnline = true
        isReportedOffline = false
        planned.removeAll { $0.step == .reportOffline }
        emit(.battery(battery))
    }

    package mutating func reboot(losesWebhooks: Bool, at now: Moment) {
        bootedAt = now.unix.seconds
        if losesWebhooks { webhooks = [] }
        if !faults.statusIsStuck { shownBolt = bolt }
    }

    package mutating func setBattery(_ level: Int) {
        battery = level
        emit(.battery(level))
    }

    package mutating func reportBattery() { emit(.battery(battery)) }

    package mutating func reportSignal() { emit(.signal(wifi: 64, bluetooth: isReportedOffline ? -1 : 71)) }
}

// MARK: - What the bridge answers

extension SimulatedDevice {
    package mutating func addWebhook(url: String, triggers: WebhookTriggers) {
        lastWebhookID += 1
        webhooks.append(WebhookEntry(id: lastWebhookID, url: url, triggers: triggers))
    }

    package mutating func removeWebhook(_ id: UInt64) -> Bool {
        let count = webhooks.count
        webhooks.removeAll { $0.id == id }
        return webhooks.count < count
    }

    /// The body of `/status`, with the fields in the order of the real one.
    package func status(ipAddress: String) -> String {
        let isConnected = !isReportedOffline
        let shown = isConnected ? shownBolt : .unknown
        let voltage = isConnected ? "10.46" : "0"
        return "{\"battery_percentage\":\(isConnected ? battery : -1),\"battery_type\":\"NICKEL_METAL_HYDRIDE\","
            + "\"battery_type_numeric\":1,\"battery_voltage\":\(voltage),\"bolt_state\":\"\(shown.rawValue)\","
            + "\"bolt_state_numeric\":\(shown.wireNumber),\"bridge_mac_wifi\":\"\(wifiMAC)\","
            + "\"bridge_mac_ble\":\"\(bluetoothMAC)\",\"lock_online\":\(isConnected ? 1 : 0),"
            + "\"webhooks_number\":\(webhooks.count),\"ip_address\":\"\(ipAddress)\",\"up_timestamp\":\(bootedAt),"
            + "\"wifi_strength\":64,\"ble_strength\":\(isConnected ? 71 : -1)}"
    }

    /// The body of a webhook, compact and with the fields in the order of captured ones.
    package func body(of event: SimulatedEvent) -> String {
        let macs = "\"mac_wifi\":\"\(wifiMAC)\",\"mac_ble\":\"\(bluetoothMAC)\""
        switch event {
        case .going(let target, let name, let key):
            return "{\"go_to_state\":\"\(target.wireName)\",\"event_type\":\"\(name)\",\(macs),"
                + "\"key_local_id\":\(key?.rawValue ?? 255)}"
        case .reached(let bolt, let key):
            let name = bolt == .dayLock ? "LATCH" : bolt.wireName
            return stopped(bolt, "STATE_CHANGED_\(name)", key, macs)
        case .stalled(let key): return stopped(.unknown, "MOTOR_STALL", key, macs)
        case .battery(let level):
            return "{\"battery_type\":\"NICKEL_METAL_HYDRIDE\",\"battery_percentage\":\(level),\(macs)}"
        case .signal(let wifi, let bluetooth):
            return "{\"wifi_strength\":\(wifi),\"ble_strength\":\(bluetooth),\(macs)}"
        }
    }

    private func stopped(_ bolt: BoltState, _ name: String, _ key: KeyID?, _ macs: String) -> String {
        "{\"requested_state\":\"\(bolt.wireName)\",\"requested_state_numeric\":\(bolt.wireNumber),\(macs),"
            + "\"event_type\":\"\(name)\",\"key_local_id\":\(key?.rawValue ?? 255)}"
    }
}

/// One event that the bridge tells its targets.
package enum SimulatedEvent: Hashable, Sendable {
    case going(BoltState, event: String, key: KeyID?)
    case reached(BoltState, key: KeyID?)
    case stalled(key: KeyID?)
    case battery(Int)
    case signal(wifi: Int, bluetooth: Int)

    /// The bridge reports it by itself, also without the lock.
    fileprivate var isOfBridge: Bool { if case .signal = self { true } else { false } }

    /// The trigger that a target must have set to be told.
    package var trigger: WebhookTriggers {
        switch self {
        case .going(.open, _, _): .goingToOpen
        case .going(.nightLock, _, _): .goingToNightLock
        case .going: .goingToLatch
        case .reached(.open, _): .reachedOpen
        case .reached(.dayLock, _): .reachedLatch
        case .reached(.nightLock, _): .reachedNightLock
        case .reached(.unknown, _), .stalled: .reachedUnknown
        case .battery: .battery
        case .signal: .onlineStatus
        }
    }
}
