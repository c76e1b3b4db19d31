import ArgumentParser
import Gateway

/// How a command finds the broker of the running gateway.
struct BrokerOptions: ParsableArguments {
    @OptionGroup var source: ConfigurationOptions

    @Option(
        help: ArgumentHelp(
            "The broker, in place of a configuration: for a machine or a user without the gateway's files.",
            valueName: "host[:port]"
        )
    )
    var broker: String?

    @Option(help: ArgumentHelp("A user of the broker (default: the gateway's own).", valueName: "name"))
    var username: String?

    @Option(help: ArgumentHelp("The file that holds that user's password, and nothing else.", valueName: "file"))
    var passwordFile: String?

    @Option(help: ArgumentHelp("What the gateway's topics begin with, with --broker.", valueName: "topic"))
    var baseTopic: String?

    @Option(help: ArgumentHelp("Use TLS, and trust the authorities in this file, with --broker.", valueName: "file"))
    var caFile: String?

    func validate() throws {
        if broker == nil, baseTopic != nil || caFile != nil {
            throw ValidationError("--base-topic and --ca-file go with --broker; else the configuration says them")
        }
        if broker != nil, source.config != nil { throw ValidationError("--broker is in place of --config") }
        if let caFile, ShownPath.isSecret(caFile) { throw ValidationError(Self.noFile("--ca-file")) }
        if passwordFile != nil, username == nil { throw ValidationError("--password-file goes with --username") }
        if let broker, NetworkAddress(broker, defaultPort: 1883) == nil {
            throw ValidationError("--broker is not a host with or without a port")
        }
    }

    static func noFile(_ option: String) -> String { "\(option) is not the name of a file but looks like a secret" }

    /// A client of that broker.
    func visit() throws -> GatewayVisit {
        let choice = BrokerChoice(
            address: broker.flatMap { NetworkAddress($0, defaultPort: caFile == nil ? 1883 : 8883) },
            baseTopic: baseTopic,
            caFile: caFile,
            username: username,
            passwordFile: passwordFile.map { SecretFileOption("--password-file", path: $0) }
        )
        choice.passwordFile?.warn()
        let name = String(UInt64.random(in: 0...UInt64.max), radix: 36)
        let mqtt = try settings(choice)
        return GatewayVisit(BrokerVisit(mqtt, hasNamedLogin: choice.hasNamedLogin, name: name, time: .live()))
    }

    private func settings(_ choice: BrokerChoice) throws(ExitCode) -> GatewayConfiguration.MQTT {
        do throws(ConfigurationFailure) {
            return try choice.settings(else: source.file(in: .live()), in: .live())
        } catch {
            var standardError = StandardError()
            print(error, to: &standardError)
            throw ExitCode(error.exitCode)
        }
    }
}

extension ClientTrouble {
    /// Prints what is wrong; the process ends with what is returned.
    func reported() -> ExitCode {
        var standardError = StandardError()
        print("loqed-gateway: \(self)", to: &standardError)
        return ExitCode(code.rawValue)
    }
}
