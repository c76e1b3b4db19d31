import LockDomain

extension BatteryReading {
    /// The level in percent, nil when it is not known or is no percentage.
    var publishedLevel: Int? { level.flatMap { (0...100).contains($0) ? $0 : nil } }

    /// The voltage of the pack in thousandths of a volt, nil when it is not known or no pack could have it.
    var publishedMillivolts: Int? {
        voltage.flatMap { (0.001...100).contains($0) ? Int(($0 * 1000).rounded()) : nil }
    }
}
