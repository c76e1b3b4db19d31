import ArgumentParser
import Gateway
import LockDomain

/// Shows what happens.
struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Show what happens at the locks, line by line, until Ctrl-C.",
        discussion: """
            Begins with what is so now. Times are in UTC. A lost broker is told on the standard error and looked for \
            again.

            --json prints an object a line with the keys time, topic and payload: a word as text, a document as it is.

            EXAMPLES
              loqed-gateway watch
              loqed-gateway watch front_door --json

            Exit codes: 69 the broker cannot be reached at the start, 64 the gateway has no such lock, 77 the broker \
            refuses, 78 the configuration has mistakes, 66 it cannot be read.
            """
    )

    @OptionGroup var broker: BrokerOptions

    @Flag(help: "Print one JSON document a line.")
    var json = false

    @Argument(help: ArgumentHelp("The locks; all when none is named.", valueName: "lock"))
    var locks: [String] = []

    func run() async throws {
        let visit = try broker.visit()
        let time = TimeSource.live()
        let isJSON = json
        do throws(ClientTrouble) {
            try await visit.watch(locks) { sight in
                var standardError = StandardError()
                switch sight {
                case .line(let line):
                    let now = time.now().unix
                    guard let text = isJSON ? line.json(at: now) : line.text(at: now) else { return }
                    StandardOutput.show(text)
                case .lost(let reason): print("loqed-gateway: \(reason); trying again", to: &standardError)
                case .back: print("loqed-gateway: the broker is back", to: &standardError)
                }
            }
        } catch {
            throw error.reported()
        }
    }
}
