import GatewayTestSupport
import Glibc
import LoqedSimulator
import Testing

/// A newcomer with a broker that wants a login, a simulated bridge, and the text of LOQED's portal.
private final class Newcomer: Sendable {
    static let password = "Canary0fTheC0alMine"

    let folder = TemporaryFolder()
    let broker: TemporaryBroker
    let bridgePort = FreePort.any()
    let webhookPort = FreePort.any()
    let adminPort = FreePort.any()
    private let controlPort = FreePort.any()
    private let simulator: ChildProcess

    init(hasLogin: Bool = true) async throws {
        let login = ["allow_anonymous false", "password_file FOLDER/users"]
        broker = try await TemporaryBroker(
            settings: hasLogin ? login : ["allow_anonymous true"],
            files: ["users": ""],
            startsNow: false
        )
        let users = "\(broker.folder.path)/users"
        let passwords = try ChildProcess("mosquitto_passwd", ["-b", users, "loqed", Self.password])
        #expect(await passwords.ended() == 0)
        try await broker.start()
        let arguments = [
            "simulate", "--listen", "127.0.0.1:\(bridgePort)", "--control", "127.0.0.1:\(controlPort)",
        ]
        simulator = try ChildProcess(try Binary.path, arguments, output: "\(folder.path)/simulator.log")
        let port = bridgePort
        await eventually("the bridge listens") { FreePort.isTaken(port) }
        folder.write(Self.portal(), to: "portal.json")
        folder.write(Self.password + "\n", to: "password")
    }

    static func portal(bridgeKey: String = SimulatorConfiguration.demoBridgeKey) -> String {
        """
        {
          "lock_id": "Tk7dQ2mXw9LpR4sVb1Za",
          "lock_key_local_id": 3,
          "lock_key_key": "\(SimulatorConfiguration.demoKeySecret)",
          "backend_key": "+VkqxbXy3fdTjMcENKPLBnXZnMD5tpvMenRcxTHAUrM=",
          "bridge_key": "\(bridgeKey)",
          "bridge_ip": "127.0.0.1",
          "bridge_mdns_hostname": ""
        }
        """
    }

    var output: String { "\(folder.path)/gateway.yaml" }
    var bridge: String { "127.0.0.1:\(bridgePort)" }
    var address: String { "127.0.0.1:\(broker.port)" }

    /// Everything that a setup without questions needs.
    var options: [String] {
        [
            "setup", "--yes", "--output", output, "--integration-file", "\(folder.path)/portal.json", "--bridge",
            bridge,
            "--broker", address, "--username", "loqed", "--password-file", "\(folder.path)/password", "--listen",
            "127.0.0.1:\(webhookPort)", "--admin", "127.0.0.1:\(adminPort)",
        ]
    }

    func mode(of path: String) -> mode_t {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
    }

    /// The lock was not asked to move, and the bridge was not told to call anybody.
    func expectUntouched(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let report = "\(folder.path)/report.json"
        let curl = try ChildProcess("curl", ["-s", "http://127.0.0.1:\(controlPort)/control/report"], output: report)
        #expect(await curl.ended() == 0, sourceLocation: sourceLocation)
        let json = try AnyJSON(Array(TemporaryFolder.read(report).utf8))
        unlink(report)
        #expect(json["commands"]?["received"] == .integer(0), sourceLocation: sourceLocation)
        #expect(json["webhooks"] == .integer(0), sourceLocation: sourceLocation)
    }

    /// The configuration is one that the gateway runs with, until it knows the lock's state.
    func expectRuns(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let gateway = try ChildProcess(
            try Binary.path,
            ["run", "--config", output],
            environment: ["LOQED_GATEWAY_STATE_DIRECTORY": "\(folder.path)/state"],
            output: "\(folder.path)/gateway.log"
        )
        try await eventually("the state is known", sourceLocation: sourceLocation) {
            try await Binary.run(["status", "--config", output]).output.contains("unlocked")
        }
        let why = try await Binary.run(["explain", "--config", output])
        #expect(why.code == 0, "\(why)", sourceLocation: sourceLocation)
        #expect(why.output.contains("front_door is unlocked"), "\(why)", sourceLocation: sourceLocation)
        gateway.send(SIGTERM)
        #expect(await gateway.ended() == 0, sourceLocation: sourceLocation)
    }
}

