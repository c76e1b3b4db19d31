package import LockDomain

/// What runs here.
///
/// Every key is always there:
///
/// | key | value |
/// |---|---|
/// | `contract_version` | ``contractVersion`` |
/// | `version` | of this gateway |
/// | `started_at` | RFC 3339 in UTC |
/// | `locks` | `id`, `name` and allowed `commands` of each lock, in the order of their ids |
/// | `protocol` | the version of MQTT in use: `5` or `3.1.1` |
/// | `features` | what readers may count on, words of ``Feature`` in alphabetical order |
package struct GatewayInfoDocument: Hashable, Sendable {
    /// The version of everything that is published and read: topics, keys, words and what they mean.
    ///
    /// `docs/mqtt.md` says what makes a new one.
    package static let contractVersion = 1

    /// The version of MQTT in use, as it is written in the document.
    package enum MQTTVersion: String, Hashable, Sendable, CaseIterable {
        case version5 = "5"
        case version311 = "3.1.1"
    }

    /// What this gateway can do, for clients that meet several versions.
    package enum Feature: String, Hashable, Sendable, CaseIterable {
        /// Devices are published for Home Assistant.
        case homeAssistant = "home_assistant"
        /// What is retained about a lock goes away by itself when nobody renews it.
        case messageExpiry = "message_expiry"
    }

    package let version: String
    package let startedAt: UnixTime
    package let locks: [LockListing]
    package let mqttVersion: MQTTVersion
    package let features: Set<Feature>

    package init(
        version: String,
        startedAt: UnixTime,
        locks: [LockListing],
        mqttVersion: MQTTVersion,
        features: Set<Feature>
    ) {
        self.version = version
        self.startedAt = startedAt
        self.locks = locks
        self.mqttVersion = mqttVersion
        self.features = features
    }

    package var json: JSONValue {
        [
            "contract_version": .number(Self.contractVersion),
            "version": .text(version),
            "started_at": JSONValue(startedAt),
            "locks": .list(locks.sorted { $0.id < $1.id }.map(Self.json)),
            "protocol": JSONValue(mqttVersion),
            "features": .list(features.map(\.rawValue).sorted().map(JSONValue.text)),
        ]
    }

    private static func json(of lock: LockListing) -> JSONValue {
        [
            "id": .text(lock.id.rawValue),
            "name": .text(lock.name),
            "commands": .list(LockAction.allCases.filter(lock.allowedActions.contains).map { JSONValue($0) }),
        ]
    }
}
