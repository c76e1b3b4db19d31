import GatewayTestSupport
import Glibc
import Testing

/// The fenced blocks of a document that have a name, in a comment on the line before.
private struct Recipes {
    struct Recipe {
        let text: String
        /// What the document says it prints, in the block behind it.
        let prints: String
    }

    private var recipes: [String: Recipe] = [:]

    /// Reads a document for the comments that begin with `kind`.
    init(_ kind: String, in document: String) {
        let lines = TemporaryFolder.read("\(Contract.root)/\(document)")
            .split(separator: "\n", omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated() where line.hasPrefix("<!-- \(kind) ") && line.hasSuffix(" -->") {
            let name = String(line.dropFirst("<!-- \(kind) ".count).dropLast(" -->".count))
            let block = Self.block(at: number + 1, of: lines)
            let next = number + 1 + block.count + 2
            let isText = next < lines.count && lines[next] == "```text"
            let prints = isText ? Self.block(at: next, of: lines) : []
            recipes[name] = Recipe(text: Self.joined(block), prints: Self.joined(prints))
        }
    }

    var names: Set<String> { Set(recipes.keys) }

    subscript(name: String) -> Recipe {
        get throws { try #require(recipes[name], "docs/mqtt.md has \(name)") }
    }

    /// The lines between the fences.
    private static func block(at start: Int, of lines: [Substring]) -> [Substring] {
        guard start < lines.count, lines[start].hasPrefix("```") else { return [] }
        return Array(lines[(start + 1)...].prefix { $0 != "```" })
    }

    private static func joined(_ lines: [Substring]) -> String { lines.map { $0 + "\n" }.joined() }
}

/// A shell in a household, with the home folder that the document speaks of.
private final class Shell: Sendable {
    let home: Household
    private let recipes = Recipes("recipe", in: "docs/mqtt.md")
    private let personal = TemporaryFolder()

    init(in home: Household) async throws {
        self.home = home
        let files = Recipes("file", in: "docs/mqtt.md")
        #expect(files.names == ["loqed-command", "loqed-night-check"])
        _ = try await home.namespace.output(of: "mkdir", ["-p", "\(folder)/bin"])
        for name in files.names {
            personal.write(try files[name].text, to: "bin/\(name)")
            #expect(chmod("\(folder)/bin/\(name)", 0o755) == 0)
        }
    }

    /// The home folder.
    var folder: String { personal.path }

    /// Starts a program in a session of its own, so that it can be ended with all that it starts.
    private func start(
        _ text: String,
        shell: String = "bash",
        patience: Int = 60,
        output: String
    ) async throws -> ChildProcess {
        try await home.namespace.start(
            "env",
            [
                "-C", folder, "HOME=\(folder)", "LOQED_PATIENCE=\(patience)", "PATH=\(folder)/bin:/usr/bin:/bin",
                "setsid",
                shell,
                "-c", text,
            ],
            output: "\(folder)/\(output)"
        )
    }

    /// Runs something to its end and returns how it ended and what it printed.
    func outcome(of text: String, patience: Int = 60) async throws -> (code: Int32, output: String) {
        let file = "text-\(UInt64.random(in: 0 ... .max))"
        let child = try await start(text, patience: patience, output: file)
        return (await child.ended(), TemporaryFolder.read("\(folder)/\(file)"))
    }

    /// Runs a recipe to its end and expects that it ends so, and prints what the document says.
    func run(_ name: String, code: Int32 = 0, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let file = "\(name)-\(UInt64.random(in: 0 ... .max))"
        let child = try await start(try recipes[name].text, output: file)
        #expect(await child.ended() == code, sourceLocation: sourceLocation)
        try expect(TemporaryFolder.read("\(folder)/\(file)"), from: name, sourceLocation: sourceLocation)
    }

    /// Starts a recipe, does something once it listens, and ends it when it has printed as much as the document says.
    func watch(
        _ name: String,
        sourceLocation: SourceLocation = #_sourceLocation,
        while work: () async throws -> Void
    ) async throws {
        let recipe = try recipes[name]
        let listeners = home.listeners
        let output = "\(name)-\(UInt64.random(in: 0 ... .max))"
        let child = try await start(recipe.text, output: output)
        await eventually("somebody listens") { home.listeners > listeners }
        try await work()
        let wanted = recipe.prints.split(separator: "\n").count
        let file = "\(folder)/\(output)"
        await eventually("\(name) prints \(wanted) lines", within: .seconds(15), sourceLocation: sourceLocation) {
            TemporaryFolder.read(file).split(separator: "\n").count >= wanted
        }
        kill(-child.identifier, SIGTERM)
        _ = await child.ended()
        try expect(TemporaryFolder.read(file), from: name, sourceLocation: sourceLocation)
    }

    /// Runs the command of a line of a crontab as cron does, and expects that it prints what the document says.
    func runCron(_ name: String, code: Int32, prints: String? = nil) async throws {
        let recipe = try Recipes("cron", in: "docs/mqtt.md")[name]
        let fields = recipe.text.split(separator: " ", maxSplits: 5)
        #expect(fields.prefix(5) == ["30", "23", "*", "*", "*"])
        let file = "cron-\(UInt64.random(in: 0 ... .max))"
        let child = try await start(try #require(fields.last.map(String.init)), shell: "sh", output: file)
        #expect(await child.ended() == code)
        #expect(TemporaryFolder.read("\(folder)/\(file)") == prints ?? recipe.prints)
    }

    private func expect(
        _ output: String,
        from name: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let prints = try recipes[name].prints
        #expect(output.withoutChance == prints.withoutChance, "\(name)", sourceLocation: sourceLocation)
    }

}

extension String {
    /// With the same in place of every identifier of a command.
    fileprivate var withoutChance: String { replacing(/g-[0-9a-f]{1,16}/, with: "ID") }
}

extension Household {
    /// How many subscriptions of clients without a name of their own the broker has acknowledged.
    fileprivate var listeners: Int {
        TemporaryFolder.read("\(folder.path)/broker.log").split(separator: "\n").count {
            $0.contains("Sending SUBACK to auto-")
        }
    }

    /// How many clients have logged in to the broker as the panel.
    fileprivate var panels: Int {
        TemporaryFolder.read("\(folder.path)/broker.log").split(separator: "\n").count {
            $0.contains("New client connected") && $0.contains("u'panel'")
        }
    }
}

@Suite(.enabled(if: Namespace.isAvailable, Namespace.requirement)) struct `The guide to MQTT` {
    @Test func `watches as it says`() async throws {
        let home = try await Household()
        let gateway = try await home.startGatewayAndWait()
        let shell = try await Shell(in: home)
        try await shell.run("now")
        try await shell.watch("watch") { try await home.simulate("by-hand lock") }
        try await shell.watch("events") {
            try await home.simulate("by-hand unlock")
            try await home.waits(for: "loqed/front_door/state", "unlocked")
            try await home.simulate("lock 1")
        }
        try await home.simulate("signal 72 45")
        try await home.simulate("battery 83")
        try await home.waits(for: "loqed/front_door/battery", "83")
        try await shell.run("battery")
        try await shell.run("wait")
        try await home.simulate("by-hand unlock")
        try await home.waits(for: "loqed/front_door/state", "unlocked")
        try await shell.watch("wait") { try await home.simulate("by-hand lock") }
        try await shell.run("list")
        try await home.publish("LOCK", to: "loqed/front_door/command", "-r")
        try await home.waits(for: "loqed/front_door/command", "LOCK")
        try await eventually("it is a problem") { try await home.newest("loqed/gateway/problem") != "[]" }
        try await shell.run("problems")
        try await shell.run("clear")
        try await home.waits(for: "loqed/gateway/problem", "[]")
        try await shell.runCron("night", code: 0, prints: "")
        await home.end(gateway)
    }

    @Test func `commands as it says`() async throws {
        let home = try await Household()
        let gateway = try await home.startGatewayAndWait()
        let shell = try await Shell(in: home)
        try await shell.watch("steps") { try await shell.run("plain") }
        try await home.waits(for: "loqed/front_door/state", "locked")
        try await shell.run("limited")
        try await home.waits(for: "loqed/front_door/state", "unlocked")
        try await shell.runCron("night", code: 1)
        try await shell.run("request")
        try await home.waits(for: "loqed/front_door/state", "locked")
        try await shell.run("script")
        try await shell.run("off")
        try await home.waits(for: "loqed/front_door/commands_enabled", "off")
        try await shell.run("refused", code: 1)
        try await shell.run("on")
        try await home.waits(for: "loqed/front_door/commands_enabled", "on")
        try await shell.run("script")
        try await shell.run("refresh")
        await home.end(gateway)
    }

    @Test func `says so when nobody is there`() async throws {
        let home = try await Household()
        let shell = try await Shell(in: home)
        let now = try await shell.outcome(of: try Recipes("recipe", in: "docs/mqtt.md")["now"].text)
        #expect(now.code == 27)
        try await shell.runCron(
            "night",
            code: 1,
            prints: "front_door is not known to be locked: no answer. Timed out\n"
        )
        let lonely = try await shell.outcome(of: "loqed-command LOCK", patience: 2)
        #expect(lonely.code == 75)
        #expect(lonely.output == "Timed out\nLOCK: nobody knows (unknown); look at the door\n")
        await home.end()
        let none = try await shell.outcome(of: "loqed-command LOCK")
        #expect(none.code == 69)
        #expect(none.output == "Error: Connection refused\n")
    }

    @Test func `reaches a broker with TLS and users by the options that it names, and by them alone`() async throws {
        let home = try await Household(
            brokerSettings: [
                "per_listener_settings true", "listener 1883 127.0.0.1", "allow_anonymous true",
                "listener 8883 127.0.0.1", "allow_anonymous false", "password_file FOLDER/passwords",
                "cafile FOLDER/ca.pem", "certfile FOLDER/broker.pem", "keyfile FOLDER/broker.key",
            ]
        ) { folder in
            let make = """
                cd '\(folder.path)' && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority \
                    -keyout ca.key -out ca.pem \
                && openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout broker.key -out broker.csr \
                && openssl x509 -req -in broker.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out broker.pem \
                && mosquitto_passwd -b -c passwords panel correct-horse
                """
            let child = try ChildProcess("bash", ["-c", make], output: "\(folder.path)/make.log")
            let code = await child.ended()
            try #require(code == 0, "\(TemporaryFolder.read("\(folder.path)/make.log"))")
        }
        let gateway = try await home.startGatewayAndWait()
        let shell = try await Shell(in: home)
        _ = try await home.namespace.output(of: "cp", ["\(home.folder.path)/ca.pem", "\(shell.folder)/ca.pem"])
        try await shell.run("options")
        for program in ["mosquitto_pub", "mosquitto_sub", "mosquitto_rr"] {
            var status = stat()
            #expect(stat("\(shell.folder)/.config/\(program)", &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
        }
        try await shell.run("now")
        try await shell.run("request")
        try await home.waits(for: "loqed/front_door/state", "locked")
        try await shell.run("script")
        // One for the state, one for the request, two for the script.
        #expect(home.panels == 4)
        await home.end(gateway)
    }
}

@Suite struct `The text of the guide to MQTT` {
    @Test func `has the tables that the schemas make`() async throws {
        let folder = TemporaryFolder()
        let check = try ChildProcess(
            "/usr/bin/python3",
            [
                "\(Contract.root)/Tests/ContractTests/Peers/reference.py", "\(Contract.root)/docs/schema",
                "\(Contract.root)/docs/mqtt.md",
            ],
            output: "\(folder.path)/output"
        )
        let code = await check.ended()
        #expect(code == 0, "\(TemporaryFolder.read("\(folder.path)/output"))")
    }

    @Test func `has no recipe that no test runs`() {
        let run: Set = [
            "now", "watch", "events", "battery", "wait", "list", "problems", "clear", "steps", "plain", "limited",
            "request", "script", "off", "refused", "on", "refresh", "options",
        ]
        #expect(Recipes("recipe", in: "docs/mqtt.md").names == run)
        let text = TemporaryFolder.read("\(Contract.root)/docs/mqtt.md")
        let blocks = text.split(separator: "\n").count { ["```sh", "```bash", "```cron"].contains($0) }
        #expect(blocks == run.count + 3)
    }
}
