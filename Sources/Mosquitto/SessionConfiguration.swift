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
    package var version: ProtocolVersion = .v5
    /// Go on with 3.1.1 when the broker does not speak 5.
    package var fallsBackTo311 = true
    package var username: String?
    package var password: Password?
    package var tls: TLS?
    /// Published by the broker when the session ends without a goodbye.
    package var will: OutboundMessage?
    package var connectTimeout: Duration = .seconds(10)
    package var acknowledgementTimeout: Duration = .seconds(10)
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

/// How long to wait before the next attempt to connect.
package struct BackOff: Hashable, Sendable {
    package var base: Duration = .milliseconds(250)
    package var maximum: Duration = .seconds(30)
    /// A connection that lasted this long shows that all is well again; a shorter one does not end the back-off, so that
    /// two clients with one id do not throw each other out in a loop.
    package var resetAfter: Duration = .seconds(10)

    /// Draws a number of milliseconds from a range.
    package typealias Draw = @Sendable (ClosedRange<Int64>) -> Int64

    package init() {}

    /// Doubles with each failure in a row, then drawn from its upper half.
    package func delay(afterFailures failures: Int, draw: Draw) -> Duration {
        let full = min(maximum, base * (1 << min(max(failures - 1, 0), 16)))
        let milliseconds = full.components.seconds * 1000 + full.components.attoseconds / 1_000_000_000_000_000
        return .milliseconds(draw(milliseconds / 2...max(milliseconds, 1)))
    }
}
