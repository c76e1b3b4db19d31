import ArgumentParser
import Gateway

/// Removes ours, or what is named by its id.
struct WebhooksRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Remove our webhooks from the bridges, or any webhook by its id.",
        discussion: """
            Without --yes it only shows what would be removed. A running gateway registers its own again, unless the \
            lock is taken out of its configuration: so take it out first. For a lock that is out already, name the \
            bridge and the file with its key.

            --json prints {"locks":[…]}: for each lock, bridge, dry_run, removed (as in webhooks list), missing (ids that were \
            asked for and are not there) and error.

            EXAMPLES
              loqed-gateway webhooks remove front_door
              loqed-gateway webhooks remove front_door --yes
              loqed-gateway webhooks remove front_door --id 2 --id 5 --yes
              loqed-gateway webhooks remove --bridge 192.168.1.50 \\
                --bridge-key-file bridge.key --lock-id old_door --yes

            \(WebhooksCommand.exitCodes)
            """
    )

    @OptionGroup var source: ConfigurationOptions
    @OptionGroup var named: BridgeOptions

    @Option(help: "The entry with this id, whosesoever it is; can be given again. Needs exactly one lock or bridge.")
    var id: [UInt64] = []

    @Flag(help: "Do it.")
    var yes = false

    @Flag(help: "Print one JSON document.")
    var json = false

    @Argument(help: ArgumentHelp("The locks; all when none is named.", valueName: "lock"))
    var locks: [String] = []

    func validate() throws {
        try named.validate(with: source, locks: locks)
        guard id.isEmpty || named.bridge != nil || Set(locks).count == 1 else {
            throw ValidationError("--id needs exactly one lock, since every bridge counts for itself")
        }
        guard named.bridge == nil || named.lockID != nil || !id.isEmpty else {
            throw ValidationError("--bridge needs --lock-id to know which webhooks are ours, or --id to name them")
        }
    }

    func run() async throws {
        let (ids, isDry) = (id.isEmpty ? nil : Set(id), !yes)
        let results = await (try named.selection(source, locks: locks))
            .perform { clerk, subject throws(WebhookTrouble) in
                try await clerk.remove(subject, ids: ids, isDry: isDry)
            }
        if json { StandardOutput.show(WebhookListDocument.text(results)) }
        try WebhookSelection.report(results) { json ? nil : $0.description }
    }
}
