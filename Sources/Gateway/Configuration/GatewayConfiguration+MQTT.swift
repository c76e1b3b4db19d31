extension GatewayConfiguration {
    /// The broker, and what we are to it.
    package struct MQTT: Sendable {
        /// The version of MQTT to begin with.
        package enum ProtocolVersion: String, Hashable, Sendable, CaseIterable {
            case v5 = "5"
            case v311 = "3.1.1"
        }

        /// The broker's user that the gateway is.
        package struct Login: Sendable {
            package let username: String
            package let password: Secret<String>?

            package init(username: String, password: Secret<String>? = nil) {
                self.username = username
                self.password = password
            }
        }

        /// Names of files in PEM form that could be read when the configuration was.
        package struct TLS: Hashable, Sendable {
            /// What the gateway shows to a broker that asks its clients for a certificate.
            package struct ClientCertificate: Hashable, Sendable {
                package let certificateFile: String
                package let privateKeyFile: String

                package init(certificateFile: String, privateKeyFile: String) {
                    self.certificateFile = certificateFile
                    self.privateKeyFile = privateKeyFile
                }
            }

            /// Nil: the certificate authorities of the system.
            package let caFile: String?
            package let clientCertificate: ClientCertificate?

            package init(caFile: String? = nil, clientCertificate: ClientCertificate? = nil) {
                self.caFile = caFile
                self.clientCertificate = clientCertificate
            }
        }

        package let host: String
        package let port: UInt16
        package let login: Login?
        package let protocolVersion: ProtocolVersion
        package let clientID: String
        /// A topic without wildcards and without a slash at either end.
        package let baseTopic: String
        /// Whole seconds, from 5 s.
        package let keepAlive: Duration
        /// Below which topic, besides the base topic, senders may ask for the results of their commands.
        ///
        /// A topic without wildcards and without a slash at either end.
        package let responseTopicPrefix: String
        /// Nil: plain TCP.
        package let tls: TLS?

        package init(
            host: String,
            port: UInt16 = 1883,
            login: Login? = nil,
            protocolVersion: ProtocolVersion = .v5,
            clientID: String = "loqed-gateway",
            baseTopic: String = "loqed",
            keepAlive: Duration = .seconds(30),
            responseTopicPrefix: String? = nil,
            tls: TLS? = nil
        ) {
            self.host = host
            self.port = port
            self.login = login
            self.protocolVersion = protocolVersion
            self.clientID = clientID
            self.baseTopic = baseTopic
            self.keepAlive = keepAlive
            self.responseTopicPrefix = responseTopicPrefix ?? baseTopic
            self.tls = tls
        }
    }
}
