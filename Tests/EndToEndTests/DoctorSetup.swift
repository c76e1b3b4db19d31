import GatewayTestSupport
import LockDomain
import LockMessages
import Logging
import LoqedWire
import PlainHTTP
import Testing

@testable import Gateway
@testable import LoqedSimulator

/// A set-up that a doctor is called to: a broker, a simulated bridge and the gateway as a process, any of them missing.
///
/// Keys and passwords hold canaries that nobody may see.
final class DoctorSetup: Sendable {
    /// One check of the report.
    struct Check: Hashable {
        let name: String
        let verdict: String
        let evidence: String
        let remedy: String?
    }

    /// What the doctor said.
    struct Report {
        let code: Int32
        let verdict: String
        let checks: [Check]

        /// The checks with that verdict.
        func names(_ verdict: String) -> [String] { checks.filter { $0.verdict == verdict }.map(\.name) }

        subscript(_ name: String) -> Check? { checks.first { $0.name == name } }
    }

    /// Base64 of "canary-bridge-key-canary-bridge-".
    static let key = WebhookTerminal.key
    private static let threads = HTTPThreads()

    let folder = TemporaryFolder()
    let broker: TemporaryBroker
    let bridge: BridgeSimulator
    let bridgePort: Int
    let webhookPort = FreePort.any()
    let adminPort = FreePort.any()

