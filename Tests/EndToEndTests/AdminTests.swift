import GatewayTestSupport
import Glibc
import LoqedSimulator
import Testing

extension `The whole gateway` {
    @Suite struct `Looked after by programs` {
        /// What `curl` says: the status, then the body.
        private func get(_ path: String, of world: World, _ options: String...) async throws -> String {
            let folder = TemporaryFolder()
            let arguments = ["-s", "-w", "\n%{http_code}", "http://127.0.0.1:\(world.adminPort)\(path)"] + options
            let child = try ChildProcess("curl", arguments, output: "\(folder.path)/answer")
            #expect(await child.ended() == 0)
            return TemporaryFolder.read("\(folder.path)/answer")
        }

        private func expect(
            _ path: String,
            of world: World,
            answers expected: String,
            sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            let answer = try await get(path, of: world)
            #expect(answer == expected, sourceLocation: sourceLocation)
        }

        @Test func `it is well, ready, and not ready any more when the broker is gone`() async throws {
            try await World.run { world in
                try await expect("/healthz", of: world, answers: "ok\n\n200")
                try await expect("/readyz", of: world, answers: "ok\n\n200")
                await world.broker.kill()
                var answer = ""
                await eventually("it notices, and tries again") {
                    answer = (try? await get("/readyz", of: world)) ?? ""
                    return answer.contains("refused")
                }
                #expect(answer == "not connected to the broker: broker_refused\n\n503")
                try await expect("/healthz", of: world, answers: "ok\n\n200")
            }
        }

        @Test func `it takes no orders and has no other pages`() async throws {
            try await World.run { world in
                try await expect("/", of: world, answers: "There are /healthz, /readyz, /metrics and /explain.\n\n404")
                let post = try await get("/metrics", of: world, "-d", "x=1")
                #expect(post.hasSuffix("405"))
            }
        }

        @Test func `its metrics count what happened`() async throws {
            try await World.run { world in
                try await world.command("LOCK")
                _ = try await world.next("front_door/command/result") { $0.contains("confirmed") }
                try await world.command("nonsense")
                _ = try await world.next("front_door/command/result") { $0.contains("refused") }
                try await world.simulate("battery 15")
                try await world.waits(for: "front_door/battery", "15")
                let answer = try await get("/metrics", of: world)
                #expect(answer.hasSuffix("\n\n200"))
                let lines = answer.dropLast(5).split(separator: "\n")
                for line in [
                    #"loqed_gateway_build_info{version="test"} 1"#,
                    #"loqed_lock_online{lock="front_door"} 1"#,
                    #"loqed_lock_state_known{lock="front_door"} 1"#,
                    #"loqed_lock_battery_percent{lock="front_door"} 15"#,
                    #"loqed_lock_commands_enabled{lock="front_door"} 1"#,
                    #"loqed_lock_webhook_path_proven{lock="front_door"} 1"#,
                    #"loqed_lock_events_total{lock="front_door",event="locked"} 1"#,
                    #"loqed_commands_total{lock="front_door",command="LOCK",status="confirmed",reason=""} 1"#,
                    #"loqed_commands_total{lock="front_door",command="none",status="refused",reason="unknown_command"} 1"#,
                    #"loqed_command_seconds_count{lock="front_door",command="LOCK"} 1"#,
                    #"loqed_command_seconds_bucket{lock="front_door",command="LOCK",le="+Inf"} 1"#,
                    #"loqed_bridge_requests_total{kind="command",outcome="ok"} 1"#,
                    #"loqed_bridge_requests_total{kind="status",outcome="ok"} 1"#,
                    "loqed_mqtt_sessions 2", "loqed_mqtt_sessions_connected 2",
                    #"loqed_problems{code="clock"} 0"#,
                    "# TYPE loqed_command_seconds histogram", "loqed_mqtt_connects_total 2",
                    "loqed_mqtt_disconnects_total 0", "loqed_mqtt_events_lost_total 0",
                    "loqed_mqtt_publications_waiting 0", #"loqed_mqtt_publications_total{outcome="refused"} 0"#,
                    #"loqed_command_stage_seconds_count{stage="sending"} 1"#,
                    #"loqed_command_stage_seconds_count{stage="sent"} 1"#,
                    #"loqed_command_stage_seconds_count{stage="accepted"} 1"#,
                ] {
                    #expect(lines.contains { $0 == line }, "\(line) in\n\(answer)")
                }
                let webhooks = lines.first { $0.hasPrefix("loqed_webhook_seconds_count ") }?.split(separator: " ").last
                #expect(webhooks.flatMap { Int($0) } ?? 0 >= 3, "the command's three webhooks and the battery's")
                let form = /# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-z]+="[^"]*",?)+\})? [0-9.e+-]+/
                for line in lines { #expect(line.wholeMatch(of: form) != nil, "\(line)") }
                #expect(!answer.contains(SimulatorConfiguration.demoBridgeKey))
            }
        }
    }
}

@Suite struct `Under systemd` {
    @Test func `it says when it is ready, that it lives, and when it stops`() async throws {
        let folder = TemporaryFolder()
        let manager = try NotificationSocket(at: "\(folder.path)/notify")
        folder.write(
            """
            mqtt: {host: 127.0.0.1, port: \(ClosedPort().number)}
            webhook: {listen: "127.0.0.1:\(FreePort.any())"}
            locks:
              - id: front_door
                name: Front door
                bridge: 127.0.0.1:\(ClosedPort().number)
                bridge_key: "\(SimulatorConfiguration.demoBridgeKey)"
                key_secret: "\(SimulatorConfiguration.demoKeySecret)"
                local_key_id: 3
            """,
            to: "gateway.yaml"
        )
        let gateway = try ChildProcess(
            try Binary.path,
            ["run", "--config", "\(folder.path)/gateway.yaml"],
            environment: ["NOTIFY_SOCKET": "\(folder.path)/notify", "WATCHDOG_USEC": "200000"],
            output: "\(folder.path)/log"
        )
        let ready = try await blocking { manager.next() }
        #expect(ready.hasPrefix("READY=1\nSTATUS=1 lock, broker 127.0.0.1:"))
        #expect(try await blocking { manager.next() } == "WATCHDOG=1")
        #expect(try await blocking { manager.next() } == "WATCHDOG=1")
        gateway.send(SIGTERM)
        var last = "WATCHDOG=1"
        while last == "WATCHDOG=1" { last = try await blocking { manager.next() } }
        #expect(last == "STOPPING=1")
        #expect(await gateway.ended() == 0)
    }
}
