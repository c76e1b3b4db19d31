package import LockDomain
package import LockMessages
package import Mosquitto

extension MQTTLink {
    /// What is needed to open the sessions.
    package struct Settings: Sendable {
        package var mqtt: GatewayConfiguration.MQTT
        package var baseTopic: TopicPrefix
        package var responsePrefix: TopicPrefix
        package var isDiscoverable: Bool
        package var discoveryPrefix: TopicPrefix
        package var locks: [GatewayConfiguration.Lock]
        /// Locks of earlier configurations, of which something may still lie on the broker.
        package var formerLocks: [LockID]
        package var version: String

        package init(
            _ configuration: GatewayConfiguration,
            formerLocks: [LockID],
            version: String
        ) throws(MosquittoError) {
            guard let baseTopic = TopicPrefix(configuration.mqtt.baseTopic) else { throw .invalid("mqtt.base_topic") }
            guard let responsePrefix = TopicPrefix(configuration.mqtt.responseTopicPrefix) else {
                throw .invalid("mqtt.response_topic_prefix")
            }
            guard let discoveryPrefix = TopicPrefix(configuration.homeAssistant.discoveryPrefix) else {
                throw .invalid("home_assistant.discovery_prefix")
            }
            mqtt = configuration.mqtt
            self.baseTopic = baseTopic
            self.responsePrefix = responsePrefix
            isDiscoverable = configuration.homeAssistant.discovery
            self.discoveryPrefix = discoveryPrefix
            locks = configuration.locks
            self.formerLocks = formerLocks
            self.version = version
        }
    }
}

extension MQTTLink.Settings {
    func session(suffix: String, will: OutboundMessage?) -> SessionConfiguration {
        var session = SessionConfiguration(mqtt, clientID: mqtt.clientID + suffix)
        session.will = will
        return session
    }

    var preferredVersion: SessionConfiguration.ProtocolVersion { mqtt.version }

    /// As the log and problems name them.
    var connections: [BrokerWatch.Peer: BrokerConnection] {
        let peers = [BrokerWatch.Peer.gateway] + locks.map { .lock($0.id) }
        return Dictionary(uniqueKeysWithValues: peers.map { ($0, connection($0)) })
    }

    func connection(_ peer: BrokerWatch.Peer) -> BrokerConnection {
        BrokerConnection(mqtt, clientID: mqtt.clientID + (peer.lock.map { "-\($0)" } ?? ""))
    }

    func info(
        startedAt: UnixTime,
        version protocolVersion: SessionConfiguration.ProtocolVersion
    ) -> GatewayInfoDocument {
        GatewayInfoDocument(
            version: version,
            startedAt: startedAt,
            locks: locks.map(LockListing.init),
            mqttVersion: protocolVersion == .v5 ? .version5 : .version311,
            features: Set(
                (isDiscoverable ? [GatewayInfoDocument.Feature.homeAssistant] : [])
                    + (protocolVersion == .v5 ? [.messageExpiry] : [])
            )
        )
    }

    /// For each former lock its devices first, so that Home Assistant does not see its states go one by one.
    func clearings(_ layout: TopicLayout) -> [MQTTLink.Clearing] {
        let homeAssistant = HomeAssistantLayout(prefix: discoveryPrefix)
        let former = formerLocks.map { lock in
            MQTTLink.Clearing(
                reason: .formerLock(lock),
                publications: [.clearing(.lock(lock), in: homeAssistant), .clearing(.bridge(lock), in: homeAssistant)]
                    + [Publication].clearing(lock, in: layout)
            )
        }
        guard !isDiscoverable else { return former }
        let ours = discovery(layout, homeAssistant).subjects.reversed().map {
            Publication.clearing($0, in: homeAssistant)
        }
        return former + [MQTTLink.Clearing(reason: .notDiscoverable, publications: ours)]
    }

    func discovery(_ layout: TopicLayout, _ homeAssistant: HomeAssistantLayout) -> DiscoveryBoard {
        DiscoveryBoard(locks.map(LockListing.init), version: version, layout: layout, homeAssistant: homeAssistant)
    }
}

extension LockListing {
    init(_ lock: GatewayConfiguration.Lock) {
        self.init(id: lock.id, name: lock.name, allowedActions: lock.allowedActions)
    }
}
