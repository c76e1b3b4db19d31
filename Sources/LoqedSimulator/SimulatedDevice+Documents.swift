import LockDomain
import LoqedWire

// MARK: - What the bridge answers and sends

extension SimulatedDevice {
    /// The body of `/status`, with the fields in the order of the real one.
    package func status(ipAddress: String) -> String {
        let isConnected = !isReportedOffline
        let isKnown = isConnected || manners.keepsValuesOfLostLock
        let shown = isKnown ? shownBolt : .unknown
        let type = isKnown || !hasEmptyBatteries ? batteryType : nil
        return JSONText.object([
            ("battery_percentage", .number(isKnown ? battery : -1)),
            ("battery_type", .text(type.wireName)),
            ("battery_type_numeric", .number(type.wireNumber)),
            ("battery_voltage", isKnown ? .decimal(voltage) : .number(0)),
            ("bolt_state", .text(shown.rawValue)),
            ("bolt_state_numeric", .number(shown.wireNumber)),
            ("bridge_mac_wifi", .text(wifiMAC)),
            ("bridge_mac_ble", .text(bluetoothMAC)),
            ("lock_online", .number(isConnected ? 1 : 0)),
            ("webhooks_number", .number(webhooks.count)),
            ("ip_address", .text(ipAddress)),
            ("up_timestamp", .number(Int(bootedAt))),
            ("wifi_strength", .number(wifiSignal)),
            ("ble_strength", .number(isConnected ? bluetoothSignal : -1)),
        ]).text(numbersAsText: manners.writesNumbersAsText)
    }

    /// Volts of the pack: 8 when it is empty, 11 when it is full.
    private var voltage: String {
        let hundredths = 800 + 3 * max(battery, 0)
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
    }

    /// The body of a webhook, compact and with the fields in the order of captured ones.
    package func body(of event: SimulatedEvent) -> String {
        fields(of: event).text(numbersAsText: manners.writesNumbersAsText)
    }

    func fields(of event: SimulatedEvent) -> JSONText {
        let macs: [(name: String, value: JSONText)] = [
            ("mac_wifi", .text(wifiMAC)), ("mac_ble", .text(bluetoothMAC)),
        ]
        switch event {
        case .going(let target, let name, let key):
            return .object(
                [("go_to_state", .text(target.wireName)), ("event_type", .text(name))] + macs + keyField(key)
            )
        case .reached(let bolt, let key):
            let name = bolt == .dayLock ? "LATCH" : bolt.wireName
            return .object(stopped(bolt) + macs + [("event_type", .text("STATE_CHANGED_\(name)"))] + keyField(key))
        case .stalled(let key):
            return .object(stopped(.unknown) + macs + [("event_type", .text("MOTOR_STALL"))] + keyField(key))
        case .battery(let level):
            let type = level < 0 ? nil : batteryType
            let written: JSONText =
                manners.writesBatteryTypeAsNumber ? .number(type.wireNumber) : .text(type.wireName)
            return .object([("battery_type", written), ("battery_percentage", .number(level))] + macs)
        case .signal(let wifi, let bluetooth):
            return .object([("wifi_strength", .number(wifi)), ("ble_strength", .number(bluetooth))] + macs)
        }
    }

    private func stopped(_ bolt: BoltState) -> [(name: String, value: JSONText)] {
        [("requested_state", .text(bolt.wireName)), ("requested_state_numeric", .number(bolt.wireNumber))]
    }

    private func keyField(_ key: KeyID?) -> [(name: String, value: JSONText)] {
        if let key { return [("key_local_id", .number(Int(key.rawValue)))] }
        switch manners.noKey {
        case .number: return [("key_local_id", .number(255))]
        case .null: return [("key_local_id", .null)]
        case .empty: return [("key_local_id", .text(""))]
        case .missing: return []
        }
    }
}

extension BatteryType? {
    /// LOQED's name; one that was never chosen is unknown.
    var wireName: String { self?.rawValue.uppercased() ?? "UNKNOWN" }

    var wireNumber: Int {
        switch self {
        case .alkaline?: 0
        case .nickelMetalHydride?: 1
        case .lithium?: 2
        case nil: 3
        }
    }
}
