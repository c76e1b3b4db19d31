import GatewayTestSupport
import Glibc
import LockDomain
import LoqedWire
import Testing

@testable import Gateway
@testable import LoqedSimulator

extension `The whole gateway`.`A broken environment` {
    @Test func `18: a dead target of somebody else delays every event`() async throws {
        try await DoctorSetup.run { setup in
            let gateway = try await setup.startGateway()
            let nobody = ClosedPort()
            setup.bridge.change { device, _ in
                _ = device.addWebhook(url: "http://127.0.0.1:\(nobody.number)/canary", triggers: .all)
            }
            let report = try await setup.report()
            expect(
                report,
                "webhook_list",
                "warning",
                "ours is there; 1 of 1 other target does not answer, and delay every event",
                remedy: "if nobody needs it: loqed-gateway webhooks remove front_door --id 2 --yes"
            )
            gateway.send(SIGTERM)
            _ = await gateway.ended()
        }
    }

    @Test func `19: the bridge would be told an address that is none`() async throws {
        try await DoctorSetup.run { setup in
            setup.write("webhook: {advertise: \"http://0.0.0.0:8099\", listen", for: "webhook: {listen")
            let report = try await setup.report()
            let check = try #require(report["callback_address"])
            #expect(check.verdict == "failed")
            #expect(
                check.evidence
                    == "webhook.advertise is no address that the bridge 127.0.0.1:BRIDGE could call; none was"
                    + " registered"
            )
            // The address that follows is this machine's own.
            #expect(
                check.remedy?.hasPrefix("write in the configuration: webhook.advertise: http://") == true
            )
            #expect(report["webhook_list"]?.verdict == "skipped")
            #expect(report.code == EX_CONFIG)
        }
    }

    @Test func `20: a stranger listens where webhooks should arrive`() async throws {
        try await DoctorSetup.run { setup in
            let other = MisbehavingServer(.answer(Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8)))
            setup.write("127.0.0.1:\(other.port)", for: "127.0.0.1:\(setup.webhookPort)")
            let report = try await setup.report()
            #expect(
                report["webhook_listener"]?.evidence
                    == "what answers at 127.0.0.1:\(other.port) is not the gateway (HTTP 200)"
            )
            #expect(
                report["webhook_listener"]?.remedy == "give the gateway another port in webhook.listen"
            )
            other.stop()
        }
    }

    @Test func `21: the clocks of bridge and gateway differ`() async throws {
        try await DoctorSetup.run { setup in
            try await setup.simulate("skew -12")
            let gateway = try await setup.startGateway()
            try await setup.turnTheLock()
            try await setup.simulate("by-hand unlock")
            await eventually("the gateway has measured it", within: .seconds(20)) {
                TemporaryFolder.read("\(setup.folder.path)/gateway.log").contains("clocks of gateway and bridge")
            }
            let report = try await setup.report()
            #expect(report["clock_skew"]?.verdict == "warning", "\(report.checks)")
            #expect(
                report["clock_skew"]?.evidence == "the bridge's clock is 12 s behind ours, as its webhooks show"
            )
            gateway.send(SIGTERM)
            _ = await gateway.ended()
        }
    }
}
