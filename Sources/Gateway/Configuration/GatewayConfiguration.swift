package import LockDomain
package import LockMessages
package import LoqedWire
package import Mosquitto
package import PlainHTTP

/// All settings, checked.
package struct GatewayConfiguration: Sendable {
    package struct MQTT: Sendable {
        package var host: String
        package var port: Int
        package var username: String?
        package var password: Password?
        package var version: SessionConfiguration.ProtocolVersion
        package var clientID: String
        package var baseTopic: TopicPrefix
        package var keepAlive: Duration
        package var tls: SessionConfiguration.TLS?
    }

    package struct HomeAssistant: Sendable {
        package var discovery: Bool
        package var discoveryPrefix: TopicPrefix
    }

    package struct Webhook: Sendable {
        package var listen: HTTPEndpoint
        /// The address that bridges are told, such as `http://192.168.1.10:8099`; absent: found by the route to each.
        package var advertise: String?
        package var timestampTolerance: Duration
    }

    package struct Log: Sendable {
        package enum Level: String, Sendable, CaseIterable {
            case debug, info, warning, error
        }

        package enum Format: Sendable {
            case text
            case json
        }

        package var level: Level
        package var format: Format
    }

    package struct Lock: Sendable {
        package var id: LockID
        package var name: String
        package var bridge: HTTPEndpoint
        package var bridgeKey: BridgeKey
        package var keySecret: CommandSecret
        package var localKeyID: KeyID
        package var actions: Set<LockAction>
        package var keyNames: [KeyID: String]
    }

    package var mqtt: MQTT
    package var homeAssistant: HomeAssistant
    package var webhook: Webhook
    package var log: Log
    /// The durations of supervision; everything else at its standard.
    package var policy: LockPolicy
    package var locks: [Lock]
}