@Suite(.serialized) struct `The command setup` {
    @Test func `leads through questions at a terminal to a configuration that runs`() async throws {
        let newcomer = try await Newcomer()
        let terminal = try PseudoTerminal()
        let setup = try ChildProcess(
            try Binary.path,
            ["setup", "--output", newcomer.output, "--admin", "127.0.0.1:\(newcomer.adminPort)"],
            input: terminal.path,
            output: terminal.path
        )
        let paste = "Paste it here, or type the name of a file that holds it (neither is shown): "
        await terminal.answer(paste, "\(newcomer.folder.path)/portal.jsn", isSecret: true)
        await eventually("the mistake is shown") {
            terminal.screen.contains("That is neither JSON, which begins with {, nor a file that can be read.")
        }
        #expect(!terminal.screen.contains("portal.jsn"))
        // What follows the last brace is no answer to the next question.
        await terminal.answer(paste, Newcomer.portal() + "\n\n", isSecret: true)
        await terminal.answer("What the door is called [Front door]: ", "Front door")
        await terminal.answer("Its name in topics [front_door]: ", "Front Door!")
        await terminal.answer("Its name in topics [front_door]: ", "")
        await terminal.answer("[127.0.0.1:1883]: ", newcomer.address)
        await terminal.answer("The user of the broker: ", "loqed")
        await terminal.answer("The password (not shown): ", "wrong", isSecret: true)
        await terminal.answer("The user of the broker: ", "loqed")
        await terminal.answer("The password (not shown): ", Newcomer.password, isSecret: true)
        await terminal.answer("[127.0.0.1:8099]: ", "127.0.0.1:\(newcomer.webhookPort)")
        await terminal.answer("The address of the bridge [127.0.0.1]: ", newcomer.bridge)
        await terminal.answer("Lock and unlock (yes or no) [yes]: ", "maybe")
        await terminal.answer("Lock and unlock (yes or no) [yes]: ", "")
        await terminal.answer("Open as well (yes or no) [no]: ", "")
        #expect(await setup.ended() == 0)

        let screen = terminal.screen
        for part in [
            "The broker \(newcomer.address) answers, and the login is right.", "It accepts the bridge key.",
            "The running gateway will ask it to call http://127.0.0.1:\(newcomer.webhookPort)",
            "Written: \(newcomer.output).", "loqed-gateway run --config \(newcomer.output)",
        ] { #expect(screen.contains(part), "\(part) in \(screen)") }
        for secret in [Newcomer.password, SimulatorConfiguration.demoKeySecret, SimulatorConfiguration.demoBridgeKey] {
            #expect(!screen.contains(secret))
        }
        #expect(newcomer.mode(of: newcomer.output) == 0o600)
        let text = TemporaryFolder.read(newcomer.output)
        #expect(text.contains("    commands: [lock, unlock]\n"))
        #expect(text.contains("    bridge: \"\(newcomer.bridge)\"\n"))
        try await newcomer.expectUntouched()
        try await newcomer.expectRuns()
    }

    @Test func `writes the password that the broker took, and not the file of one that it refused`() async throws {
        let newcomer = try await Newcomer()
        newcomer.folder.write("wrong\n", to: "password")
        let terminal = try PseudoTerminal()
        let arguments =
            newcomer.options.filter { $0 != "--yes" } + ["--commands", "lock", "--name", "Door", "--id", "door"]
        let setup = try ChildProcess(try Binary.path, arguments, input: terminal.path, output: terminal.path)
        await terminal.answer("The user of the broker: ", "loqed")
        await terminal.answer("The password (not shown): ", Newcomer.password, isSecret: true)
        #expect(await setup.ended() == 0, "\(terminal.screen)")
        let text = TemporaryFolder.read(newcomer.output)
        #expect(text.contains("  username: \"loqed\"\n  password: \"\(Newcomer.password)\"\n"))
        #expect(!text.contains("password_file"))
    }

    @Test func `gives the terminal back when it is interrupted at a hidden question`() async throws {
        let newcomer = try await Newcomer(hasLogin: false)
        let terminal = try PseudoTerminal()
        let setup = try ChildProcess(
            try Binary.path,
            ["setup", "--output", newcomer.output],
            input: terminal.path,
            output: terminal.path
        )
        await eventually("it asks") { terminal.screen.hasSuffix("(neither is shown): ") }
        #expect(!terminal.showsWhatIsTyped)
        setup.send(SIGINT)
        #expect(await setup.ended() != 0)
        #expect(terminal.showsWhatIsTyped)
    }

    @Test func `puts the listener for health beside that of the bridge`() async throws {
        let newcomer = try await Newcomer(hasLogin: false)
        let arguments = newcomer.options.filter { $0 != "--admin" && !$0.hasSuffix(":\(newcomer.adminPort)") }
        let listen = arguments.map { $0 == "127.0.0.1:\(newcomer.webhookPort)" ? "127.0.0.1:8098" : $0 }
        #expect(try await Binary.run(listen).code == 0)
        #expect(TemporaryFolder.read(newcomer.output).contains("admin:\n  listen: \"127.0.0.1:8099\"\n"))
        let both = try await Binary.run(arguments + ["--force", "--admin", "127.0.0.1:\(newcomer.webhookPort)"])
        #expect(both.code == 64)
        #expect(
            both.output.hasSuffix(
                "--admin is where the bridge's messages arrive\n    Example: --admin 127.0.0.1:8098\n"
            )
        )
        let none = try await Binary.run(arguments + ["--force", "--admin", "everywhere"])
        #expect(none.code == 64)
        #expect(none.output.hasSuffix("    Example: --admin 127.0.0.1:8098\n"), "\(none.output)")
    }

