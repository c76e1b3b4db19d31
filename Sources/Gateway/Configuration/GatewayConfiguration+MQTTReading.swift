extension GatewayConfiguration.MQTT {
    static func read(_ section: inout SectionReader) -> Self? {
        let host = section.required("host", .host(example: "192.168.1.5"))
        let port = section.value("port", .port(example: "1883"))
        let login = readLogin(&section)
        let versions = ProtocolVersion.allCases.map { (name: $0.rawValue, value: $0) }
        let version = section.value("protocol", .word(of: versions).example("\"5\""))
        let clientID = section.value("client_id", .text(maximum: 128, example: "loqed-gateway"))
        let baseTopic = section.value("base_topic", .topic(example: "loqed"))
        // The protocol counts the seconds in 16 bits, which is a little more than 18 hours.
        let keepAlive = section.value(
            "keep_alive",
            .duration(in: .seconds(5)...(.seconds(18 * 3600)), step: .seconds(1), example: "30s")
        )
        let responseTopicPrefix = section.value("response_topic_prefix", .topic(example: "home/answers"))
        let tls = section.section("tls") { TLS.read(&$0) }
        guard let host else { return nil }
        let defaults = Self(host: host)
        return Self(
            host: host,
            port: port ?? (tls == nil ? defaults.port : portWithTLS),
            login: login,
            protocolVersion: version ?? defaults.protocolVersion,
            clientID: clientID ?? defaults.clientID,
            baseTopic: baseTopic ?? defaults.baseTopic,
            keepAlive: keepAlive ?? defaults.keepAlive,
            responseTopicPrefix: responseTopicPrefix,
            tls: tls
        )
    }

    private static let portWithTLS: UInt16 = 8883

    private static func readLogin(_ section: inout SectionReader) -> Login? {
        let username = section.value("username", .text(maximum: 256, example: "loqed"))
        let password = section.secret("password", example: "\"the password\"")
        if let password, !section.isGiven("username") {
            section.report("needs a username beside it", of: password.source, remedy: "Example: username: loqed")
        }
        return username.map { Login(username: $0, password: password?.secret) }
    }
}

extension GatewayConfiguration.MQTT.TLS {
    /// Nil where the section is absent.
    ///
    /// A section without keys turns TLS on.
    fileprivate static func read(_ section: inout SectionReader) -> Self? {
        let caFile = section.file("ca_file", example: "ca.pem")
        let certificateFile = section.file("certificate_file", example: "client.pem")
        let privateKeyFile = section.file("private_key_file", example: "client.key", isSecret: true)
        if section.isGiven("certificate_file") {
            section.reportMissing(
                "private_key_file",
                "A certificate needs its key. Example: private_key_file: client.key"
            )
        } else if section.isGiven("private_key_file") {
            section.reportMissing(
                "certificate_file",
                "A key needs its certificate. Example: certificate_file: client.pem"
            )
        }
        guard section.isPresent else { return nil }
        guard let certificateFile, let privateKeyFile else { return Self(caFile: caFile) }
        return Self(
            caFile: caFile,
            clientCertificate: ClientCertificate(certificateFile: certificateFile, privateKeyFile: privateKeyFile)
        )
    }
}
