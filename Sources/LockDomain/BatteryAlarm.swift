/// Whether the batteries are low.
///
/// A level that wavers around one limit would sound an alarm again and again, so there are two.
package struct BatteryAlarm: Hashable, Sendable {
    /// At this level or below, in percent, batteries are low.
    ///
    /// LOQED names no limit; this one leaves time to buy new ones.
    package static let lowLevel = 20
    /// From this level on, in percent, batteries that were low are well again.
    package static let wellLevel = 25

    package private(set) var isLow: Bool

    package init(isLow: Bool = false) { self.isLow = isLow }

    /// Takes a level in percent.
    package mutating func read(_ level: Int) {
        isLow = level <= Self.lowLevel || (isLow && level < Self.wellLevel)
    }
}
