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
        folder.write(
            """
            mqtt: {host: 127.0.0.1, port: \(broker.port)}
            webhook: {listen: "127.0.0.1:\(webhookPort)"}
            supervision: {probe_interval: 1s}
            locks:
              - id: front_door
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

    func startGateway() throws -> ChildProcess {
        try ChildProcess(
            try Binary.path,
            ["run", "--config", "\(folder.path)/gateway.yaml"],
            output: "\(folder.path)/gateway.log"
        )
    }

    /// Starts `mosquitto_sub`, whose lines go to that file.
    func listen(to topic: String, _ options: String..., output: String) throws -> ChildProcess {
        try ChildProcess(
            "mosquitto_sub",
            ["-p", "\(broker.port)", "-v", "-t", topic] + options,
            output: "\(folder.path)/\(output)"
        )
    }

    func publish(_ payload: String, to topic: String) async throws {
        let child = try ChildProcess("mosquitto_pub", ["-p", "\(broker.port)", "-t", topic, "-m", payload])
        #expect(await child.ended() == 0)
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

        @Test func `runs without a bridge and without a broker, and says what is wrong`() async throws {
            let world = try await Processes()
            await world.broker.stop()
            let gateway = try world.startGateway()
            await eventually("it says that there is no broker") {
                TemporaryFolder.read("\(world.folder.path)/gateway.log").contains(
                    "nothing listens at the broker's address"
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
            let second = try world.startGateway()
            #expect(await second.ended() == 71)
            #expect(
                TemporaryFolder.read("\(world.folder.path)/gateway.log").contains(
                    "another program listens there already"
                )
            )
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
