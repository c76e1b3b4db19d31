import GatewayTestSupport
import Testing

/// What every command promises to people and to programs.
@Suite struct `The help of every command` {
    /// Commands without `--json`, and why.
    private static let withoutJSON = [
        "run": "its output is the log, which log.format makes JSON",
        "setup": "a conversation; what it makes is a file, which check --json reads",
        "simulate": "its output is a log; its control answers JSON over HTTP",
        "help": "the argument parser's own",
    ]

    private func leaves(_ command: AnyJSON, under path: [String] = []) -> [(path: String, command: AnyJSON)] {
        guard case .text(let name)? = command["commandName"] else { return [] }
        let here = path + [name]
        let children = command["subcommands"]?.items ?? []
        if children.isEmpty { return [(here.dropFirst().joined(separator: " "), command)] }
        return children.flatMap { leaves($0, under: here) }
    }

    @Test func `has examples, exit codes, and JSON for programs`() async throws {
        let (code, output) = try await Binary.run(["--experimental-dump-help"])
        #expect(code == 0)
        let commands = leaves(try #require(try AnyJSON(Array(output.utf8))["command"]))
        #expect(commands.count >= 17, "\(commands.map(\.path))")
        for (path, command) in commands where path != "help" && !path.hasSuffix(" help") {
            let help = try await Binary.run(path.split(separator: " ").map(String.init) + ["--help"])
            #expect(help.code == 0)
            #expect(help.output.contains("EXAMPLES\n"), "\(path)")
            #expect(help.output.contains("  loqed-gateway \(path)"), "\(path) has an example of itself")
            #expect(help.output.contains("Exit codes: "), "\(path)")
            guard case .text(let discussion)? = command["discussion"] else { continue }
            for block in discussion.split(separator: "\n\n") where !block.hasPrefix("EXAMPLES") {
                let prose = block.split(separator: "\n").filter { !$0.hasPrefix(" ") && !$0.hasPrefix("- ") }
                #expect(
                    prose.count == 1,
                    "\(path): each line is wrapped by itself, so a paragraph must be one: \(block)"
                )
            }
            let names = (command["arguments"]?.items ?? []).flatMap { $0["names"]?.items ?? [] }.compactMap {
                $0["name"]
            }
            #expect(names.contains(.text("json")) == (Self.withoutJSON[path] == nil), "\(path)")
        }
    }
}
