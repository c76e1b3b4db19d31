/// A password that cannot be printed.
package struct Password: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let text: String

    package init(_ text: String) { self.text = text }

    package var description: String { "<redacted>" }
    package var debugDescription: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Everything about one session with a broker.
///
/// Sessions always start clean and leave nothing behind.
package struct SessionConfiguration: Sendable {
    /// The version of MQTT that a session speaks.
    package enum ProtocolVersion: Sendable {
        case v5
        case v311
    }

    /// Files in PEM form.
    ///
    /// The broker's name is always checked against its certificate.
    package struct TLS: Sendable {
        /// Absent: the certificate authorities of the system.
        package var caFile: String?
        package var certificateFile: String?
        package var privateKeyFile: String?

        package init(caFile: String? = nil, certificateFile: String? = nil, privateKeyFile: String? = nil) {
            self.caFile = caFile
            self.certificateFile = certificateFile
            self.privateKeyFile = privateKeyFile
        }
    }

    package var host: String
    package var port: UInt16
    package var clientID: String
    /// Whole seconds, 5 to 65,535.
    package var keepAlive: Duration = .seconds(30)
    /// With 5 the session goes on with 3.1.1 for as long as the broker does not take 5.
    ///
    /// With 3.1.1 it never tries 5.
    package var version: ProtocolVersion = .v5
    package var username: String?
    package var password: Password?
    package var tls: TLS?
    /// Published by the broker when the session ends without a goodbye.
    package var will: OutboundMessage?
    package var connectTimeout: Duration = .seconds(10)
    /// For how long the broker may acknowledge nothing, while something is to be acknowledged, before it is taken for dead.
    package var acknowledgementTimeout: Duration = .seconds(20)
    package var backOff = BackOff()
    /// How many messages may wait for their acknowledgement before further ones are refused.
    package var maximumUnacknowledged = 1000
    /// How many events may wait for their reader before further messages are dropped, and counted.
    package var eventCapacity = 10_000

    package init(host: String, port: UInt16, clientID: String) {
        self.host = host
        self.port = port
        self.clientID = clientID
    }
}
