package import LockDomain

/// What a lock's reports have told of its bridge, as far as devices in Home Assistant depend on it.
package struct BridgeFacts: Hashable, Sendable {
    /// In which unit a bridge gives the strength of its radio links.
    package enum SignalUnit: Hashable, Sendable {
        case percent
        /// Decibels above a milliwatt, negative; firmware of 2022.
        case decibels
    }

    /// Wi-Fi address, 12 lower-case hexadecimal digits; a bridge without one is not known.
    package private(set) var mac: String?
    package private(set) var kind: BridgeKind?
    package private(set) var signalUnit: SignalUnit

    package init(mac: String? = nil, kind: BridgeKind? = nil, signalUnit: SignalUnit = .percent) {
        self.mac = mac
        self.kind = kind
        self.signalUnit = signalUnit
    }

    /// Takes what a report says; what it does not say stays as it was.
    package mutating func learn(from report: LockReport) {
        mac = report.bridgeMAC ?? mac
        kind = report.bridgeKind ?? kind
        guard let strength = report.signal.wifi ?? report.signal.bluetooth else { return }
        signalUnit = strength < 0 ? .decibels : .percent
    }

    var address: HardwareAddress? { mac.flatMap(HardwareAddress.init) }
}
