import ArgumentParser
import Gateway

/// `loqed-gateway check`
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check the configuration and report every mistake in it.",
        discussion: """
            Ends with 0 when all is well, 78 when something is wrong with the configuration, 66 when it cannot be read.

            EXAMPLES
              loqed-gateway check
              loqed-gateway check --config /etc/loqed-gateway/gateway.yaml
            """
    )

    @OptionGroup var option: ConfigurationOption

    func run() async throws {
        let (configuration, name) = try option.load()
        let locks = configuration.locks.count == 1 ? "1 lock" : "\(configuration.locks.count) locks"
        let broker = "\(configuration.mqtt.host):\(configuration.mqtt.port)"
        Terminal.say("\(name) is good: \(locks), broker \(broker)")
    }
}
