import GatewayTestSupport
import Glibc
import LoqedSimulator
import Testing

/// Readers that go, and disks that are full.
@Suite struct `The output of the gateway` {
    private let folder = TemporaryFolder()

    private func configuration(_ webhookPort: Int) -> String {
        folder.write(
            """
            mqtt: {host: 127.0.0.1, port: \(FreePort.any())}
            webhook: {listen: "127.0.0.1:\(webhookPort)"}
            locks:
              - {id: front_door, name: Front door, bridge: "127.0.0.1:9", local_key_id: 3,
                 bridge_key: "\(SimulatorConfiguration.demoBridgeKey)",
                 key_secret: "\(SimulatorConfiguration.demoKeySecret)"}
            """,
            to: "gateway.yaml"
        )
    }

    /// With a pipe for its output that nobody reads any more.
    private func startUnread(_ arguments: String...) throws -> ChildProcess {
        let line = "cd \"$1\"; shift; exec 9> >(exit 0); wait $!; exec \"$@\" >&9 2>&9"
        return try ChildProcess("bash", ["-c", line, "bash", folder.path, try Binary.path] + arguments)
    }

    @Test func `ends neither the gateway nor the simulator when its reader has gone`() async throws {
        let (webhookPort, bridgePort) = (FreePort.any(), FreePort.any())
        let gateway = try startUnread("run", "--config", configuration(webhookPort))
        await eventually("the gateway runs") { FreePort.isTaken(webhookPort) }
        gateway.send(SIGTERM)
        #expect(await gateway.ended() == 0)
        let simulator = try startUnread("simulate", "--listen", "127.0.0.1:\(bridgePort)", "--control", "off")
        await eventually("the simulator runs") { FreePort.isTaken(bridgePort) }
        simulator.send(SIGTERM)
        #expect(await simulator.ended() == 0)
    }

    @Test(arguments: [
        ["check"], ["check", "--json"], ["acl", "--user-gateway", "loqed"], ["webhooks", "--help"],
    ])
    func `ends a command that shows something, with 74, when it cannot be written`(arguments: [String]) async throws {
        let file = configuration(8099)
        let output = "\(folder.path)/errors"
        let options = arguments.last == "--help" ? [] : ["--config", file]
        let child = try ChildProcess(
            "bash",
            ["-c", "exec \"$@\" 2>&1 >/dev/full", "bash", try Binary.path] + arguments + options,
            output: output
        )
        #expect(await child.ended() == EX_IOERR)
        #expect(
            TemporaryFolder.read(output)
                == "loqed-gateway: the output cannot be written: No space left on device\n    see where it goes\n"
        )
    }

    @Test func `of the simulator says where it listens, also with an address of IPv6`() async throws {
        let log = "\(folder.path)/log"
        let simulator = try ChildProcess(
            try Binary.path,
            ["simulate", "--listen", "[::1]:0", "--control", "off"],
            output: log
        )
        await eventually("the simulator runs") {
            TemporaryFolder.read(log).contains(/simulated bridge started listen=\[::1\]:[0-9]+\n/)
        }
        simulator.send(SIGTERM)
        #expect(await simulator.ended() == 0)
    }
}
