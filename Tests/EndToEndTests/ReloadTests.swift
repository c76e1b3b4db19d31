import GatewayTestSupport
import Glibc
import LoqedSimulator
import Testing

/// A broker, bridges, the gateway and a listener, all processes of their own.
private final class Household: Sendable {
    let folder = TemporaryFolder()
    let broker: TemporaryBroker
    let bridges: [(port: Int, control: Int)]
    private let simulators: [ChildProcess]
    private let listener: ChildProcess
    let gateway: ChildProcess
    private let webhookPort = FreePort.any()

    struct Lock {
        var id: String
        var bridge: Int
        var name = "A door"
        var commands = "[lock, unlock, open]"
        var keyNames = "{}"
    }

    init(_ locks: [Lock]) async throws {
        broker = try await TemporaryBroker()
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
        let (port, webhook, places) = (broker.port, webhookPort, bridges)
        folder.write(Self.text(locks, port, webhook, places), to: "gateway.yaml")
        gateway = try ChildProcess(
            binary,
            ["run", "--config", "\(log)/gateway.yaml"],
            environment: ["LOQED_GATEWAY_STATE_DIRECTORY": "\(log)/state"],
            output: "\(log)/gateway.log"
        )
    }

    private static func text(
        _ locks: [Lock],
        _ port: Int,
        _ webhook: Int,
        _ bridges: [(port: Int, control: Int)],
        rest: String = ""
    ) -> String {
        """
        mqtt: {host: 127.0.0.1, port: \(port)}
        webhook: {listen: "127.0.0.1:\(webhook)"}
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
                    local_key_id: 3
                    commands: \(lock.commands)
                    key_names: \(lock.keyNames)

                """
            }.joined()
    }

    /// Writes the configuration and sends SIGHUP; returns once the log says what became of it.
    func reload(_ locks: [Lock], rest: String = "") async -> String {
        folder.write(Self.text(locks, broker.port, webhookPort, bridges, rest: rest), to: "gateway.yaml")
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

    /// A figure of a simulated bridge.
    func report(_ bridge: Int) async throws -> AnyJSON {
        let output = "\(folder.path)/report"
        unlink(output)
        let url = "http://127.0.0.1:\(bridges[bridge].control)/control/report"
        #expect(try await ChildProcess("curl", ["-s", url], output: output).ended() == 0)
        return try AnyJSON(Array(TemporaryFolder.read(output).utf8))
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

@Suite(.serialized) struct `A reload by SIGHUP` {
    private typealias Lock = Household.Lock

    @Test func `under traffic adds, changes and removes locks and disturbs no other`() async throws {
        let front = Lock(id: "front_door", bridge: 0)
        let household = try await Household([front, Lock(id: "back_door", bridge: 1)])
        for lock in ["front_door", "back_door"] { await household.shows("loqed/\(lock)/state", "unlocked") }
        await household.shows("loqed/gateway/availability", "online")

        // Somebody locks and unlocks the front door all the while, as fast as the limit of six in ten seconds lets him.
        let traffic = Task { () async throws in
            for number in 0..<6 {
                let action = number.isMultiple(of: 2) ? "LOCK" : "UNLOCK"
                #expect(try await household.end(of: action, id: "t\(number)", at: "front_door") == "confirmed")
            }
        }

        let moved = await household.reload([front, Lock(id: "back_door", bridge: 2), Lock(id: "garage", bridge: 1)])
        #expect(moved.contains("reloaded added=garage restarted=back_door\n"))
        for lock in ["garage", "back_door"] { await household.shows("loqed/\(lock)/state", "unlocked") }
        #expect(household.heard("loqed/back_door/state").dropFirst().contains("unknown"))

        let removed = await household.reload([front, Lock(id: "garage", bridge: 1)])
        #expect(removed.contains("reloaded removed=back_door\n"))
        #expect(try await household.retained("loqed/back_door/#") == "")
        #expect(try await household.retained("homeassistant/device/+/config").contains("back_door") == false)
        #expect(try await household.report(2)["webhooks"] == .integer(0))

        try await traffic.value
        // Nothing of all that was seen at the front door.
        #expect(try await household.report(0)["commands"]?["received"] == .integer(6))
        let states = household.heard("loqed/front_door/state")
        let known = states.drop { $0 == "unknown" }
        #expect(!known.contains("unknown"))
        #expect(Set(household.heard("loqed/front_door/connectivity").drop { $0 != "online" }) == ["online"])
        #expect(household.heard("loqed/gateway/availability").drop { $0 != "online" }.allSatisfy { $0 == "online" })
        for client in ["loqed-gateway", "loqed-gateway-front_door", "loqed-gateway-back_door", "loqed-gateway-garage"] {
            #expect(household.connects(client) == 1, "\(client)")
        }

        // The one that came is as good as any, and the one that went comes back.
        #expect(try await household.end(of: "LOCK", id: "g", at: "garage") == "confirmed")
        await household.shows("loqed/garage/state", "locked")
        let back = await household.reload([front, Lock(id: "garage", bridge: 1), Lock(id: "back_door", bridge: 2)])
        #expect(back.contains("reloaded added=back_door\n"))
        await household.shows("loqed/back_door/state", "unlocked")
        await household.end()
        for lock in ["front_door", "garage", "back_door"] { await household.shows("loqed/\(lock)/state", "unknown") }
    }

    @Test func `changes names, commands and the log and restarts nothing`() async throws {
        let household = try await Household([Lock(id: "front_door", bridge: 0)])
        await household.shows("loqed/front_door/state", "unlocked")
        await eventually("Home Assistant knows the lock") {
            household.heard("homeassistant/device/loqed_front_door/config").isEmpty == false
                || TemporaryFolder.read("\(household.folder.path)/heard").contains("A door")
        }
        let changed = Lock(
            id: "front_door",
            bridge: 0,
            name: "Blue door",
            commands: "[lock]",
            keyNames: "{3: Robot}"
        )
        let log = await household.reload([changed], rest: "log: {level: debug, format: json}")
        #expect(log.contains(#""changed":"front_door""#))
        await eventually("Home Assistant knows the new name") {
            TemporaryFolder.read("\(household.folder.path)/heard").contains("Blue door")
        }
        #expect(try await household.end(of: "UNLOCK", id: "u", at: "front_door") == "refused not_allowed")
        #expect(try await household.end(of: "LOCK", id: "l", at: "front_door") == "confirmed")
        await household.shows("loqed/front_door/state", "locked")
        await eventually("the key has its name") {
            household.heard("loqed/front_door/event").contains { $0.contains("Robot") }
        }
        #expect(!household.heard("loqed/front_door/state").drop { $0 == "unknown" }.contains("unknown"))
        #expect(household.connects("loqed-gateway-front_door") == 1)
        let quiet = await household.reload([changed], rest: "log: {level: error}")
        #expect(quiet.contains(#""level":"notice","message":"reloaded""#))
        #expect(household.log.contains(#""level":"debug","message":"session connected""#) == false)
        await household.end()
    }

    @Test func `of a wrong configuration, or of what needs a restart, changes nothing`() async throws {
        let front = Lock(id: "front_door", bridge: 0)
        let household = try await Household([front])
        await household.shows("loqed/front_door/state", "unlocked")

        let wrong = await household.reload(
            [Lock(id: "Front", bridge: 1), Lock(id: "garage", bridge: 1)],
            rest: "log: {level: loud}"
        )
        #expect(
            wrong.contains("key=log.level reason=\"must be trace, debug, info, notice, warning, error or critical\"")
        )
        #expect(wrong.contains("key=locks[0].id reason=\"must have 1 to 64 characters, only a to z, 0 to 9 and _\""))
        #expect(wrong.contains("key=locks[1].bridge reason=\"is the same as locks[0].bridge\""))
        #expect(wrong.contains("not reloaded, nothing was changed mistakes=3\n"))

        let fixed = await household.reload(
            [front, Lock(id: "garage", bridge: 1)],
            rest: "state_directory: elsewhere\nhome_assistant: {discovery: false}\nlog: {level: debug}"
        )
        #expect(fixed.contains("these keys need a restart of the gateway keys=home_assistant.discovery\n"))
        #expect(household.heard("loqed/garage/state") == [])
        #expect(!household.log.contains("DEBUG"))
        #expect(household.heard("loqed/front_door/state").last == "unlocked")

        let same = await household.reload([front])
        #expect(same.contains("reloaded\n"))
        #expect(!household.heard("loqed/front_door/state").drop { $0 == "unknown" }.contains("unknown"))
        await household.end()
    }
}
