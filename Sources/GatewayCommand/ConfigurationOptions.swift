import ArgumentParser
import Gateway

/// How every subcommand that needs the configuration finds it.
struct ConfigurationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            The configuration file (default: $LOQED_GATEWAY_CONFIG, else \(ConfigurationFile.defaultPath), else \
            \(ConfigurationFile.installedPath)).
            """,
            valueName: "file"
        )
    )
    var config: String?

    @Option(
        help: ArgumentHelp(
            "A key in place of the one in the file and in the environment: --set mqtt.host=192.168.1.5.",
            valueName: "key=value"
        )
    )
    var set: [String] = []

    /// The file that is meant; says so where that is in doubt.
    func file(in environment: LaunchEnvironment) -> ConfigurationFile {
        let file = ConfigurationFile(option: config, assignments: set.map { KeyAssignment($0) }, in: environment)
        file.tellDoubt()
        return file
    }

    /// Loads the configuration, or prints every mistake and ends with the exit code that says what kind they are.
    func load(in environment: LaunchEnvironment) throws(ExitCode) -> GatewayConfiguration {
        try read(in: environment).configuration
    }

    /// The same, with what there is to say about it.
    func read(in environment: LaunchEnvironment) throws(ExitCode) -> LoadedConfiguration {
        try file(in: environment).readOrEnd(in: environment)
    }
}

extension ConfigurationFile {
    /// Prints what there is to doubt about the choice of the file.
    func tellDoubt() {
        guard let doubt else { return }
        var standardError = StandardError()
        print("loqed-gateway: \(doubt)", to: &standardError)
    }

    /// Reads it, or prints every mistake and ends with the exit code that says what kind they are.
    func readOrEnd(in environment: LaunchEnvironment) throws(ExitCode) -> LoadedConfiguration {
        do {
            return try read(in: environment)
        } catch {
            var standardError = StandardError()
            print(error, to: &standardError)
            throw ExitCode(error.exitCode)
        }
    }
}
