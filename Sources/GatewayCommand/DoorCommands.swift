import ArgumentParser
import Gateway
import LockDomain

/// Locks a door.
struct LockCommand: AsyncParsableCommand {
    static let configuration = DoorOptions.configuration(
        "lock",
        abstract: "Lock a door, and wait until the lock has confirmed it.",
        examples: ["lock front_door", "lock front_door --if-state unlocked --json"]
    )

    @OptionGroup var options: DoorOptions

    func run() async throws { try await options.perform(.lock) }
}

/// Unlocks a door.
struct UnlockCommand: AsyncParsableCommand {
    static let configuration = DoorOptions.configuration(
        "unlock",
        abstract: "Unlock a door, without pulling its latch, and wait until the lock has confirmed it.",
        examples: ["unlock front_door"]
    )

    @OptionGroup var options: DoorOptions

    func run() async throws { try await options.perform(.unlock) }
}

/// Opens a door.
struct OpenCommand: AsyncParsableCommand {
    static let configuration = DoorOptions.configuration(
        "open",
        abstract: "Pull the latch of a door: it stands open then.",
        examples: ["open front_door"]
    )

    @OptionGroup var options: DoorOptions

    func run() async throws { try await options.perform(.open) }
}

/// What the commands that move a door have in common.
struct DoorOptions: ParsableArguments {
    @OptionGroup var broker: BrokerOptions

    @Option(help: ArgumentHelp("Only while the lock is published so: \(Self.states).", valueName: "state"))
    var ifState: String?

    @Option(
        help: ArgumentHelp(
            "An id of your own, 1 to 64 printable characters: within a day, the same one moves nothing again.",
            valueName: "id"
        )
    )
    var id: String?

    @Option(help: ArgumentHelp("How many seconds to wait for the end.", valueName: "seconds"))
    var timeout = 120

    @Flag(help: "Print each step as a line of JSON.")
    var json = false

    @Argument(help: ArgumentHelp("The lock.", valueName: "lock"))
    var lock: String

    private static let states = LockState.allCases.filter { $0 != .unknown }.map(\.rawValue).joined(separator: ", ")

    static func configuration(_ name: String, abstract: String, examples: [String]) -> CommandConfiguration {
        CommandConfiguration(
            commandName: name,
            abstract: abstract,
            discussion: """
                Asks the running gateway over the broker, once, and shows every step. A command that is not carried out \
                within 30 s is never carried out. Nothing is sent while the gateway is offline.

                On a broker with an access list the gateway's own user may not command, and should not. Name one who may, \
                an operator of loqed-gateway acl: --username OPERATOR --password-file FILE. Under MQTT 3.1.1 a broker \
                drops what is not allowed without a word, so after 10 s without one the command ends with 74.

                --json prints for each step what the gateway publishes on command/result.

                EXAMPLES
                \(examples.map { "  loqed-gateway \($0)" }.joined(separator: "\n"))

                Exit codes: 0 the lock has confirmed it, 74 it failed or nobody knows, 75 nothing was done and it may be \
                tried again, 77 refused, 69 gateway or broker are away, 64 there is no such lock, 78 the configuration \
                has mistakes, 66 it cannot be read.
                """
        )
    }

    func validate() throws {
        if let ifState, LockState(rawValue: ifState) == nil || ifState == "unknown" {
            throw ValidationError("--if-state must be one of: \(Self.states)")
        }
        if let id, CommandID(id) == nil {
            throw ValidationError("--id must have 1 to 64 printable ASCII characters without blanks")
        }
        guard (1...3600).contains(timeout) else { throw ValidationError("--timeout must be 1 to 3600 seconds") }
    }

    func perform(_ action: LockAction) async throws {
        let own = "cli-" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
        guard let id = CommandID(id ?? own) else { throw ValidationError("--id is not valid") }
        let errand = DoorErrand(action, of: lock, id: id, ifState: ifState.flatMap(LockState.init(rawValue:)))
        let visit = try broker.visit()
        let (progress, isJSON, limit) = (ProgressLine.live(), json, Duration.seconds(timeout))
        progress.now("waiting for the gateway")
        let trouble: ClientTrouble? = await progress.shown {
            do throws(ClientTrouble) {
                try await visit.perform(errand, within: limit) { step in
                    progress.aside { StandardOutput.show(isJSON ? step.json : step.text) }
                    progress.now("waiting for the lock")
                }
                return nil
            } catch {
                return error
            }
        }
        if let trouble { throw trouble.reported() }
    }
}
