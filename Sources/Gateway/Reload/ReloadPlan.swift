import LockDomain
import LoqedWire

/// What another configuration changes, lock by lock.
struct ReloadPlan {
    /// Keys that only a new start of the gateway can take.
    var fixed: [String] = []
    var added: [GatewayConfiguration.Lock] = []
    var removed: [GatewayConfiguration.Lock] = []
    /// Those with another bridge or other keys: what is known of them is known no more.
    var restarted: [(old: GatewayConfiguration.Lock, new: GatewayConfiguration.Lock)] = []
    /// Those that are called otherwise, or may do something else; nothing else of them is touched.
    var adjusted: [GatewayConfiguration.Lock] = []

    init(from old: GatewayConfiguration, to new: GatewayConfiguration) {
        fixed = Self.fixedKeys(old, new)
        let before = Dictionary(uniqueKeysWithValues: old.locks.map { ($0.id, $0) })
        let after = Set(new.locks.map(\.id))
        removed = old.locks.filter { !after.contains($0.id) }
        for lock in new.locks {
            guard let known = before[lock.id] else {
                added.append(lock)
                continue
            }
            if !known.hasAccess(of: lock) {
                restarted.append((known, lock))
            } else if known.name != lock.name || LockIdentity(known) != LockIdentity(lock) {
                adjusted.append(lock)
            }
        }
    }

    private static func fixedKeys(_ old: GatewayConfiguration, _ new: GatewayConfiguration) -> [String] {
        let (before, after) = (settings(old), settings(new))
        var keys = Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }
        if old.mqtt.tls != new.mqtt.tls { keys.insert("mqtt.tls") }
        if !old.mqtt.hasPassword(of: new.mqtt) { keys.insert("mqtt.password") }
        return keys.sorted()
    }

    /// All settings but those that can change, as they are shown.
    private static func settings(_ configuration: GatewayConfiguration) -> [String: EffectiveSetting] {
        let loaded = LoadedConfiguration(
            path: "",
            configuration: configuration,
            warnings: [],
            secretFiles: [],
            origins: [:]
        )
        let settings = loaded.effective.filter { !$0.keyPath.hasPrefix("locks[") && !$0.keyPath.hasPrefix("log.") }
        return Dictionary(uniqueKeysWithValues: settings.map { ($0.keyPath, $0) })
    }
}

extension GatewayConfiguration.MQTT {
    fileprivate func hasPassword(of other: Self) -> Bool {
        switch (login?.password, other.login?.password) {
        case (nil, nil): true
        case (let own?, let others?): own.reveal { own in others.reveal { $0 == own } }
        default: false
        }
    }
}

extension GatewayConfiguration.Lock {
    /// The same way to the same lock, with the same keys.
    fileprivate func hasAccess(of other: Self) -> Bool {
        bridge == other.bridge && bridgeMAC == other.bridgeMAC && localKeyID == other.localKeyID
            && hasKeys(of: other)
    }

    /// Compared by what they sign; a secret shows nothing of itself.
    private func hasKeys(of other: Self) -> Bool {
        let hashes = [self, other].map { WebhookHash.list(at: 0, key: $0.bridgeKey) }
        let signatures = [self, other].map {
            SignedCommand(.lock, key: localKeyID, secret: $0.keySecret, at: UnixTime(seconds: 0)).base64
        }
        return signatures[0] == signatures[1] && hashes[0].hex == hashes[1].hex
    }
}
