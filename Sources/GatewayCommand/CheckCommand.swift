import ArgumentParser
import Gateway

/// Says whether the gateway could run with this configuration.
///
/// Opens no connection.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check the configuration, and show every mistake with its place.",
        discussion: """
            Reads the configuration file, the LOQED_GATEWAY_ variables over it and the files it names. \
            Nothing is connected to, and nothing is changed.

            Examples:
              loqed-gateway check
              loqed-gateway check --config /etc/loqed-gateway/gateway.yaml
              LOQED_GATEWAY_MQTT_HOST=192.168.1.5 loqed-gateway check

            Exit codes: 0 the configuration is good, 78 it has mistakes, 66 the file cannot be read.
            """
    )

    @OptionGroup var source: ConfigurationOptions

    func run() throws {
        let environment = LaunchEnvironment.live()
        let configuration = try source.load(in: environment)
        print("\(source.file(in: environment).path) is good: \(configuration.summary)")
    }
}
