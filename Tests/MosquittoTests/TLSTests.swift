import GatewayTestSupport
import Mosquitto
import Testing

extension `The sessions of a reactor` {
    @Suite struct `TLS with a broker` {
        private let folder = TemporaryFolder()

        private func broker(_ certificate: String = "server.pem", asks: Bool = false) async throws -> TemporaryBroker {
            try await TestCertificates.make(in: folder)
            return try await TemporaryBroker(settings: [
                "allow_anonymous true", "cafile \(folder.path)/ca.pem", "certfile \(folder.path)/\(certificate)",
                "keyfile \(folder.path)/server.key", "require_certificate \(asks)",
            ])
        }

        private func open(
            _ broker: TemporaryBroker,
            host: String = "localhost",
            ca: String = "ca.pem",
            certificate: String? = nil,
            key: String = "client.key",
            on reactor: MosquittoReactor = MosquittoReactor()
        ) async throws -> Client {
            try await Client.open(broker, "c", on: reactor) {
                $0.host = host
                $0.tls = .init(
                    caFile: "\(folder.path)/\(ca)",
                    certificateFile: certificate.map { "\(folder.path)/\($0)" },
                    privateKeyFile: certificate.map { _ in "\(folder.path)/\(key)" }
                )
            }
        }

        /// The first failure, which a good connection does not have.
        private func failure(_ client: Client) async throws -> MosquittoError {
            let failure = try await client.failure()
            await client.session.close()
            return failure
        }

        @Test func `works with the right authority and name`() async throws {
            let broker = try await broker()
            let client = try await open(broker)
            try await client.connected()
            try await client.session.publish(text("t", "x"))
            await client.session.close()
        }

        @Test func `is refused by us when the authority is another`() async throws {
            let broker = try await broker()
            #expect(try await failure(open(broker, ca: "other-ca.pem")) == .tls(.unknownAuthority))
            await broker.stop()
        }

        @Test func `is refused by us when the certificate is for another name or address`() async throws {
            let broker = try await broker()
            #expect(try await failure(open(broker, host: "127.0.0.1")) == .tls(.wrongName))
            await broker.stop()
            let other = try await self.broker("other-name.pem")
            #expect(try await failure(open(other)) == .tls(.wrongName))
            await other.stop()
        }

        @Test func `is refused by us when the certificate has expired`() async throws {
            let broker = try await broker("expired.pem")
            #expect(try await failure(open(broker)) == .tls(.certificateExpired))
            await broker.stop()
        }

        @Test func `is refused by us when our files are not what they should be`() async throws {
            let broker = try await broker(asks: true)
            folder.write("no certificate", to: "garbage")
            #expect(try await failure(open(broker, ca: "garbage")) == .tls(.caFileUnusable))
            #expect(try await failure(open(broker, certificate: "garbage")) == .tls(.clientCertificateUnusable))
            #expect(
                try await failure(open(broker, certificate: "client.pem", key: "server.key"))
                    == .tls(.clientKeyUnusable)
            )
            // OpenSSL would ask for the pass phrase on the terminal, and stop everything until it gets one.
            #expect(
                try await failure(open(broker, certificate: "client.pem", key: "encrypted.key"))
                    == .tls(.clientKeyUnusable)
            )
            await broker.stop()
        }

        @Test func `works with a client certificate that the broker asks for`() async throws {
            let broker = try await broker(asks: true)
            let client = try await open(broker, certificate: "client.pem")
            try await client.connected()
            await client.session.close()
            await broker.stop()
        }

        @Test func `is refused by the broker without a client certificate, or with a strange or an expired one`()
            async throws
        {
            let broker = try await broker(asks: true)
            for _ in 0..<10 {
                #expect(try await failure(open(broker)) == .tls(.clientCertificateMissing))
                for certificate in ["stranger.pem", "expired-client.pem"] {
                    #expect(
                        try await failure(open(broker, certificate: certificate)) == .tls(.clientCertificateRefused)
                    )
                }
            }
            await broker.stop()
        }

        @Test func `is told from a port without TLS, and the other way round`() async throws {
            let secure = try await broker()
            let plain = try await TemporaryBroker()
            #expect(try await failure(open(plain)) == .tls(.notTLS))
            let client = try await Client.open(secure, "p", on: MosquittoReactor())
            #expect(try await failure(client) == .closedWithoutAnswer)
            await plain.stop()
            await secure.stop()
        }

        @Test func `is refused at once when a file is missing`() async throws {
            var configuration = SessionConfiguration(host: "127.0.0.1", port: 1, clientID: "c")
            configuration.tls = .init(caFile: "/nonexistent/ca.pem")
            await #expect(throws: MosquittoError.unreadableFile("/nonexistent/ca.pem")) {
                _ = try await MosquittoReactor().open(configuration)
            }
        }
    }
}
