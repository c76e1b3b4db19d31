import ArgumentParser
import Gateway

/// Shows what bridges call.
struct WebhooksListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show what the bridges call, and which targets do not answer.",
        discussion: """
            Of the targets of others only scheme, host and port are shown: the rest may hold passwords. Each of them is \
            connected to once, without sending anything, to see whether it answers; that is this machine's view, and \
            the bridge may have another.

            --json prints {"locks":[LOCK, …]}. Each LOCK has the keys lock (null: not known), bridge, url (what ours \
            should call, null: not known), webhooks (null: see error) and error (null, or an object with code, text and \
            remedy). Each of webhooks has id, ours (true or false), target (null: not shown), triggers (a list) and \
            state: right, duplicate, wrong_triggers or wrong_address for ours, answers or does_not_answer for others, \
            unknown for either.

            EXAMPLES
              loqed-gateway webhooks list
              loqed-gateway webhooks list front_door --no-check
              loqed-gateway webhooks list --bridge 192.168.1.50 \\
                --bridge-key-file bridge.key --lock-id old_door

            \(WebhooksCommand.exitCodes)
            """
    )

    @OptionGroup var source: ConfigurationOptions
    @OptionGroup var named: BridgeOptions

    @Flag(inversion: .prefixedNo, help: "Try whether the targets of others answer.")
    var check = true

    @Flag(help: "Print one JSON document.")
    var json = false

    @Argument(help: ArgumentHelp("The locks; all when none is named.", valueName: "lock"))
    var locks: [String] = []

    func validate() throws { try named.validate(with: source, locks: locks) }

    func run() async throws {
        let checksTargets = check
        let results = await (try named.selection(source, locks: locks))
            .perform { clerk, subject throws(WebhookTrouble) in
                try await clerk.list(subject, checksTargets: checksTargets)
            }
        if json { StandardOutput.show(WebhookListDocument.text(results)) }
        try WebhookSelection.report(results, separator: "\n\n") { json ? nil : $0.description }
    }
}
