import GatewayTestSupport
import Glibc
import LoqedSimulator
import Testing

extension `The whole gateway` {
    /// A broker that speaks TLS only, and asks for certificates.
    @Suite struct `With TLS` {
        private let folder = TemporaryFolder()

        private func broker(_ certificate: String = "server.pem") async throws -> TemporaryBroker {
            try await TestCertificates.make(in: folder)
            return try await TemporaryBroker(settings: [
                "allow_anonymous true", "cafile \(folder.path)/ca.pem", "certfile \(folder.path)/\(certificate)",
                "keyfile \(folder.path)/server.key", "require_certificate true",
            ])
        }

        private func gateway(_ broker: TemporaryBroker, host: String = "localhost", tls: String) throws -> ChildProcess
        {
            folder.write(
                """
                mqtt: {host: \(host), port: \(broker.port), tls: {\(tls)}}
                webhook: {listen: "127.0.0.1:\(FreePort.any())"}
                locks:
                  - {id: front_door, name: Front door, bridge: "127.0.0.1:9", local_key_id: 3,
                     bridge_key: "\(SimulatorConfiguration.demoBridgeKey)",
                     key_secret: "\(SimulatorConfiguration.demoKeySecret)"}
                """,
                to: "gateway.yaml"
            )
            let arguments = ["run", "--config", "\(folder.path)/gateway.yaml"]
            return try ChildProcess(try Binary.path, arguments, output: "\(folder.path)/gateway.log")
        }

        private var log: String { TemporaryFolder.read("\(folder.path)/gateway.log") }

        private static let good = "ca_file: ca.pem, certificate_file: client.pem, private_key_file: client.key"

        @Test func `the gateway connects with all its sessions`() async throws {
            let broker = try await broker()
            let gateway = try gateway(broker, tls: Self.good)
            await eventually("it is connected") { log.contains("connected to the broker") }
            gateway.send(SIGTERM)
            #expect(await gateway.ended() == 0)
            await broker.stop()
        }

        @Test(arguments: [
            ("server.pem", "localhost", "ca_file: other-ca.pem", "broker_tls_authority", "set mqtt.tls.ca_file"),
            ("expired.pem", "localhost", "ca_file: ca.pem", "broker_tls_expired", "renew it"),
            (
                "server.pem", "127.0.0.1", "ca_file: ca.pem", "broker_tls_name",
                "set mqtt.host to a name that stands in it"
            ),
            ("server.pem", "localhost", "ca_file: ca.pem", "broker_tls_client", "set mqtt.tls.certificate_file"),
            (
                "server.pem", "localhost",
                "ca_file: ca.pem, certificate_file: stranger.pem, private_key_file: client.key", "broker_tls_client",
                "signed by the authority"
            ),
            (
                "server.pem", "localhost",
                "ca_file: ca.pem, certificate_file: client.pem, private_key_file: encrypted.key", "broker_tls_files",
                "have no pass phrase"
            ),
        ])
        func `each mistake has a line of its own, once, and no connection comes about`(
            certificate: String,
            host: String,
            tls: String,
            code: String,
            remedy: String
        ) async throws {
            let broker = try await broker(certificate)
            let gateway = try gateway(broker, host: host, tls: tls)
            await eventually("it says what is wrong") { log.contains("problem=\(code)") }
            gateway.send(SIGTERM)
            #expect(await gateway.ended() == 0)
            let lines = log.split(separator: "\n").filter { $0.contains("no connection to the broker") }
            #expect(lines.count == 1)
            #expect(lines.first?.contains(remedy) ?? false)
            #expect(!log.contains("connected to the broker"))
            await broker.stop()
        }
    }
}
