import GatewayTestSupport
import Glibc
import LoqedSimulator
import Testing

/// Broker, simulator and gateway as processes, and the clients that people have: nothing of ours in between.
private final class Processes: Sendable {
    let folder = TemporaryFolder()
    let broker: TemporaryBroker
    private let bridgePort = FreePort.any()
    private let controlPort = FreePort.any()
    private let webhookPort = FreePort.any()

    init() async throws {
        broker = try await TemporaryBroker()
        configure(lock: "front_door")
    }

    /// Writes the configuration; it counts from the gateway's next start on.
    func configure(lock: String, isDiscoverable: Bool = true) {
        folder.write(
            """
            mqtt: {host: 127.0.0.1, port: \(broker.port)}
            webhook: {listen: "127.0.0.1:\(webhookPort)"}
            supervision: {probe_interval: 1s}
            home_assistant: {discovery: \(isDiscoverable)}
            locks:
              - id: \(lock)
                name: Front door
                bridge: 127.0.0.1:\(bridgePort)
                bridge_key: "\(SimulatorConfiguration.demoBridgeKey)"
                key_secret: "\(SimulatorConfiguration.demoKeySecret)"
                local_key_id: 3
            """,
            to: "gateway.yaml"
        )
    }

    func startSimulator() throws -> ChildProcess {
        try ChildProcess(
            try Binary.path,
            [
                "simulate", "--listen", "127.0.0.1:\(bridgePort)", "--control", "127.0.0.1:\(controlPort)", "--speed",
                "20",
            ],
            output: "\(folder.path)/simulator.log"
        )
    }

    func startGateway(log: String = "gateway.log", state: String = "state") throws -> ChildProcess {
        try ChildProcess(
            "env",
            [
                "LOQED_GATEWAY_STATE_DIRECTORY=\(folder.path)/\(state)", try Binary.path, "run", "--config",
                "\(folder.path)/gateway.yaml",
            ],
            output: "\(folder.path)/\(log)"
        )
    }

    /// A line of control for the simulation.
    func simulate(_ line: String) async throws -> String {
        let child = try ChildProcess(
            "curl",
            ["-s", "-d", line, "http://127.0.0.1:\(controlPort)/control"],
            output: "\(folder.path)/control.log"
        )
        #expect(await child.ended() == 0)
        return TemporaryFolder.read("\(folder.path)/control.log")
    }

    /// Starts `mosquitto_sub`, whose lines go to that file.
    func listen(to topic: String, _ options: String..., output: String) throws -> ChildProcess {
        try ChildProcess(
            "mosquitto_sub",
            ["-p", "\(broker.port)", "-v", "-t", topic] + options,
            output: "\(folder.path)/\(output)"
        )
    }

    func publish(_ payload: String, to topic: String, _ options: String...) async throws {
        let message = ["-p", "\(broker.port)", "-t", topic, "-m", payload] + options
        let child = try ChildProcess("mosquitto_pub", message)
        #expect(await child.ended() == 0)
    }

    /// Waits until the lock has received that many commands.
    func received(_ count: Int) async throws {
        var text = ""
        for _ in 0..<100 {
            text = try await simulate("state")
            if text.contains("\"received\":\(count),") { return }
        }
        Issue.record("the lock has not received \(count): \(text)")
    }

    func mode(of file: String) -> UInt32? {
        var status = stat()
        return stat("\(folder.path)/\(file)", &status) == 0 ? status.st_mode & 0o777 : nil
    }

    func lines(of file: String) -> [Substring] { TemporaryFolder.read("\(folder.path)/\(file)").split(separator: "\n") }

    func sees(_ line: String, in file: String, sourceLocation: SourceLocation = #_sourceLocation) async {
        await eventually("\(line)", within: .seconds(20), sourceLocation: sourceLocation) {
            lines(of: file).contains { $0.hasPrefix(line) }
        }
    }
}

