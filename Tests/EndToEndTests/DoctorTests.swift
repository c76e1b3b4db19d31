import GatewayTestSupport
import Glibc
import LockDomain
import LoqedSimulator
import Testing

@testable import Gateway

extension `The whole gateway` {
    /// The doctor, as a process, at real set-ups.
    @Suite struct `To the doctor` {
        @Test func `a healthy set-up is well, check by check`() async throws {
            try await DoctorSetup.run { setup in
                let gateway = try await setup.startGateway()
                try await setup.turnTheLock()
                try await setup.publish("online", to: "homeassistant/status")
                let report = try await setup.report()
                #expect(report.names("ok") == DoctorCheck.allCases.map(\.rawValue), "\(report.checks)")
                #expect(report.verdict == "ok")
                #expect(report.code == 0)
                #expect(
                    report["broker_publish"]?.evidence
                        == "the running gateway's own messages came back on all 11 topics that it keeps; not proved for"
                        + " loqed/front_door/event, loqed/front_door/command/result, where nothing lies"
                )
                #expect(report["webhook_list"]?.evidence == "ours is there, once and right, next to 0 other targets")
                #expect(
                    report["webhook_listener"]?.evidence == "the gateway's listener answers at 127.0.0.1:WEBHOOK"
                )
                #expect(report["bridge_mac"]?.evidence == "A0:B1:C2:D3:E4:F1, as known")
                let text = try await setup.run("doctor", "front_door")
                #expect(text.code == 0)
                #expect(text.output.hasSuffix("\n\nAll well: 32 checks are ok.\n"))
                #expect(setup.bridge.snapshot.counters.received == 0)
                gateway.send(SIGTERM)
                #expect(await gateway.ended() == 0)
            }
        }

        @Test func `a dead set-up says what is dead, and judges nothing that it cannot see`() async throws {
            try await DoctorSetup.run { setup in
                await setup.broker.stop()
                await setup.bridge.stopListening()
                let report = try await setup.report()
                #expect(
                    report.names("ok") == [
                        "configuration", "secret_files", "clock", "state_directory", "disk_space", "journal",
                        "bridge_name", "bridge_route",
                    ]
                )
                #expect(report.names("warning") == [])
                #expect(report.names("failed") == ["broker_connection", "bridge_port"])
                #expect(report.code == EX_UNAVAILABLE)
                #expect(
                    report["broker_connection"]
                        == .init(
                            name: "broker_connection",
                            verdict: "failed",
                            evidence: "nothing listens at 127.0.0.1:BROKER, where the broker should be",
                            remedy: "see that the broker runs, that mqtt.host and mqtt.port are right, and that it"
                                + " listens to other machines (mosquitto does so only with a line like: listener 1883)"
                        )
                )
                #expect(
                    report["bridge_port"]
                        == .init(
                            name: "bridge_port",
                            verdict: "failed",
                            evidence: "the bridge 127.0.0.1:BRIDGE refuses connections",
                            remedy: "restart the bridge (unplug it for ten seconds); some refuse for as long as they"
                                + " have no internet"
                        )
                )
                let text = try await setup.run("doctor")
                #expect(text.code == EX_UNAVAILABLE)
                #expect(text.output.hasSuffix("\n\n2 failed, 8 ok, 22 skipped.\n"))
            }
        }

        @Test func `a half-dead set-up: bridge and broker are there, and no gateway`() async throws {
            try await DoctorSetup.run { setup in
                let report = try await setup.report()
                #expect(report.names("failed") == ["gateway_online", "webhook_listener"])
                #expect(report.names("warning") == ["webhook_list"])
                #expect(
                    report.names("skipped") == [
                        "gateway_version", "gateway_locks", "client_id", "gateway_problems", "home_assistant",
                        "webhook_path", "clock_skew", "discovery",
                    ]
                )
                #expect(report.code == EX_UNAVAILABLE)
                #expect(
                    report["broker_publish"]?.evidence
                        == "a probe came back below loqed/gateway and each lock; the topics themselves are proved by a"
                        + " running gateway alone"
                )
                #expect(setup.bridge.snapshot.webhooks.isEmpty, "nothing is registered")
                #expect(setup.bridge.snapshot.counters.received == 0)
                let output = "\(setup.folder.path)/retained"
                let late = try ChildProcess(
                    "mosquitto_sub",
                    ["-p", "\(setup.broker.port)", "-t", "#", "-v", "-W", "1"],
                    output: output
                )
                _ = await late.ended()
                #expect(!TemporaryFolder.read(output).contains("loqed"), "nothing is left on the broker")
                #expect(access("\(setup.folder.path)/state", F_OK) != 0, "no folder is made")
            }
        }

        @Test func `the other half dead: the gateway runs, and its bridge is gone`() async throws {
            try await DoctorSetup.run { setup in
                let gateway = try await setup.startGateway()
                try await setup.turnTheLock()
                try await setup.simulate("power off")
                await eventually("the gateway has given the bridge up", within: .seconds(30)) {
                    TemporaryFolder.read("\(setup.folder.path)/gateway.log").contains("bridge_unreachable")
                }
                let report = try await setup.report()
                #expect(report.names("failed") == ["bridge_port"])
                #expect(report.names("warning") == ["gateway_problems"])
                let evidence = try #require(report["bridge_port"]?.evidence)
                #expect(evidence == "the bridge 127.0.0.1:BRIDGE does not answer")
                #expect(report["gateway_problems"]?.evidence == "front_door: \(evidence)")
                #expect(report["webhook_path"]?.verdict == "ok")
                #expect(report.code == EX_UNAVAILABLE)
                gateway.send(SIGTERM)
                #expect(await gateway.ended() == 0)
            }
        }

        @Test func `a lock that is not configured is no patient`() async throws {
            try await DoctorSetup.run { setup in
                let outcome = try await setup.run("doctor", "back_door")
                #expect(outcome.code == EX_USAGE)
                #expect(
                    outcome.output == "back_door: is not a lock of the configuration\n    Locks there: front_door\n"
                )
                let key = try await setup.run("doctor", DoctorSetup.key)
                #expect(key.code == EX_USAGE)
                #expect(key.output == "?: is not a lock of the configuration\n    Locks there: front_door\n")
            }
        }
    }

    /// Why the locks are as they are said to be, asked of the running gateway.
    @Suite struct `When asked why` {
        @Test func `the gateway explains its state and a refused command`() async throws {
            try await DoctorSetup.run { setup in
                let gateway = try await setup.startGateway()
                try await setup.turnTheLock()
                let refused = try await setup.run("open", "front_door", "--id", "night")
                #expect(refused.code == EX_NOPERM)
                let outcome = try await setup.run("explain", "front_door")
                #expect(outcome.code == 0)
                let lines = outcome.output.split(separator: "\n").map(String.init)
                #expect(lines.first?.hasPrefix("front_door is locked since 20") == true)
                #expect(lines[1] == "    because the lock reported by webhook that the bolt stands there")
                #expect(
                    lines[2]
                        == "    What would change it: a report of the lock; two reads of /status that agree on another"
                        + " position, 30 s apart (one is enough when the report is older than 5 min); silence of the"
                        + " bridge for 25 s"
                )
                #expect(
                    lines.last?.dropFirst(23)
                        == "OPEN night was refused, nothing was sent: the configuration allows this lock only LOCK, UNLOCK"
                )
                let json = try await setup.run("explain", "--json", "--admin", "127.0.0.1:\(setup.adminPort)")
                #expect(json.code == 0)
                let document = try #require(PublishedDocument(Array(json.output.utf8)))
                #expect(document["locks"].elements.map { $0["rule"].text } == ["reported"])
                let unknown = try await setup.run("explain", "back_door")
                #expect(unknown.code == EX_USAGE)
                #expect(
                    unknown.output
                        == "loqed-gateway: back_door: is not a lock of the gateway\n    locks there: front_door\n"
                )
                gateway.send(SIGTERM)
                #expect(await gateway.ended() == 0)
            }
        }

        @Test func `without a gateway or without a listener it says what to do`() async throws {
            try await DoctorSetup.run { setup in
                let silent = try await setup.run("explain")
                #expect(silent.code == EX_UNAVAILABLE)
                #expect(
                    silent.output
                        == "loqed-gateway: nothing answers at admin.listen 127.0.0.1:ADMIN\n"
                        + "    start it: loqed-gateway run\n"
                )
                setup.write("", for: "admin: {listen: \"127.0.0.1:\(setup.adminPort)\"}\n")
                let none = try await setup.run("explain")
                #expect(none.code == EX_CONFIG)
                #expect(
                    none.output == """
                        loqed-gateway: the configuration has no admin.listen
                            add it and restart the gateway. Example: admin: {listen: "127.0.0.1:8098"}

                        """
                )
                let other = MisbehavingServer(.answer(Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}".utf8)))
                let stranger = try await Binary.run(["explain", "--admin", "127.0.0.1:\(other.port)"])
                #expect(stranger.code == EX_PROTOCOL)
                other.stop()
            }
        }
    }
}