    /// Builds a set-up, tells the story and ends it.
    ///
    /// - Parameters:
    ///   - brokerSettings: lines of mosquitto's configuration.
    ///   - files: further files in the broker's folder.
    ///   - mqtt: more keys of the section `mqtt`.
    ///   - story: what happens.
    /// - Throws: what the story throws.
    static func run(
        brokerSettings: [String] = ["allow_anonymous true"],
        files: [String: String] = [:],
        mqtt: String = "",
        _ story: (DoctorSetup) async throws -> Void
    ) async throws {
        let setup = try await DoctorSetup(brokerSettings: brokerSettings, files: files, mqtt: mqtt)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await setup.bridge.run() }
            defer { group.cancelAll() }
            try await story(setup)
        }
        await setup.bridge.stopListening()
    }

    private init(
        brokerSettings: [String],
        files: [String: String],
        mqtt: String
    ) async throws {
        broker = try await TemporaryBroker(settings: brokerSettings, files: files)
        var configuration = SimulatorConfiguration()
        configuration.listen = HTTPEndpoint(host: "127.0.0.1", port: 0)
        configuration.bridgeKey = Self.key
        configuration.speed = 20
        let time = TimeSource.live()
        bridge = try BridgeSimulator(
            configuration,
            clock: SimulatorClock(now: time.now, sleep: time.sleep),
            threads: Self.threads,
            logger: Logger(label: "simulator") { _ in SwiftLogNoOpLogHandler() }
        )
        bridgePort = try await bridge.listen()
        folder.write(Self.key + "\n", to: "bridge.key")
        folder.write(
            """
            mqtt: {host: 127.0.0.1, port: \(broker.port)\(mqtt)}
            webhook: {listen: "127.0.0.1:\(webhookPort)"}
            admin: {listen: "127.0.0.1:\(adminPort)"}
            supervision: {probe_interval: 1s}
            locks:
              - id: front_door
                name: Front door
                bridge: 127.0.0.1:\(bridgePort)
                bridge_key_file: bridge.key
                key_secret: "\(SimulatorConfiguration.demoKeySecret)"
                local_key_id: 3

            """,
            to: "gateway.yaml"
        )
    }

    /// Writes something else for something in the configuration.
    func write(_ new: String, for old: String) {
        let text = TemporaryFolder.read("\(folder.path)/gateway.yaml")
        precondition(text.contains(old), "the configuration has no \(old)")
        folder.write(text.replacing(old, with: new), to: "gateway.yaml")
    }

    /// Runs a line of the shell in the folder of the configuration.
    func shell(_ line: String) async throws {
        let child = try ChildProcess("bash", ["-c", "cd '\(folder.path)' && \(line)"])
        #expect(await child.ended() == 0, "\(line)")
    }

    /// Starts the gateway and waits until it has said all that it has to say.
    func startGateway() async throws -> ChildProcess {
        let child = try ChildProcess(
            try Binary.path,
            ["run", "--config", "\(folder.path)/gateway.yaml"],
            output: "\(folder.path)/gateway.log"
        )
        await eventually("the gateway takes webhooks", within: .seconds(20)) {
            bridge.snapshot.webhooks.contains { $0.url.contains("/loqed/front_door") }
        }
        return child
    }

    /// Starts a second gateway, of a configuration of its own with the same client id: `second.yaml`.
    func startSecondGateway() throws -> ChildProcess {
        let text = TemporaryFolder.read("\(folder.path)/gateway.yaml")
            .replacing("127.0.0.1:\(webhookPort)", with: "127.0.0.1:\(FreePort.any())")
            .replacing("127.0.0.1:\(adminPort)", with: "127.0.0.1:\(FreePort.any())")
        folder.write("state_directory: second\n" + text, to: "second.yaml")
        return try ChildProcess(
            try Binary.path,
            ["run", "--config", "\(folder.path)/second.yaml"],
            output: "\(folder.path)/second.log"
        )
    }

    /// Somebody turns the knob, and the gateway hears of it.
    func turnTheLock() async throws {
        try await simulate("by-hand lock")
        await eventually("the gateway has heard it", within: .seconds(20)) {
            TemporaryFolder.read("\(folder.path)/gateway.log").contains("webhooks arrive")
        }
    }

    /// A line of control for the bridge.
    func simulate(_ line: String) async throws {
        _ = try await bridge.perform(try #require(SimulatorCommand(line)))
    }

    /// Publishes a retained message, as another program would.
    func publish(_ payload: String, to topic: String) async throws {
        let child = try ChildProcess(
            "mosquitto_pub",
            ["-p", "\(broker.port)", "-t", topic, "-m", payload, "-r", "-q", "1"]
        )
        #expect(await child.ended() == 0)
    }

    /// Runs `loqed-gateway` in the folder of the configuration; nothing of it may show a canary.
    ///
    /// Ports are named in the output, not numbered.
    func run(
        _ arguments: String...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> (code: Int32, output: String) {
        try await run(arguments, sourceLocation: sourceLocation)
    }

    func run(
        _ arguments: [String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> (code: Int32, output: String) {
        let output = "\(folder.path)/output"
        let script = "cd \"$1\" && shift && rm -f output && exec \"$@\" >output 2>&1"
        let child = try ChildProcess(
            "bash",
            ["-c", script, "bash", folder.path, try Binary.path] + arguments
        )
        let code = await child.ended()
        var text = TemporaryFolder.read(output)
        for canary in ["canary", "Y2FuYXJ5", SimulatorConfiguration.demoKeySecret] {
            #expect(!text.contains(canary), "\(text)", sourceLocation: sourceLocation)
        }
        let ports = [(broker.port, "BROKER"), (bridgePort, "BRIDGE"), (webhookPort, "WEBHOOK"), (adminPort, "ADMIN")]
        for (port, name) in ports { text = text.replacing("\(port)", with: name) }
        return (code, text)
    }

    /// What the doctor says.
    func report(
        by configuration: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Report {
        let options = configuration.map { ["--config", $0] } ?? []
        let outcome = try await run(["doctor", "--json"] + options, sourceLocation: sourceLocation)
        let document = try #require(
            PublishedDocument(Array(outcome.output.utf8)),
            "\(outcome.output)",
            sourceLocation: sourceLocation
        )
        let checks = document["checks"].elements.map { check in
            Check(
                name: check["check"].raw ?? "?",
                verdict: check["verdict"].raw ?? "?",
                evidence: check["evidence"].raw ?? "?",
                remedy: check["remedy"].raw
            )
        }
        #expect(Set(checks.map(\.name)) == Set(DoctorCheck.allCases.map(\.rawValue)), sourceLocation: sourceLocation)
        #expect(checks.count == DoctorCheck.allCases.count, sourceLocation: sourceLocation)
        return Report(code: outcome.code, verdict: document["verdict"].text ?? "?", checks: checks)
    }
}

extension PublishedDocument {
    /// The text as it stands, also what no terminal should get.
    fileprivate var raw: String? {
        guard case .text(let text) = json else { return nil }
        return text
    }
}
