package import LockDomain
import LoqedWire

/// A bridge whose webhooks a person looks after: that of a configured lock, or one that is named with its key.
package struct WebhookSubject: Sendable {
    /// Absent for a bridge that was named without a lock: nothing on it counts as ours.
    package let lock: LockID?
    let bridge: NetworkAddress
    let key: BridgeKey
    /// Absent when the lock is not in the configuration.
    let configured: GatewayConfiguration.Lock?

    /// The bridge of a configured lock.
    package init(_ lock: GatewayConfiguration.Lock) {
        self.lock = lock.id
        bridge = lock.bridge
        key = lock.bridgeKey
        configured = lock
    }

    /// A bridge that is not in the configuration, and the file with its key, read as the configuration would.
    package init(
        bridge: NetworkAddress,
        keyFile: SecretFileOption,
        lock: LockID?,
        in environment: LaunchEnvironment
    ) throws(ConfigurationFailure) {
        self.lock = lock
        self.bridge = bridge
        key = try keyFile.bridgeKey(in: environment)
        configured = nil
    }

    /// What it is called in the output.
    package var label: String { lock.map { "\($0) (\(bridgeName))" } ?? bridgeName }

    var bridgeName: String { bridge.shownName }

    var isConfigured: Bool { configured != nil }
}
