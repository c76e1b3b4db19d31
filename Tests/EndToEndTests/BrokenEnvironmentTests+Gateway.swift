import GatewayTestSupport
import Glibc
import LockDomain
import LoqedSimulator
import Testing

@testable import Gateway

extension `The whole gateway`.`A broken environment` {
    @Test func `22: a second gateway has the same client id, and the one that was thrown out says so`() async throws {
        try await DoctorSetup.run { setup in
            let first = try await setup.startGateway()
            let second = try setup.startSecondGateway()
            var loser: String?
            await eventually("one of them gives way") {
                for file in ["gateway.yaml", "second.yaml"] {
                    let answer = try? await setup.run("health", "--ready", "--config", file)
                    if answer?.output == "not connected to the broker: broker_takeover\n" { loser = file }
                }
                return loser != nil
            }
            let configuration = try #require(loser)
            let report = try await setup.report(by: configuration)
            let check = try #require(report["client_id"])
            #expect(check.verdict == "failed")
            #expect(
                check.evidence.hasPrefix(
                    "another client with the client id loqed-gateway throws the gateway on this machine out"
                )
            )
            #expect(report["gateway_online"]?.verdict == "failed")
            #expect(report["gateway_online"]?.evidence.contains("broker_takeover") == true)
            #expect(report.code == EX_CONFIG)
            for gateway in [first, second] {
                gateway.send(SIGTERM)
                _ = await gateway.ended()
            }
        }
    }

    @Test func `23: a client that is no gateway takes the gateway's id, and no right is blamed`() async throws {
        try await DoctorSetup.run { setup in
            let gateway = try await setup.startGateway()
            let other = try ChildProcess(
                "mosquitto_sub",
                ["-i", "loqed-gateway", "-p", "\(setup.broker.port)", "-t", "nothing"]
            )
            await eventually("the gateway gives way") {
                let answer = try? await setup.run("health", "--ready")
                return answer?.output == "not connected to the broker: broker_takeover\n"
            }
            let report = try await setup.report()
            expect(
                report,
                "client_id",
                "failed",
                "another client with the client id loqed-gateway throws the gateway on this machine out",
                remedy: "end the other client, or give the gateway another mqtt.client_id"
            )
            expect(
                report,
                "gateway_online",
                "failed",
                "the gateway runs on this machine, and is not connected to the broker (broker_takeover)",
                remedy: "see client_id; the gateway connects again by itself"
            )
            #expect(report.code == EX_CONFIG)
            other.send(SIGKILL)
            _ = await other.ended()
            gateway.send(SIGTERM)
            _ = await gateway.ended()
        }
    }

    @Test func `24: a lock was added, and the running gateway was not told`() async throws {
        try await DoctorSetup.run { setup in
            let gateway = try await setup.startGateway()
            setup.write(
                """
                  - id: back_door
                    name: Back door
                    bridge: localhost:\(setup.bridgePort)
                    bridge_key_file: bridge.key
                    key_secret: "\(SimulatorConfiguration.demoKeySecret)"
                    local_key_id: 4
                  - id: front_door
                """,
                for: "  - id: front_door"
            )
            let output = try await setup.run("doctor", "back_door", "--json")
            #expect(output.code == EX_UNAVAILABLE)
            let document = try #require(PublishedDocument(Array(output.output.utf8)))
            let failed = document["checks"].elements.filter { $0["verdict"].text == "failed" }
            #expect(failed.map { $0["check"].text } == ["gateway_locks"], "\(output.output)")
            #expect(failed.first?["evidence"].text == "the running gateway does not have back_door yet")
            let warnings = document["checks"].elements.filter { $0["verdict"].text == "warning" }
            #expect(warnings.map { $0["check"].text } == [], "\(output.output)")
            gateway.send(SIGTERM)
            _ = await gateway.ended()
        }
    }
}
