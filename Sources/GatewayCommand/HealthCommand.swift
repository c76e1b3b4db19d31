import ArgumentParser
import Gateway
import Glibc
import PlainHTTP

/// Asks the running gateway on this machine whether it is well.
struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Ask the gateway on this machine whether it is well; for health checks.",
        discussion: """
            Reads /healthz of the admin listener, or /readyz with --ready, which says in addition whether the broker is \
            connected. The configuration must have admin.listen, or the environment LOQED_GATEWAY_ADMIN_LISTEN.

            --json prints {"well":…, "answer":…}; answer is null when nothing answers.

            EXAMPLES
              loqed-gateway health
              loqed-gateway health --ready

            Exit codes: 0 it is, 69 it is not or it does not answer, 78 the configuration has mistakes or no admin \
            listener, 66 it cannot be read.
            """
    )

    private static let patience = Duration.seconds(5)

    @OptionGroup var source: ConfigurationOptions

    @Flag(help: "Also ask whether the broker is connected.")
    var ready = false

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() async throws {
        let configuration = try source.load(in: .live())
        var standardError = StandardError()
        guard let listen = configuration.admin else {
            let remedy = "add it. Example: admin: {listen: \"127.0.0.1:8098\"}"
            print("loqed-gateway: the configuration has no admin.listen\n    \(remedy)", to: &standardError)
            throw ExitCode(EX_CONFIG)
        }
        let threads = HTTPThreads()
        let (progress, page) = (ProgressLine.live(), ready ? "/readyz" : "/healthz")
        progress.now("asking the gateway")
        let answer = await progress.shown { await Self.ask(listen, for: page, on: threads) }
        try? await threads.shutDown()
        guard let answer else {
            if json { StandardOutput.show(#"{"answer":null,"well":false}"#) }
            print(
                "loqed-gateway: nothing answers at admin.listen \(listen)\n    start it: loqed-gateway run",
                to: &standardError
            )
            throw ExitCode(EX_UNAVAILABLE)
        }
        let text = String(decoding: answer.body, as: UTF8.self)
        if json {
            StandardOutput.show(HealthDocument.text(isWell: answer.status == 200, answer: text))
        } else {
            StandardOutput.show(text, terminator: "")
        }
        if answer.status != 200 { throw ExitCode(EX_UNAVAILABLE) }
    }

    private static func ask(_ listen: NetworkAddress, for path: String, on threads: HTTPThreads) async -> HTTPAnswer? {
        // A listener on all addresses is on this one, too.
        let host = ["0.0.0.0": "127.0.0.1", "::": "::1"][listen.host] ?? listen.host
        let endpoint = HTTPEndpoint(host: host, port: Int(listen.port))
        do {
            let connection = try await OneShotConnection.open(to: endpoint, timeout: patience, on: threads)
            return try await connection.exchange(HTTPRequest(target: path), timeout: patience, maximumBody: 4096)
        } catch {
            return nil
        }
    }
}
