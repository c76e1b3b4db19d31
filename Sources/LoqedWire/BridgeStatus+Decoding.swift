package import LockDomain

extension BridgeStatus {
    /// Reads the body of `/status`.
    ///
    /// A lock that is not online has no bolt state and no battery, whatever the body says.
    package init(statusBody body: [UInt8]) throws(WireError) {
        guard let object = try JSONValue.parse(body).object else {
            throw .wrongType(path: "body", expected: "an object")
        }
        let known = ["bolt_state", "bolt_state_numeric", "lock_online", "battery_percentage", "ble_strength"]
        guard known.contains(where: { object[$0] != nil }) else { throw .noKnownField }
        let signal = SignalReading(wifi: object["wifi_strength"]?.int, bluetooth: object["ble_strength"]?.int)
        let isLockOnline = object["lock_online"]?.bool != false && !signal.lockLost
        let type = BatteryType(wire: object["battery_type_numeric"]) ?? BatteryType(wire: object["battery_type"])
        self.init(
            isLockOnline: isLockOnline,
            bolt: isLockOnline ? BoltState(wire: object["bolt_state"]) : .unknown,
            battery: BatteryReading(
                level: isLockOnline ? object["battery_percentage"]?.int.flatMap(BatteryReading.level) : nil,
                voltage: isLockOnline ? object["battery_voltage"]?.double.flatMap { $0 > 0 ? $0 : nil } : nil,
                type: type
            ),
            signal: signal,
            bridgeMAC: MACAddress.normalised(object["bridge_mac_wifi"]?.string),
            bootedAt: object["up_timestamp"]?.int.map(Int64.init),
            webhookCount: object["webhooks_number"]?.int
        )
    }
}

extension BridgeKind {
    /// The newer bridge names its JSON as such; the older one calls it `text/html`.
    package init(statusContentType type: String?) {
        self = type?.lowercased().hasPrefix("application/json") == true ? .shelly : .esp32
    }
}
