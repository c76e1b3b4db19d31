import GatewayTestSupport
import LockDomain
import Logging
import LoqedWire
import PlainHTTP
import Testing

@testable import Gateway
@testable import LoqedSimulator

/// A person at a terminal, with the real command, configured locks and a simulated bridge for each.
///
/// Bridges and their lists are real sockets; keys and the URLs of others hold canaries that nobody may see.
final class WebhookTerminal: Sendable {
    /// What a command printed and how it ended.
    struct Outcome {
        let code: Int32
        let output: String
        let errors: String
    }

    /// Base64 of "canary-bridge-key-canary-bridge-".
    static let key = "Y2FuYXJ5LWJyaWRnZS1rZXktY2FuYXJ5LWJyaWRnZS0="
    /// What our entry at the front door should call.
    static let url = "http://127.0.0.1:8099/loqed/front_door"
    private static let threads = HTTPThreads()

    let folder = TemporaryFolder()
    /// In the order of the locks.
    let bridges: [BridgeSimulator]
    let ports: [Int]

    var bridge: BridgeSimulator { bridges[0] }
    /// How the first bridge is named in the output.
    var name: String { "127.0.0.1:\(ports[0])" }

    init(_ locks: [String] = ["front_door"], webhook: String = "listen: \"127.0.0.1:8099\"") async throws {
        var text = "mqtt: {host: 127.0.0.1, port: 1}\nwebhook: {\(webhook)}\nlocks:\n"
        var bridges: [BridgeSimulator] = []
        var ports: [Int] = []
        for lock in locks {
            let bridge = try Self.makeBridge()
            let port = try await bridge.listen()
            bridges.append(bridge)
            ports.append(port)
            text += """
                  - id: \(lock)
                    name: \(lock)
                    bridge: 127.0.0.1:\(port)
                    bridge_key_file: bridge.key
                    key_secret: "\(SimulatorConfiguration.demoKeySecret)"
                    local_key_id: 3

                """
        }
        self.bridges = bridges
        self.ports = ports
        folder.write(text, to: "gateway.yaml")
        folder.write(Self.key + "\n", to: "bridge.key")
    }

    private static func makeBridge() throws -> BridgeSimulator {
        var configuration = SimulatorConfiguration()
        configuration.listen = HTTPEndpoint(host: "127.0.0.1", port: 0)
        configuration.bridgeKey = key
        let time = TimeSource.live()
        return try BridgeSimulator(
            configuration,
            clock: SimulatorClock(now: time.now, sleep: time.sleep),
            threads: threads,
            logger: Logger(label: "simulator") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    /// Puts an entry on the list of a bridge.
    func has(_ url: String, _ triggers: WebhookTriggers = .all, at bridge: Int = 0) {
        bridges[bridge].change { device, _ in _ = device.addWebhook(url: url, triggers: triggers) }
    }

    /// Writes something else for something in the configuration.
    func write(_ new: String, for old: String) {
        let text = TemporaryFolder.read("\(folder.path)/gateway.yaml")
        precondition(text.contains(old), "the configuration has no \(old)")
        folder.write(text.replacing(old, with: new), to: "gateway.yaml")
    }

    /// Lines of control for the first bridge.
    func simulate(_ lines: String...) async throws {
        for line in lines { _ = try await bridge.perform(try #require(SimulatorCommand(line))) }
    }

    /// The list of a bridge: id and URL of each entry.
    func list(of bridge: Int = 0) -> [String] { bridges[bridge].snapshot.webhooks.map { "\($0.id) \($0.url)" } }

    /// The targets on the list, as far as they may be shown, in the order of the list.
    var origins: [String] {
        bridge.snapshot.webhooks.map { $0.url.split(separator: "/").prefix(2).joined(separator: "//") }
    }

    /// Runs `loqed-gateway webhooks` in the folder of the configuration; nothing of it may show a canary.
    func run(_ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation) async throws -> Outcome {
        try await run(arguments, sourceLocation: sourceLocation)
    }

    /// The same with the arguments in a list.
    func run(_ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation) async throws -> Outcome {
        let errors = "\(folder.path)/errors"
        let output = "\(folder.path)/output"
        let script = "cd \"$1\" && shift && rm -f output && exec \"$@\" >output 2>errors"
        let child = try ChildProcess(
            "bash",
            ["-c", script, "bash", folder.path, try Binary.path, "webhooks"] + arguments
        )
        let outcome = Outcome(
            code: await child.ended(),
            output: TemporaryFolder.read(output),
            errors: TemporaryFolder.read(errors)
        )
        let seen = outcome.output + outcome.errors
        for canary in ["canary", "Y2FuYXJ5", "hash", "HASH"] {
            #expect(!seen.contains(canary), "\(seen)", sourceLocation: sourceLocation)
        }
        return outcome
    }
}
