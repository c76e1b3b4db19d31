import ArgumentParser
import Gateway
import Glibc

/// Prints who may do what on the broker.
struct ACLCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "acl",
        abstract: "Print access control lines for mosquitto: who may do what with the locks.",
        discussion: """
            The lines are made from the configuration, topic by topic. The gateway gets what it needs; Home Assistant sees \
            everything and may command; an operator (Node-RED, say) sees everything and may command, but not turn \
            commands on and off; a panel sees state, battery and connectivity, not who came and went, and may do nothing. \
            Nothing is connected to, and nothing is changed.

            An operator or a panel can be kept to some locks: NAME=LOCK,LOCK.

            With an acl_file, mosquitto denies all that it does not name, to everybody: add the lines of your other \
            devices to it. After a change of the file: systemctl reload mosquitto. docs/broker.md has it step by step.

            --json prints {"users":[{"name":…, "rules":[{"access":…, "topic":…}]}]} for other programs and brokers; access \
            is read, write or readwrite.

            EXAMPLES
              loqed-gateway acl > loqed.acl
              loqed-gateway acl --user-home-assistant ha --user-operator nodered \\
                --user-panel hall=front_door
              loqed-gateway acl --former-lock shed
              loqed-gateway acl --json

            Exit codes: 0 printed, 64 called wrongly, 66 the configuration file cannot be read, 78 it has mistakes.
            """
    )

    @OptionGroup var source: ConfigurationOptions

    @Option(help: ArgumentHelp("The gateway's user (default: mqtt.username).", valueName: "name"))
    var userGateway: String?

    @Option(
        help: ArgumentHelp(
            "Home Assistant's user (default: homeassistant; none without home_assistant.discovery).",
            valueName: "name"
        )
    )
    var userHomeAssistant: String?

    @Option(help: ArgumentHelp("Somebody who may see and command; can be repeated.", valueName: "name[=locks]"))
    var userOperator: [String] = []

    @Option(
        help: ArgumentHelp("Somebody who may only look (default: panel); can be repeated.", valueName: "name[=locks]")
    )
    var userPanel: [String] = []

    @Option(
        help: ArgumentHelp(
            "A lock that was taken out of the configuration: lets the gateway clear what it left; can be repeated.",
            valueName: "lock"
        )
    )
    var formerLock: [String] = []

    @Flag(help: "Print one JSON document.")
    var json = false

    func run() throws {
        let configuration = try source.load(in: .live())
        let users = AccessUsers(
            gateway: userGateway,
            homeAssistant: userHomeAssistant,
            operators: userOperator,
            panels: userPanel.isEmpty ? ["panel"] : userPanel,
            formerLocks: formerLock
        )
        do {
            StandardOutput.show(try configuration.accessList(for: users, isJSON: json), terminator: "")
        } catch {
            var standardError = StandardError()
            print("loqed-gateway: \(error)", to: &standardError)
            throw ExitCode(EX_USAGE)
        }
    }
}
