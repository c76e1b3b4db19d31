/// One answer of the bridge's `/status`, in domain words.
package struct BridgeStatus: Hashable, Sendable {
    /// The bridge has a Bluetooth link to the lock.
    package var isLockOnline: Bool
    /// `unknown` whenever the lock is not online, whatever the bridge says.
    package var bolt: BoltState
    package var battery: BatteryReading
    package var signal: SignalReading
    /// 12 lower-case hexadecimal digits.
    package var bridgeMAC: String?
    /// When the bridge started, seconds since 1970.
    package var bootedAt: Int64?
    /// How many webhooks are registered on the bridge.
    package var webhookCount: Int?

    package init(
        isLockOnline: Bool,
        bolt: BoltState,
        battery: BatteryReading = BatteryReading(),
        signal: SignalReading = SignalReading(),
        bridgeMAC: String? = nil,
        bootedAt: Int64? = nil,
        webhookCount: Int? = nil
    ) {
        self.isLockOnline = isLockOnline
        self.bolt = bolt
        self.battery = battery
        self.signal = signal
        self.bridgeMAC = bridgeMAC
        self.bootedAt = bootedAt
        self.webhookCount = webhookCount
    }
}

/// The two generations of bridge hardware.
package enum BridgeKind: String, Hashable, Sendable, CaseIterable {
    /// ESP32; signs its webhooks.
    case esp32
    /// Shelly-based; answers `application/json`, and has been seen to send webhooks without a signature.
    case shelly
}

/// How a read of `/status` ended.
package enum StatusAnswer: Hashable, Sendable {
    case read(BridgeStatus, BridgeKind)
    case failed(BridgeFailure)
    /// Given up in favour of a command; says nothing about the bridge.
    case abandoned
}

/// Why a request to the bridge failed, by what its owner may do next.
package enum BridgeFailure: String, Error, Hashable, Sendable, CaseIterable {
    case nameNotFound = "name_not_found"
    case noRoute = "no_route"
    case refused
    /// Refused, while this machine has no way to the internet either: some bridges refuse for as long as that lasts.
    case refusedWithoutInternet = "refused_without_internet"
    case connectTimeout = "connect_timeout"
    /// Connected, but no whole answer came.
    case noAnswer = "no_answer"
    /// Answered that we may not.
    case unauthorised
    /// Answered with something else than success.
    case badStatus = "bad_status"
    /// Answered, but not with what was asked for.
    case unreadable
    /// Answered, but it is not the lock's own bridge.
    case wrongBridge = "wrong_bridge"
}
