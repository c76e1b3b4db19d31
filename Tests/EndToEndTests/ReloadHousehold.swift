import GatewayTestSupport
import Glibc
import LoqedSimulator
import Testing

/// A broker, bridges, the gateway and a listener, all processes of their own.
final class ReloadHousehold: Sendable {
    let folder = TemporaryFolder()
    let broker: TemporaryBroker
    let bridges: [(port: Int, control: Int)]
    private let simulators: [ChildProcess]
    private let listener: ChildProcess
    let gateway: ChildProcess
    let webhookPort = FreePort.any()
    let adminPort = FreePort.any()

    struct Lock {
        var id: String
        var bridge: Int
        var name = "A door"
        var commands = "[lock, unlock, open]"
        var keyNames = "{}"
        var keyID = 3
    }

    /// Starts everything, the gateway with these locks.
    init(_ locks: [Lock], environment: [String: String] = [:]) async throws {
        broker = try await TemporaryBroker(
            settings: ["allow_anonymous true", "persistence true", "persistence_location FOLDER/"]
        )
        bridges = (0..<3).map { _ in (FreePort.any(), FreePort.any()) }
        let binary = try Binary.path
        let log = folder.path
        simulators = try bridges.map { port, control in
            let arguments = [
                "simulate", "--listen", "127.0.0.1:\(port)", "--control", "127.0.0.1:\(control)", "--speed", "20",
            ]
            return try ChildProcess(binary, arguments, output: "\(log)/simulator.log")
        }
        for bridge in bridges { await eventually("a bridge listens") { FreePort.isTaken(bridge.port) } }
        listener = try ChildProcess(
            "mosquitto_sub",
            ["-p", "\(broker.port)", "-t", "loqed/#", "-t", "homeassistant/#", "-F", "%r %t %p"],
            output: "\(log)/heard"
        )
        folder.write(
            Self.text(locks, (broker.port, webhookPort, adminPort), bridges, rest: ""),
            to: "gateway.yaml"
        )
        gateway = try ChildProcess(
            binary,
            ["run", "--config", "\(log)/gateway.yaml"],
            environment: environment.merging(["LOQED_GATEWAY_STATE_DIRECTORY": "\(log)/state"]) { $1 },
            output: "\(log)/gateway.log"
        )
    }

    private static func text(
        _ locks: [Lock],
        _ ports: (broker: Int, webhook: Int, admin: Int),
        _ bridges: [(port: Int, control: Int)],
        rest: String
    ) -> String {
        """
        mqtt: {host: 127.0.0.1, port: \(ports.broker)}
        webhook: {listen: "127.0.0.1:\(ports.webhook)"}
        admin: {listen: "127.0.0.1:\(ports.admin)"}
        supervision: {probe_interval: 1s}
        \(rest)
        locks:

        """
            + locks.map { lock in
                """
                  - id: \(lock.id)
                    name: \(lock.name)
                    bridge: 127.0.0.1:\(bridges[lock.bridge].port)
                    bridge_key: "\(SimulatorConfiguration.demoBridgeKey)"
                    key_secret: "\(SimulatorConfiguration.demoKeySecret)"
                    local_key_id: \(lock.keyID)
                    commands: \(lock.commands)
                    key_names: \(lock.keyNames)

                """
            }.joined()
    }

    /// Writes the configuration, for a reload to come.
    func write(_ locks: [Lock], rest: String = "") {
        let ports = (broker.port, webhookPort, adminPort)
        folder.write(Self.text(locks, ports, bridges, rest: rest), to: "gateway.yaml")
    }

    /// Writes the configuration and sends SIGHUP; returns once the log says what became of it.
    func reload(_ locks: [Lock], rest: String = "") async -> String {
        write(locks, rest: rest)
        return await reload()
    }

    /// Sends SIGHUP; returns once the log says what became of it.
    func reload() async -> String {
        let before = log.count
        gateway.send(SIGHUP)
        await eventually("the gateway tells of the reload") { log.dropFirst(before).contains("reloaded") }
        return String(log.dropFirst(before))
    }

    var log: String { TemporaryFolder.read("\(folder.path)/gateway.log") }

    /// What was heard on a topic, in order.
    func heard(_ topic: String) -> [String] {
        TemporaryFolder.read("\(folder.path)/heard").split(separator: "\n").compactMap { line in
            let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
            return parts.count == 3 && parts[1] == topic ? String(parts[2]) : nil
        }
    }

    func shows(_ topic: String, _ payload: String, sourceLocation: SourceLocation = #_sourceLocation) async {
        await eventually("\(topic) shows \(payload)", sourceLocation: sourceLocation) { heard(topic).last == payload }
    }

    /// Sends a command and waits for the last step of its result: the status, and the reason if there is one.
    func end(of command: String, id: String, at lock: String) async throws -> String {
        try await publish(#"{"command":"\#(command)","id":"\#(id)"}"#, to: "loqed/\(lock)/command")
        return await result(of: id, at: lock)
    }

    func result(of id: String, at lock: String) async -> String {
        var words = ""
        await eventually("\(id) ends") {
            let results = heard("loqed/\(lock)/command/result").compactMap { try? AnyJSON(Array($0.utf8)) }
            guard let last = results.last(where: { $0["id"] == .text(id) }) else { return false }
            guard case .text(let status) = last["status"],
                ["confirmed", "failed", "expired", "superseded", "refused"].contains(status)
            else { return false }
            words = status
            if case .text(let reason) = last["error"] { words += " \(reason)" }
            return true
        }
        return words
    }

    func publish(_ payload: String, to topic: String) async throws {
        let arguments = ["-p", "\(broker.port)", "-q", "1", "-t", topic, "-m", payload]
        #expect(try await ChildProcess("mosquitto_pub", arguments).ended() == 0)
    }

    /// What a newcomer to the broker would find below a topic.
    func retained(_ filter: String) async throws -> String {
        let output = "\(folder.path)/retained"
        unlink(output)
        let arguments = ["-p", "\(broker.port)", "-t", filter, "-W", "1", "-F", "%t", "--retained-only"]
        _ = try await ChildProcess("mosquitto_sub", arguments, output: output).ended()
        // The rest is its word that the second is over.
        return TemporaryFolder.read(output).split(separator: "\n").filter { $0.contains("/") }.joined(separator: "\n")
    }

    /// The counters of a simulated bridge.
    func report(_ bridge: Int) async throws -> AnyJSON {
        let url = "http://127.0.0.1:\(bridges[bridge].control)/control/report"
        return try AnyJSON(Array(try await curl([url]).utf8))
    }

    /// Tells a simulated bridge what happens to it.
    func tell(_ bridge: Int, _ line: String) async throws {
        _ = try await curl(["-f", "-d", line, "http://127.0.0.1:\(bridges[bridge].control)/control"])
    }

    func curl(_ arguments: [String]) async throws -> String {
        let output = "\(folder.path)/curl"
        unlink(output)
        #expect(try await ChildProcess("curl", ["-s"] + arguments, output: output).ended() == 0, "\(arguments)")
        return TemporaryFolder.read(output)
    }

    /// How often a client has connected to the broker.
    func connects(_ client: String) -> Int {
        broker.log.split(separator: "\n").count {
            $0.contains("New client connected") && $0.contains(" as \(client) (")
        }
    }

    func end() async {
        gateway.send(SIGTERM)
        #expect(await gateway.ended() == 0)
    }
}
