/// One verified webhook of a bridge, in domain words.
package struct BridgeReport: Hashable, Sendable {
    /// What the bridge reports of the lock.
    package enum Kind: Hashable, Sendable {
        /// The motor stopped there. `unknown` when the lock does not know, or the event's name is new to us.
        case reached(BoltState)
        /// The motor started towards it; it may never arrive.
        case going(to: BoltState)
        /// The motor stalled; the bolt may stand anywhere.
        case stalled
        case battery
        case signal
    }

    package var kind: Kind
    /// LOQED's own name of the event, such as `STATE_CHANGED_NIGHT_LOCK`; absent for battery and signal reports.
    package var eventType: String?
    /// What started the motor, as far as the event's name tells.
    package var cause: Cause
    /// The key that acted, absent when no key did.
    package var key: KeyID?
    /// The position in `requested_state` contradicts the event's name, so the report proves nothing definite.
    package var isContradictory: Bool
    package var battery: BatteryReading?
    package var signal: SignalReading?
    /// Wi-Fi address of the bridge that sent it: 12 lower-case hexadecimal digits.
    package var bridgeMAC: String?

    package init(
        kind: Kind,
        eventType: String? = nil,
        cause: Cause = .unknown,
        key: KeyID? = nil,
        isContradictory: Bool = false,
        battery: BatteryReading? = nil,
        signal: SignalReading? = nil,
        bridgeMAC: String? = nil
    ) {
        self.kind = kind
        self.eventType = eventType
        self.cause = cause
        self.key = key
        self.isContradictory = isContradictory
        self.battery = battery
        self.signal = signal
        self.bridgeMAC = bridgeMAC
    }
}

/// What identifies one delivery of a webhook.
package struct WebhookStamp: Hashable, Sendable {
    /// The signed time, whole seconds since 1970.
    package let signedAt: Int64
    /// The first eight bytes of the verified hash: enough to tell deliveries apart, useless to replay one.
    package let fingerprint: UInt64

    package init(signedAt: Int64, fingerprint: UInt64) {
        self.signedAt = signedAt
        self.fingerprint = fingerprint
    }
}
