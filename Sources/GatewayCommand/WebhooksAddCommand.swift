import ArgumentParser
import Gateway

/// Registers ours.
struct WebhooksAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Register our webhook on the bridges, as the running gateway does by itself.",
        discussion: """
            Afterwards exactly one entry is ours: at the right address, for all events. Ours at a wrong address are \
            replaced and duplicates removed; those of others are never touched. The address is webhook.advertise of the \
            configuration, or that of this machine on the way to the bridge.

            --json prints {"locks":[…]}: for each lock, bridge, dry_run, result (right, registered or replaced), url, id, \
            removed (ids), foreign (how many of others) and error.

            EXAMPLES
              loqed-gateway webhooks add
              loqed-gateway webhooks add front_door --dry-run

            \(WebhooksCommand.exitCodes)
            """
    )

    @OptionGroup var source: ConfigurationOptions

    @Flag(help: "Only show what would be done.")
    var dryRun = false

    @Flag(help: "Print one JSON document.")
    var json = false

    @Argument(help: ArgumentHelp("The locks; all when none is named.", valueName: "lock"))
    var locks: [String] = []

    func run() async throws {
        let isDry = dryRun
        let results = await (try WebhookSelection(source, locks: locks))
            .perform { clerk, subject throws(WebhookTrouble) in try await clerk.add(subject, isDry: isDry) }
        if json { StandardOutput.show(WebhookListDocument.text(results)) }
        try WebhookSelection.report(results) { json ? nil : $0.description }
    }
}
