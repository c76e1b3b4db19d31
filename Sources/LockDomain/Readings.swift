/// The chemistry that was chosen for the batteries in LOQED's app.
package enum BatteryType: String, Hashable, Sendable, CaseIterable {
    case alkaline
    case nickelMetalHydride = "nickel_metal_hydride"
    case lithium
}

/// What one message says of the batteries.
///
/// Absent means not known.
package struct BatteryReading: Hashable, Sendable {
    /// Percent, 0 to 100.
    package var level: Int?
    /// Volts of the pack.
    package var voltage: Double?
    package var type: BatteryType?

    package init(level: Int? = nil, voltage: Double? = nil, type: BatteryType? = nil) {
        self.level = level
        self.voltage = voltage
        self.type = type
    }
}

/// What one message says of the radio links.
///
/// Absent means not known.
package struct SignalReading: Hashable, Sendable {
    /// Wi-Fi of the bridge, in the bridge's own unit: percent, or negative decibels on old firmware.
    package var wifi: Int?
    /// Bluetooth between bridge and lock, in the same unit.
    package var bluetooth: Int?
    /// The message says that the bridge has lost the lock: a Bluetooth strength of exactly -1.
    package var lockLost: Bool

    package init(wifi: Int? = nil, bluetooth: Int? = nil, lockLost: Bool = false) {
        self.wifi = wifi
        self.bluetooth = bluetooth
        self.lockLost = lockLost
    }
}
