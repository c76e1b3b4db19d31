import GatewayTestSupport
import Glibc
import Testing

/// What somebody has who follows the README: a broker on port 1883, a simulated bridge, and the gateway with the
/// configuration that it comes with; in a network of its own, so that nothing of it has to be changed.
final class Household: Sendable {
    let namespace: Namespace
    let folder = TemporaryFolder()
    private let broker: ChildProcess
    private let simulator: ChildProcess

    /// Starts broker and simulator, and returns once they take connections.
    ///
    /// - Parameters:
    ///   - brokerSettings: lines of mosquitto's configuration, with a listener on port 1883; `FOLDER` stands for the
    ///     folder of the household.
    ///   - prepare: makes files in that folder that the broker needs.
    /// - Throws: when one of them cannot be started.
    init(
        brokerSettings: [String] = ["listener 1883 127.0.0.1", "allow_anonymous true"],
        prepare: (TemporaryFolder) async throws -> Void = { _ in }
    ) async throws {
        let namespace = try await Namespace.empty()
        self.namespace = namespace
        let folder = folder
        try await prepare(folder)
        let lines = ["user root", "set_tcp_nodelay true"] + brokerSettings
        let file = folder.write(
            lines.map { $0.replacing("FOLDER", with: folder.path) }.joined(separator: "\n") + "\n",
            to: "broker.conf"
        )
        broker = try await namespace.start("mosquitto", ["-c", file, "-v"], output: "\(folder.path)/broker.log")
        // As fast as keeps two movements from ending in the same second: their webhooks would be one, byte for byte, and
        // the gateway takes the second for a repeat.
        simulator = try await namespace.start(
            try Binary.path,
            ["simulate", "--speed", "2.5"],
            output: "\(folder.path)/simulator.log"
        )
        for port in [1883, 8080, 8081] {
            try await eventually("port \(port) is open") { try await namespace.perform { FreePort.isTaken(port) } }
        }
    }

    /// Starts the gateway.
    ///
    /// Its log goes to the file of that name; the environment has settings that differ from the shipped ones.
    func startGateway(log: String = "gateway.log", _ environment: [String] = []) async throws -> ChildProcess {
        try await namespace.start(
            "env",
            ["LOQED_GATEWAY_STATE_DIRECTORY=\(folder.path)/state"] + environment + [
                try Binary.path, "run", "--config", "\(Contract.root)/gateway.yaml",
            ],
            output: "\(folder.path)/\(log)"
        )
    }

    /// Starts the gateway and returns once the lock's state is known and its webhook registered.
    func startGatewayAndWait(_ environment: [String] = []) async throws -> ChildProcess {
        let gateway = try await startGateway(environment)
        try await waits(for: "loqed/gateway/availability", "online")
        try await waits(for: "loqed/front_door/state", "unlocked")
        await eventually("the webhook is registered") {
            TemporaryFolder.read("\(folder.path)/gateway.log").contains("webhook registered")
        }
        return gateway
    }

    /// Waits until a topic shows that word.
    func waits(for topic: String, _ word: String) async throws {
        try await eventually("\(topic) shows \(word)") { try await newest(topic) == word }
    }

    /// What is retained on a topic.
    func newest(_ topic: String) async throws -> String {
        let arguments = ["-t", topic, "-C", "1", "-W", "2", "--retained-only"]
        return String(
            try await output(of: "mosquitto_sub", arguments).split(separator: "\n").first ?? ""
        )
    }

    /// A line of control for the simulation.
    @discardableResult
    func simulate(_ line: String) async throws -> String {
        let answer = try await namespace.output(
            of: "curl",
            ["-s", "--fail-with-body", "-d", line, "http://127.0.0.1:8081/control"]
        )
        return answer
    }

    func publish(_ payload: String, to topic: String, _ options: String...) async throws {
        _ = try await namespace.output(of: "mosquitto_pub", ["-t", topic, "-m", payload] + options)
    }

    /// Runs a program to its end, however it ends.
    private func output(of program: String, _ arguments: [String]) async throws -> String {
        let file = "\(folder.path)/output-\(UInt64.random(in: 0 ... .max))"
        let child = try await namespace.start(program, arguments, output: file)
        _ = await child.ended()
        return TemporaryFolder.read(file)
    }

    func end(_ children: ChildProcess...) async {
        for child in children + [simulator, broker] {
            child.send(SIGTERM)
            _ = await child.ended()
        }
    }
}