extension `The whole gateway` {
    @Suite struct `As processes among real clients` {
        @Test func `does its main job for mosquitto_pub and mosquitto_sub`() async throws {
            let world = try await Processes()
            let simulator = try world.startSimulator()
            let gateway = try world.startGateway()
            let listener = try world.listen(to: "loqed/#", output: "seen")
            await world.sees("loqed/front_door/state unlocked", in: "seen")
            await world.sees("loqed/gateway/availability online", in: "seen")
            try await world.publish("LOCK", to: "loqed/front_door/command")
            await world.sees("loqed/front_door/state locking", in: "seen")
            await world.sees("loqed/front_door/state locked", in: "seen")
            await eventually("the command is confirmed") {
                world.lines(of: "seen").contains {
                    $0.hasPrefix("loqed/front_door/command/result") && $0.contains("confirmed")
                }
            }
            try await world.publish("UNLOCK", to: "loqed/front_door/command")
            await world.sees("loqed/front_door/state unlocking", in: "seen")
            await eventually("the lock is unlocked") {
                world.lines(of: "seen").last { $0.hasPrefix("loqed/front_door/state") }
                    == "loqed/front_door/state unlocked"
            }
            simulator.send(SIGKILL)
            await eventually("the state is unknown without a bridge", within: .seconds(30)) {
                world.lines(of: "seen").last { $0.hasPrefix("loqed/front_door/state") }
                    == "loqed/front_door/state unknown"
            }
            let again = try world.startSimulator()
            await eventually("the state is known again", within: .seconds(30)) {
                world.lines(of: "seen").last { $0.hasPrefix("loqed/front_door/state") }
                    == "loqed/front_door/state unlocked"
            }
            gateway.send(SIGTERM)
            #expect(await gateway.ended() == 0)
            again.send(SIGTERM)
            #expect(await again.ended() == 0)
            listener.send(SIGTERM)
        }

        @Test func `leaves no state behind when it is killed, for those who listen and those who come later`()
            async throws
        {
            let world = try await Processes()
            let simulator = try world.startSimulator()
            let gateway = try world.startGateway()
            let early = try world.listen(to: "loqed/+/state", output: "early")
            await world.sees("loqed/front_door/state unlocked", in: "early")
            gateway.send(SIGKILL)
            #expect(await gateway.ended() == 128 + SIGKILL)
            await eventually("the will is published") {
                world.lines(of: "early").last == "loqed/front_door/state unknown"
            }
            let late = try world.listen(to: "loqed/#", "--retained-only", output: "late")
            await world.sees("loqed/front_door/state unknown", in: "late")
            await world.sees("loqed/gateway/availability offline", in: "late")
            for child in [simulator, early, late] { child.send(SIGTERM) }
        }

        @Test func `takes everything of a lock that left the configuration off the broker, once`() async throws {
            let world = try await Processes()
            let simulator = try world.startSimulator()
            let listener = try world.listen(to: "#", output: "seen")
            let gateway = try world.startGateway()
            await world.sees("loqed/front_door/state unlocked", in: "seen")
            try await world.publish("LOCK", to: "loqed/front_door/command")
            await world.sees("loqed/front_door/state locked", in: "seen")
            gateway.send(SIGTERM)
            #expect(await gateway.ended() == 0)

            world.configure(lock: "back_door")
            let next = try world.startGateway(log: "next.log")
            let left = [
                "homeassistant/device/loqed_front_door/config", "homeassistant/device/loqed_front_door-bridge/config",
                "loqed/front_door/state", "loqed/front_door/battery", "loqed/front_door/connectivity",
                "loqed/front_door/attributes", "loqed/front_door/command/result", "loqed/front_door/commands_enabled",
            ]
            for topic in left { await world.sees("\(topic) (null)", in: "seen") }
            #expect(world.lines(of: "seen").filter { $0.hasSuffix(" (null)") }.count == left.count)
            let late = try world.listen(to: "#", "--retained-only", output: "late")
            await world.sees("loqed/back_door/state", in: "late")
            #expect(!world.lines(of: "late").contains { $0.contains("front_door") })
            for child in [next, simulator, listener, late] { child.send(SIGTERM) }
            #expect(await next.ended() == 0)
        }

        /// Home Assistant clears a device's message when its user deletes the device.
        @Test func `tells a Home Assistant that starts of every device but a deleted one, in order`() async throws {
            let world = try await Processes()
            let simulator = try world.startSimulator()
            let devices = try world.listen(to: "homeassistant/device/#", "-F", "%t %l", output: "devices")
            let gateway = try world.startGateway()
            let lock = "homeassistant/device/loqed_front_door/config"
            let others = ["loqed_gateway", "loqed_front_door-bridge"].map { "homeassistant/device/\($0)/config" }
            let topics = {
                world.lines(of: "devices").filter { !$0.hasSuffix(" 0") }.map { $0.split(separator: " ")[0] }
            }
            await eventually("there are all devices") { topics().map(String.init) == others + [lock] }
            try await world.publish("", to: lock, "-r")
            await eventually("the gateway knows") {
                world.lines(of: "gateway.log").contains { $0.contains("a device was deleted in Home Assistant") }
            }
            for _ in 0..<2 {
                let before = topics().count
                try await world.publish("online", to: "homeassistant/status")
                await eventually("the others are there again") { topics().count >= before + 2 }
            }
            #expect(topics().map(String.init) == others + [lock] + others + others)
            gateway.send(SIGTERM)
            #expect(await gateway.ended() == 0)
            let next = try world.startGateway(log: "next.log")
            await eventually("a restart brings it back") { topics().last.map(String.init) == lock }
            for child in [next, simulator, devices] { child.send(SIGTERM) }
            #expect(await next.ended() == 0)
        }