    @Test func `looks for a place for the file before it asks anything`() async throws {
        let newcomer = try await Newcomer(hasLogin: false)
        let folder = newcomer.folder.path
        let (code, output) = try await Binary.run(["setup", "--output", folder])
        #expect(code == 73)
        #expect(output == "loqed-gateway: \(folder) is not a file\n    Name one: --output FILE.\n")
        let missing = try await Binary.run(["setup", "--output", "\(folder)/none/gateway.yaml"])
        #expect(missing.code == 73)
        #expect(
            missing.output == """
                loqed-gateway: \(folder)/none/gateway.yaml cannot be written: No such file or directory
                    Make its folder first: mkdir -p \(folder)/none

                """
        )
    }

    @Test func `never shows keys that were given as the name of a file`() async throws {
        let newcomer = try await Newcomer(hasLogin: false)
        let portal = Newcomer.portal().replacing("\n", with: "")
        for arguments in [
            ["setup", "--yes", "--output", newcomer.output, "--integration-file", portal],
            ["check", "--config", portal], ["check", "--json", "--config", portal], ["doctor", "--config", portal],
            ["run", "--config", portal], ["simulate", "--scenario", portal],
        ] {
            let (code, output) = try await Binary.run(arguments)
            #expect(code == 66, "\(arguments[0])")
            #expect(output.contains("?"), "\(arguments[0]): \(output)")
            for secret in [SimulatorConfiguration.demoKeySecret, SimulatorConfiguration.demoBridgeKey] {
                #expect(!output.contains(secret.prefix(12)), "\(arguments[0])")
            }
        }
        let key = SimulatorConfiguration.demoKeySecret
        for (option, arguments) in [
            ("--ca-file", ["status", "--broker", newcomer.address, "--ca-file", key]),
            ("--ca-file", newcomer.options + ["--ca-file", key]), ("--output", ["setup", "--output", key]),
            ("the file to write", ["support-bundle", key]),
        ] {
            let (code, output) = try await Binary.run(arguments)
            #expect(code == 64, "\(arguments[0])")
            #expect(
                output.hasPrefix("Error: \(option) is not the name of a file but looks like a secret\n"),
                "\(output)"
            )
            #expect(!output.contains(key.prefix(12)), "\(arguments[0])")
        }
        for (code, arguments) in [
            (
                Int32(78),
                ["status", "--broker", newcomer.address, "--ca-file", "\(newcomer.folder.path)/\(key.dropLast())"]
            ),
            (73, ["setup", "--output", "\(newcomer.folder.path)/\(key.dropLast())/\(key.dropLast())"]),
        ] {
            let (found, output) = try await Binary.run(arguments)
            #expect(found == code, "\(output)")
            for secret in [SimulatorConfiguration.demoKeySecret, SimulatorConfiguration.demoBridgeKey] {
                #expect(!output.contains(secret.prefix(12)), "\(arguments[0])")
            }
        }
    }

    @Test func `asks nothing when everything is given`() async throws {
        let newcomer = try await Newcomer()
        let (code, output) = try await Binary.run(newcomer.options + ["--commands", "lock", "--name", "Back door"])
        #expect(code == 0, "\(output)")
        #expect(!output.contains("?") && !output.contains(Newcomer.password))
        let text = TemporaryFolder.read(newcomer.output)
        #expect(text.contains("  - id: \"back_door\"\n    name: \"Back door\"\n"))
        #expect(text.contains("    commands: [lock]\n"))
        #expect(text.contains("  password_file: \"\(newcomer.folder.path)/password\"\n"))
        let check = try await Binary.run(["check", "--config", newcomer.output])
        #expect(check == (0, "\(newcomer.output) is good: 1 lock, broker \(newcomer.address)\n"))

        let again = try await Binary.run(newcomer.options)
        #expect(
            again == (73, "loqed-gateway: \(newcomer.output) is there already\n    Add --force to replace it.\n")
        )
        #expect(try await Binary.run(newcomer.options + ["--force"]).code == 0)
        #expect(TemporaryFolder.read(newcomer.output).contains("front_door"))
        #expect(TemporaryFolder.read(newcomer.output + ".old") == text)
        try await newcomer.expectUntouched()
    }

    @Test func `takes answers and keys through pipes`() async throws {
        let newcomer = try await Newcomer(hasLogin: false)
        let answers = [
            "\(newcomer.folder.path)/portal.json", "", "", newcomer.address, "127.0.0.1:\(newcomer.webhookPort)",
            "yes", "yes",
        ]
        let input = newcomer.folder.write(answers.joined(separator: "\n") + "\n", to: "answers")
        let arguments = ["setup", "--output", newcomer.output, "--bridge", newcomer.bridge]
        let (code, output) = try await Binary.run(arguments, input: input)
        #expect(code == 0, "\(output)")
        #expect(
            TemporaryFolder.read(newcomer.output).contains("    commands: [lock, unlock, open]\n")
        )

        let piped = [
            "setup", "--yes", "--force", "--output", newcomer.output, "--integration-file", "-", "--bridge",
            newcomer.bridge, "--broker", newcomer.address,
        ]
        #expect(try await Binary.run(piped, input: "\(newcomer.folder.path)/portal.json").code == 0)
        let text = TemporaryFolder.read(newcomer.output)
        #expect(text.contains("commands: [lock, unlock]\n"))
        #expect(text.contains("admin:\n  listen: \"127.0.0.1:8098\"\n"))
    }

    @Test func `does not replace a file when the answer is no`() async throws {
        let newcomer = try await Newcomer(hasLogin: false)
        newcomer.folder.write("# mine\n", to: "gateway.yaml")
        let answers = newcomer.folder.write("\n\n\n\nno\nno\n", to: "answers")
        let options = newcomer.options.filter { $0 != "--yes" }
        let (code, output) = try await Binary.run(options, input: answers)
        #expect(code == 75, "\(output)")
        #expect(output.hasSuffix("nothing was written\n    Name another file with --output FILE.\n"))
        #expect(TemporaryFolder.read(newcomer.output) == "# mine\n")
    }

    @Test func `says what is missing or wrong, and writes nothing`() async throws {
        let newcomer = try await Newcomer()
        func outcome(_ change: (inout [String]) -> Void) async throws -> (code: Int32, output: String) {
            var options = newcomer.options
            change(&options)
            let (code, output) = try await Binary.run(options)
            let complaint = output.firstRange(of: "loqed-gateway: ").map { String(output[$0.lowerBound...]) } ?? output
            return (code, complaint)
        }
        func replace(_ option: String, _ value: String?) -> (inout [String]) -> Void {
            { options in
                let place = options.firstIndex(of: option)!
                options.removeSubrange(place...(place + 1))
                if let value { options += [option, value] }
            }
        }
        #expect(
            try await outcome(replace("--integration-file", nil))
                == (
                    64,
                    """
                    loqed-gateway: no answer to: LOQED's integration information
                        Give it as --integration-file.

                    """
                )
        )
        #expect(try await outcome(replace("--integration-file", "/nonexistent")).code == 66)
        newcomer.folder.write("{\"bridge_key\": \"Canary0fTheC0alMine\"}", to: "broken.json")
        let broken = try await outcome(replace("--integration-file", "\(newcomer.folder.path)/broken.json"))
        #expect(broken.code == 78)
        #expect(broken.output.contains("broken.json:1:16: bridge_key: is not base64"))
        #expect(!broken.output.contains("Canary"))

        let other = Newcomer.portal(bridgeKey: SimulatorConfiguration.demoKeySecret)
        newcomer.folder.write(other, to: "other.json")
        let wrongKey = try await outcome(replace("--integration-file", "\(newcomer.folder.path)/other.json"))
        #expect(wrongKey.code == 77)
        #expect(wrongKey.output.contains("the bridge \(newcomer.bridge) does not accept our bridge key"))

        newcomer.folder.write(Newcomer.portal().replacing("127.0.0.1", with: ""), to: "nowhere.json")
        let noAddress = try await outcome {
            replace("--integration-file", "\(newcomer.folder.path)/nowhere.json")(&$0)
            replace("--bridge", nil)(&$0)
        }
        #expect(
            noAddress == (
                64,
                """
                loqed-gateway: no answer to: The address of the bridge
                    Give it as --bridge.

                """
            )
        )

        let closed = ClosedPort()
        let away = try await outcome(replace("--bridge", "127.0.0.1:\(closed.number)"))
        #expect(away.code == 69)
        let noBroker = try await outcome(replace("--broker", "127.0.0.1:\(closed.number)"))
        #expect(noBroker.code == 69)
        newcomer.folder.write("wrong", to: "wrong")
        let noLogin = try await outcome(replace("--password-file", "\(newcomer.folder.path)/wrong"))
        #expect(noLogin.code == 77)
        #expect(
            try await outcome { $0 += ["--commands", "lock,opne"] }.output == """
                loqed-gateway: --commands must be lock, unlock or open
                    Example: --commands lock,unlock

                """
        )
        #expect(try await outcome { $0 += ["--id", "gateway"] }.code == 64)
        let nowhere = try await outcome(replace("--output", "\(newcomer.folder.path)/none/gateway.yaml"))
        #expect(
            nowhere == (
                73,
                """
                loqed-gateway: \(newcomer.folder.path)/none/gateway.yaml cannot be written: No such file or directory
                    Make its folder first: mkdir -p \(newcomer.folder.path)/none

                """
            )
        )
        #expect(access(newcomer.output, F_OK) != 0)
        try await newcomer.expectUntouched()

        // Somebody whose broker is not there yet may have it written all the same.
        let untested = try await outcome { options in
            replace("--broker", "127.0.0.1:\(closed.number)")(&options)
            options.append("--untested")
        }
        #expect(untested.code == 0)
    }
}
