import ArgumentParser
import Gateway

/// The command's root.
struct LoqedGateway: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loqed-gateway",
        abstract: "LOQED smart locks as first-class citizens of MQTT.",
        discussion: """
            Try it without a lock: "loqed-gateway simulate" in one terminal, "loqed-gateway run" in another, \
            with a broker on 127.0.0.1:1883 and the gateway.yaml that came with it.
            """,
        version: GatewayVersion.current,
        subcommands: [
            RunCommand.self, SetupCommand.self, CheckCommand.self, DoctorCommand.self, StatusCommand.self,
            WatchCommand.self, LockCommand.self, UnlockCommand.self, OpenCommand.self, ExplainCommand.self,
            HealthCommand.self, DiscoverCommand.self, WebhooksCommand.self, ACLCommand.self, SupportBundleCommand.self,
            SimulateCommand.self,
        ]
    )
}
