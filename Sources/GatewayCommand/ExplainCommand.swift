import ArgumentParser
import Gateway
import Glibc
import PlainHTTP

/// Shows why the locks are as they are said to be.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show why a lock is in its state, and what was decided last.",
        discussion: """
            Asks the running gateway through its admin listener, so the configuration must have admin.listen, or the \
            environment LOQED_GATEWAY_ADMIN_LISTEN; or name the listener with --admin. The gateway keeps the last \
            decisions in memory: up to 64 for each lock, since it started.

            --json prints {"locks":[LOCK, …]}. Each LOCK has id, state, since, rule, evidence (source and time), why, \
            would_change and decisions, oldest first, each with time, kind (state, command, webhook or \
            commands_enabled), text and count.

            EXAMPLES
              loqed-gateway explain
              loqed-gateway explain front_door --json
              loqed-gateway explain --admin 127.0.0.1:8098

            Exit codes: 0 shown, 64 the gateway has no such lock, 69 it does not answer, 76 what answers is no gateway \
            that can explain, 78 the configuration has mistakes or no admin listener, 66 it cannot be read.
            """
    )

    @OptionGroup var source: ConfigurationOptions

    @Option(
        help: ArgumentHelp("The gateway's admin listener, in place of a configuration.", valueName: "host:port")
    )
    var admin: String?

    @Flag(help: "Print one JSON document.")
    var json = false

    @Argument(help: ArgumentHelp("The locks; all when none is named.", valueName: "lock"))
    var locks: [String] = []

    func validate() throws {
        guard let admin else { return }
        if source.config != nil { throw ValidationError("--admin is in place of --config") }
        if NetworkAddress(admin, defaultPort: nil) == nil {
            throw ValidationError("--admin is not an address with a port. Example: 127.0.0.1:8098")
        }
    }

    func run() async throws {
        let listen = try listener()
        let threads = HTTPThreads()
        let progress = ProgressLine.live()
        progress.now("asking the gateway")
        let answer = await progress.shown { await AdminVisit(listen, threads: threads).get("/explain") }
        try? await threads.shutDown()
        guard let answer else {
            throw Self.trouble(
                EX_UNAVAILABLE,
                "nothing answers at admin.listen \(listen)",
                "start it: loqed-gateway run"
            )
        }
        guard answer.status == 200, let view = ExplanationView(answer.body) else {
            throw Self.trouble(
                EX_PROTOCOL,
                "what answers at admin.listen \(listen) explains nothing",
                "see that it is the gateway, and of this version: loqed-gateway --version"
            )
        }
        if let unknown = locks.first(where: { !view.lockNames.contains($0) }) {
            // What cannot be a name may be anything, also a key.
            throw Self.trouble(
                EX_USAGE,
                "\(ShownLock(unknown)): is not a lock of the gateway",
                "locks there: \(view.lockNames.joined(separator: ", "))"
            )
        }
        StandardOutput.show(json ? view.jsonText(of: locks) : view.text(of: locks, style: .live()))
    }

    private func listener() throws -> NetworkAddress {
        if let named = admin.flatMap({ NetworkAddress($0, defaultPort: nil) }) { return named }
        guard let listen = try source.load(in: .live()).admin else {
            throw Self.trouble(
                EX_CONFIG,
                "the configuration has no admin.listen",
                "add it and restart the gateway. Example: admin: {listen: \"127.0.0.1:8098\"}"
            )
        }
        return listen
    }

    private static func trouble(_ code: Int32, _ text: String, _ remedy: String) -> ExitCode {
        var standardError = StandardError()
        print("loqed-gateway: \(text)\n    \(remedy)", to: &standardError)
        return ExitCode(code)
    }
}
