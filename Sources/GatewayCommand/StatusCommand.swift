import ArgumentParser
import Gateway
import Glibc
import LockDomain

/// Shows what the running gateway knows.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what the running gateway knows of its locks.",
        discussion: """
            Reads what the gateway has published on the broker; neither gateway nor lock is asked, and nothing is changed.

            --json prints one document with the keys availability, info, problems (as on the gateway's topics) and \
            locks: for each lock id, state, battery, connectivity, commands_enabled, attributes and last_command. What \
            the broker does not have is null.

            EXAMPLES
              loqed-gateway status
              loqed-gateway status front_door --json
              loqed-gateway status --broker 192.168.1.5 \\
                --username panel --password-file panel.password

            Exit codes: 0 the gateway is online, 69 it is not, or the broker cannot be reached, 64 it has no such lock, \
            77 the broker refuses, 78 the configuration has mistakes, 66 it cannot be read.
            """
    )

    @OptionGroup var broker: BrokerOptions

    @Flag(help: "Print one JSON document.")
    var json = false

    @Argument(help: ArgumentHelp("The locks; all when none is named.", valueName: "lock"))
    var locks: [String] = []

    func run() async throws {
        let visit = try broker.visit()
        let (progress, locks) = (ProgressLine.live(), locks)
        progress.now("asking the broker")
        let result: Result<GatewayView, ClientTrouble> = await progress.shown {
            do throws(ClientTrouble) {
                return .success(try await visit.look(at: locks))
            } catch {
                return .failure(error)
            }
        }
        let view: GatewayView
        switch result {
        case .success(let found): view = found
        case .failure(let trouble): throw trouble.reported()
        }
        let now = TimeSource.live().now().unix
        StandardOutput.show(json ? view.jsonText(of: locks) : view.text(of: locks, now: now, style: .live()))
        if !view.isOnline { throw ExitCode(EX_UNAVAILABLE) }
    }
}

extension TerminalStyle {
    /// For the standard output of this process.
    static func live() -> TerminalStyle {
        TerminalStyle(isTerminal: isatty(STDOUT_FILENO) == 1, environment: LaunchEnvironment.live().variables)
    }
}
