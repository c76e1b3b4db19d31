package import LockDomain

// Decoding follows LOQED's article on the local bridge API where real bridges agree with it, and real bridges where not.

extension BridgeReport {
    /// Reads the body of a webhook.
    ///
    /// The family is told by the fields that are there: `event_type`, else `battery_percentage`, else a signal strength.
    /// Unknown events and fields are kept or passed over; they never fail.
    package init(webhookBody body: [UInt8]) throws(WireError) {
        guard let object = try JSONValue.parse(body).object else {
            throw .wrongType(path: "body", expected: "an object")
        }
        let signal = SignalReading(webhook: object)
        let battery = object["battery_percentage"].map { BatteryReading(percentage: $0, webhook: object) }
        let mac = MACAddress.normalised(object["mac_wifi"]?.string)
        if let event = object["event_type"] {
            guard let name = event.string, !name.isEmpty else { throw .wrongType(path: "event_type", expected: "text") }
            self.init(event: name.uppercased(), object, battery: battery, signal: signal, mac: mac)
        } else if let battery {
            self.init(kind: .battery, battery: battery, signal: signal, bridgeMAC: mac)
        } else if let signal {
            self.init(kind: .signal, signal: signal, bridgeMAC: mac)
        } else {
            throw .noKnownField
        }
    }

    private init(
        event name: String,
        _ object: [String: JSONValue],
        battery: BatteryReading?,
        signal: SignalReading?,
        mac: String?
    ) {
        let key = KeyID(wire: object["key_local_id"])
        var report = BridgeReport(
            kind: .stalled,
            eventType: name,
            cause: Cause(eventType: name),
            key: key,
            battery: battery,
            signal: signal,
            bridgeMAC: mac
        )
        if name == "MOTOR_STALL" {
            report.kind = .stalled
        } else if name.hasPrefix("GO_TO_STATE_") {
            let named = BoltState(wire: object["go_to_state"])
            report.kind = .going(to: named.isDefinite ? named : BoltState(goingToEvent: name))
        } else {
            // `requested_state` is in truth the state arrived at, and agrees with the name in every capture.
            let arrived = BoltState(reachedEvent: name)
            let requested = BoltState(wire: object["requested_state"])
            report.isContradictory = arrived.isDefinite && requested.isDefinite && arrived != requested
            report.kind = .reached(report.isContradictory ? .unknown : arrived)
        }
        self = report
    }
}

extension BoltState {
    /// Reads LOQED's spellings in any case: `NIGHT_LOCK`, `DAY_LOCK` or `LATCH`, `OPEN`.
    ///
    /// Anything else is `unknown`.
    package init(wire value: JSONValue?) {
        switch value?.string?.lowercased() {
        case "open": self = .open
        case "day_lock", "latch": self = .dayLock
        case "night_lock": self = .nightLock
        default: self = .unknown
        }
    }

    init(reachedEvent name: String) {
        switch name {
        case "STATE_CHANGED_OPEN", "STATE_CHANGED_OPEN_REMOTE": self = .open
        case "STATE_CHANGED_LATCH", "STATE_CHANGED_LATCH_REMOTE": self = .dayLock
        case "STATE_CHANGED_NIGHT_LOCK", "STATE_CHANGED_NIGHT_LOCK_REMOTE": self = .nightLock
        default: self = .unknown
        }
    }

    /// The target by the name's ending, for bridges that leave `go_to_state` out.
    init(goingToEvent name: String) {
        if name.hasSuffix("_OPEN") || name.hasSuffix("_VIA_OUTSIDE_MODULE_PIN")
            || name.hasSuffix("_VIA_OUTSIDE_MODULE_BUTTON")
        {
            self = .open
        } else if name.hasSuffix("_LATCH") || name.hasSuffix("_DAY_LOCK") {
            self = .dayLock
        } else if name.hasSuffix("_NIGHT_LOCK") || name.hasSuffix("_TO_LOCK") || name.hasSuffix("_ASSIST_LOCK") {
            self = .nightLock
        } else {
            self = .unknown
        }
    }

    /// LOQED's spelling in webhooks.
    package var wireName: String {
        switch self {
        case .unknown: "UNKNOWN"
        case .open: "OPEN"
        case .dayLock: "DAY_LOCK"
        case .nightLock: "NIGHT_LOCK"
        }
    }

    /// LOQED's number.
    package var wireNumber: Int {
        switch self {
        case .unknown: 0
        case .open: 1
        case .dayLock: 2
        case .nightLock: 3
        }
    }
}

extension Cause {
    /// What the name of a going-to event says of how the movement began.
    init(eventType name: String) {
        let words: [(String, Cause)] = [
            ("TOUCH_TO_LOCK", .touch), ("INSTANTOPEN", .touch), ("TWIST_ASSIST", .twist),
            ("OUTSIDE_MODULE_PIN", .pin), ("OUTSIDE_MODULE_BUTTON", .button), ("REMOTE", .remote), ("_BLE_", .remote),
        ]
        self = words.first { name.contains($0.0) }?.1 ?? .unknown
    }
}

extension KeyID {
    /// Reads a key id as leniently as LOQED writes it.
    ///
    /// 255, empty, null, absent, misfit: no key; never an error.
    init?(wire value: JSONValue?) {
        guard let number = value?.int, let key = KeyID(number) else { return nil }
        self = key
    }
}

extension BatteryReading {
    fileprivate init(percentage: JSONValue, webhook object: [String: JSONValue]) {
        self.init(level: percentage.int.flatMap(Self.level), type: BatteryType(wire: object["battery_type"]))
    }

    /// A percentage that means something; -1 and others outside 0 to 100 do not.
    static func level(_ percentage: Int) -> Int? { (0...100).contains(percentage) ? percentage : nil }
}

extension BatteryType {
    /// By number first (0 alkaline, 1 NiMH, 2 lithium), by name second.
    ///
    /// Documented as one, seen as the other.
    init?(wire value: JSONValue?) {
        switch value?.int {
        case 0: self = .alkaline
        case 1: self = .nickelMetalHydride
        case 2: self = .lithium
        case nil:
            guard let name = value?.string?.lowercased(), let type = BatteryType(rawValue: name) else { return nil }
            self = type
        default: return nil
        }
    }
}

extension SignalReading {
    fileprivate init?(webhook object: [String: JSONValue]) {
        guard object["wifi_strength"] != nil || object["ble_strength"] != nil else { return nil }
        self.init(wifi: object["wifi_strength"]?.int, bluetooth: object["ble_strength"]?.int)
    }

    /// Exactly -1 means no link; other negative values are decibels of old firmware.
    init(wifi: Int?, bluetooth: Int?) {
        self.init(
            wifi: wifi == -1 ? nil : wifi,
            bluetooth: bluetooth == -1 ? nil : bluetooth,
            lockLost: bluetooth == -1
        )
    }
}

enum MACAddress {
    /// 12 lower-case hexadecimal digits, from any of the usual spellings; absent for anything else.
    static func normalised(_ text: String?) -> String? {
        guard let digits = text?.lowercased().filter({ $0 != ":" && $0 != "-" }), digits.utf8.count == 12,
            digits.allSatisfy({ $0.isASCII && $0.isHexDigit })
        else { return nil }
        return digits
    }
}
