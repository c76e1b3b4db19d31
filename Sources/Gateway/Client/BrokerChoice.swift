/// The broker that a person at the terminal means.
package struct BrokerChoice {
    private let address: NetworkAddress?
    private let baseTopic: String?
    private let caFile: String?
    private let username: String?
    package let passwordFile: SecretFileOption?

    /// Takes the options as they were given.
    ///
    /// - Parameters:
    ///   - address: nil: the one of the configuration, with its base topic and its TLS.
    ///   - baseTopic: what the gateway's topics begin with.
    ///   - caFile: given: use TLS.
    ///   - username: nil: the gateway's own login, if the configuration is read.
    ///   - passwordFile: goes with the user name.
    package init(
        address: NetworkAddress?,
        baseTopic: String?,
        caFile: String?,
        username: String?,
        passwordFile: SecretFileOption?
    ) {
        self.address = address
        self.baseTopic = baseTopic
        self.caFile = caFile
        self.username = username
        self.passwordFile = passwordFile
    }

    /// Whether the options say who we are, and no configuration.
    package var hasNamedLogin: Bool { address != nil || username != nil }

    /// How to reach it; the configuration is read only when no address was given.
    package func settings(
        else file: ConfigurationFile,
        in environment: LaunchEnvironment
    ) throws(ConfigurationFailure) -> GatewayConfiguration.MQTT {
        var login: GatewayConfiguration.MQTT.Login?
        if let username {
            login = .init(username: username, password: try passwordFile?.password(in: environment))
        }
        guard let address else {
            let mqtt = try file.load(in: environment).mqtt
            guard let login else { return mqtt }
            return .init(
                host: mqtt.host,
                port: mqtt.port,
                login: login,
                protocolVersion: mqtt.protocolVersion,
                clientID: mqtt.clientID,
                baseTopic: mqtt.baseTopic,
                keepAlive: mqtt.keepAlive,
                responseTopicPrefix: mqtt.responseTopicPrefix,
                tls: mqtt.tls
            )
        }
        let defaults = GatewayConfiguration.MQTT(host: address.host)
        return .init(
            host: address.host,
            port: address.port,
            login: login,
            baseTopic: baseTopic ?? defaults.baseTopic,
            tls: caFile.map { .init(caFile: $0) }
        )
    }
}