        @Test func `takes its devices away when Home Assistant is to be told nothing`() async throws {
            let world = try await Processes()
            let simulator = try world.startSimulator()
            let listener = try world.listen(to: "#", output: "seen")
            let gateway = try world.startGateway()
            await world.sees("homeassistant/device/loqed_front_door/config {", in: "seen")
            gateway.send(SIGTERM)
            #expect(await gateway.ended() == 0)
            world.configure(lock: "front_door", isDiscoverable: false)
            let next = try world.startGateway(log: "next.log")
            let devices = ["loqed_front_door", "loqed_front_door-bridge", "loqed_gateway"]
            for device in devices { await world.sees("homeassistant/device/\(device)/config (null)", in: "seen") }
            let cleared = world.lines(of: "seen").filter { $0.hasSuffix(" (null)") }
            #expect(cleared.map(String.init) == devices.map { "homeassistant/device/\($0)/config (null)" })
            for child in [next, simulator, listener] { child.send(SIGTERM) }
            #expect(await next.ended() == 0)
        }

        @Test func `runs without a bridge and without a broker, and says what is wrong`() async throws {
            let world = try await Processes()
            await world.broker.stop()
            let gateway = try world.startGateway()
            await eventually("it says that there is no broker") {
                TemporaryFolder.read("\(world.folder.path)/gateway.log").contains(
                    "where the broker should be"
                )
            }
            try await world.broker.start()
            let listener = try world.listen(to: "loqed/#", output: "seen")
            await world.sees("loqed/gateway/info", in: "seen")
            await world.sees("loqed/front_door/state unknown", in: "seen")
            await world.sees("loqed/gateway/availability online", in: "seen")
            gateway.send(SIGINT)
            #expect(await gateway.ended() == 0)
            listener.send(SIGTERM)
        }

