import LockMessages
import Mosquitto

extension SessionConfiguration {
    /// A session with the configured broker, without a will.
    init(_ mqtt: GatewayConfiguration.MQTT, clientID: String) {
        self.init(host: mqtt.host, port: mqtt.port, clientID: clientID)
        keepAlive = mqtt.keepAlive
        version = mqtt.version
        username = mqtt.login?.username
        password = mqtt.login?.password?.reveal { Password($0) }
        tls = mqtt.tls.map {
            TLS(
                caFile: $0.caFile,
                certificateFile: $0.clientCertificate?.certificateFile,
                privateKeyFile: $0.clientCertificate?.privateKeyFile
            )
        }
    }
}

extension GatewayConfiguration.MQTT {
    /// What is tried first.
    var version: SessionConfiguration.ProtocolVersion { protocolVersion == .v5 ? .v5 : .v311 }
}

extension BrokerConnection {
    /// As the log and problems name it.
    init(_ mqtt: GatewayConfiguration.MQTT, clientID: String) {
        self.init(
            broker: "\(NetworkAddress(host: mqtt.host, port: mqtt.port))",
            username: mqtt.login?.username,
            clientID: clientID,
            usesTLS: mqtt.tls != nil
        )
    }
}
