import ArgumentParser
import Gateway

/// How every subcommand that needs the configuration finds it.
struct ConfigurationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The configuration file (default: $LOQED_GATEWAY_CONFIG, else \(ConfigurationFile.defaultPath)).",
            valueName: "file"
        )
    )
    var config: String?

    func file(in environment: LaunchEnvironment) -> ConfigurationFile {
        ConfigurationFile(option: config, in: environment)
    }

    /// Loads the configuration, or prints every mistake and ends with the exit code that says what kind they are.
    func load(in environment: LaunchEnvironment) throws(ExitCode) -> GatewayConfiguration {
        do {
            return try file(in: environment).load(in: environment)
        } catch {
            var standardError = StandardError()
            print(error, to: &standardError)
            throw ExitCode(error.exitCode)
        }
    }
}