        @Test func `ends with 71 when its port is taken`() async throws {
            let world = try await Processes()
            let first = try world.startGateway()
            await world.sees("", in: "gateway.log")
            await eventually("the first listens") {
                TemporaryFolder.read("\(world.folder.path)/gateway.log").contains("webhook listener started")
            }
            let second = try world.startGateway(log: "second.log", state: "other")
            #expect(await second.ended() == 71)
            #expect(
                TemporaryFolder.read("\(world.folder.path)/second.log").contains(
                    "another program listens there already"
                )
            )
            first.send(SIGTERM)
            #expect(await first.ended() == 0)
        }
    }

    @Suite struct `Killed in the middle of a command` {
        @Test func `it says that nobody knows what became of it, and never sends it again`() async throws {
            let world = try await Processes()
            let simulator = try world.startSimulator()
            let gateway = try world.startGateway()
            let listener = try world.listen(to: "loqed/#", output: "seen")
            await world.sees("loqed/gateway/availability online", in: "seen")
            await world.sees("loqed/front_door/state unlocked", in: "seen")
            _ = try await world.simulate("fault hang")
            try await world.publish(#"{"command":"LOCK","id":"crash"}"#, to: "loqed/front_door/command")
            await eventually("the bridge has it") {
                world.lines(of: "seen").contains { $0.contains(#""id":"crash""#) && $0.contains("sending") }
            }
            try await world.received(1)
            gateway.send(SIGKILL)
            #expect(await gateway.ended() == 128 + SIGKILL)
            _ = try await world.simulate("fault off")
            #expect(world.mode(of: "state") == 0o700)
            #expect(world.mode(of: "state/journal.jsonl") == 0o600)

            let again = try world.startGateway(log: "again.log")
            await eventually("the result is final") {
                world.lines(of: "seen").contains {
                    $0.contains(#""id":"crash""#) && $0.contains(#""error":"outcome_unknown""#)
                }
            }
            try await world.publish(#"{"command":"LOCK","id":"crash"}"#, to: "loqed/front_door/command")
            await eventually("the repeat is refused with the first result") {
                world.lines(of: "seen").contains {
                    $0.contains(#""error":"duplicate""#) && $0.contains(#""first":{"error":"outcome_unknown""#)
                }
            }
            try await world.received(1)
            again.send(SIGTERM)
            #expect(await again.ended() == 0)
            for child in [simulator, listener] { child.send(SIGTERM) }
        }

        @Test func `it keeps the kill switch`() async throws {
            let world = try await Processes()
            let gateway = try world.startGateway()
            let listener = try world.listen(to: "loqed/#", output: "seen")
            await world.sees("loqed/front_door/commands_enabled on", in: "seen")
            try await world.publish("off", to: "loqed/front_door/commands_enabled/set")
            await world.sees("loqed/front_door/commands_enabled off", in: "seen")
            gateway.send(SIGKILL)
            #expect(await gateway.ended() == 128 + SIGKILL)
            let again = try world.startGateway(log: "again.log")
            let late = try world.listen(to: "loqed/gateway/availability", output: "late")
            await world.sees("loqed/gateway/availability online", in: "late")
            try await world.publish("LOCK", to: "loqed/front_door/command")
            await eventually("the command is refused") {
                world.lines(of: "seen").contains { $0.contains(#""error":"disabled""#) }
            }
            #expect(
                world.lines(of: "seen").last { $0.hasPrefix("loqed/front_door/commands_enabled ") }
                    == "loqed/front_door/commands_enabled off"
            )
            again.send(SIGTERM)
            #expect(await again.ended() == 0)
            for child in [listener, late] { child.send(SIGTERM) }
        }

        @Test func `a second gateway on the same state ends with 75`() async throws {
            let world = try await Processes()
            let first = try world.startGateway()
            await eventually("the first runs") {
                TemporaryFolder.read("\(world.folder.path)/gateway.log").contains("webhook listener started")
            }
            let second = try world.startGateway(log: "second.log")
            #expect(await second.ended() == 75)
            #expect(TemporaryFolder.read("\(world.folder.path)/second.log").contains("another gateway uses"))
            first.send(SIGTERM)
            #expect(await first.ended() == 0)
        }
    }

    @Suite struct `The simulator` {
        /// The package is installed from PyPI into a folder of its own, once.
        @Test(.timeLimit(.minutes(5))) func `is a bridge to an independent client`() async throws {
            let root = String(#filePath.prefix(upTo: #filePath.firstRange(of: "/Tests/")!.lowerBound))
            let venv = "\(root)/.build/venv-loqedapi"
            let folder = TemporaryFolder()
            let install = """
                test -x \(venv)/bin/loqed-ready && exit 0
                rm -rf \(venv) && python3 -m venv \(venv) \
                && \(venv)/bin/pip install --quiet --disable-pip-version-check loqedAPI==2.1.18 aiohttp \
                && printf '#!/bin/sh\\n' > \(venv)/bin/loqed-ready && chmod +x \(venv)/bin/loqed-ready
                """
            let setUp = try ChildProcess("bash", ["-c", install], output: "\(folder.path)/pip")
            try #require(await setUp.ended() == 0, "\(TemporaryFolder.read("\(folder.path)/pip"))")

            let port = FreePort.any()
            let simulator = try ChildProcess(
                try Binary.path,
                ["simulate", "--listen", "127.0.0.1:\(port)", "--control", "off", "--speed", "20"]
            )
            await eventually("the simulator listens") { FreePort.isTaken(port) }
            let client = try ChildProcess(
                "\(venv)/bin/python",
                [
                    "\(root)/Tests/EndToEndTests/Peers/loqedapi_client.py", "127.0.0.1:\(port)",
                    SimulatorConfiguration.demoKeySecret, SimulatorConfiguration.demoBridgeKey, "3",
                ],
                output: "\(folder.path)/client"
            )
            #expect(await client.ended() == 0)
            let output = TemporaryFolder.read("\(folder.path)/client")
            #expect(
                output.split(separator: "\n").filter { !$0.hasPrefix("INFO") && !$0.hasPrefix("ERROR") } == [
                    "status", "webhooks", "command night_lock", "command latch", "command open", "latch", "deleted",
                    "stranger refused",
                ],
                "\(output)"
            )
            simulator.send(SIGTERM)
            #expect(await simulator.ended() == 0)
        }
    }
}
