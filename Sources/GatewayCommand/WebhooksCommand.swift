import ArgumentParser

/// The commands that look after the webhooks on bridges.
struct WebhooksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhooks",
        abstract: "See and mend what the bridges call when something happens.",
        discussion: """
            A bridge keeps a list of addresses that it calls with every event, one after another. The gateway registers \
            its own there and keeps it right by itself. What others left behind stays until somebody removes it, and \
            each target that does not answer delays every event.

            EXAMPLES
              loqed-gateway webhooks list
              loqed-gateway webhooks add front_door --dry-run
              loqed-gateway webhooks remove front_door --id 2 --yes
            """,
        subcommands: [WebhooksListCommand.self, WebhooksAddCommand.self, WebhooksRemoveCommand.self]
    )

    /// What every one of them ends with.
    static let exitCodes = """
        Exit codes: 0 done, 64 called wrongly, 65 the list cannot be read or changed, 66 the configuration file \
        cannot be read, 69 the bridge cannot be reached, 73 the bridge takes no more webhooks, 77 the bridge does not \
        accept the key, 78 the configuration or the key's file has mistakes, or no address is one that the bridge \
        could call. Of several bridges all are tried, and the worst decides: 78, then 77, 73, 65, 69.
        """
}
