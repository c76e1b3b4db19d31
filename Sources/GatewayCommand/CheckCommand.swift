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
            Reads the configuration file, the LOQED_GATEWAY_ variables and the --set options over it, and the files it \
            names. Nothing is connected to, and nothing is changed. Secrets are never shown.

            Warnings, such as a secret that every user of this machine can read, do not change the exit code.

            With --json: an object with the keys file, good, summary, problems and warnings (lists of objects with file, \
            line, column, source, key, reason and remedy) and settings (null without --print, else a list of objects \
            with key, value, secret and origin).

            EXAMPLES
              loqed-gateway check
              loqed-gateway check --config /etc/loqed-gateway/gateway.yaml --print
              loqed-gateway check --set log.level=debug --json
              LOQED_GATEWAY_MQTT_HOST=192.168.1.5 loqed-gateway check

            Exit codes: 0 the configuration is good, 78 it has mistakes, 66 the file cannot be read.
            """
    )

    @OptionGroup var source: ConfigurationOptions

    @Flag(name: .customLong("print"), help: "Print the effective configuration, each value with where it comes from.")
    var isPrinting = false

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let environment = LaunchEnvironment.live()
        let verdict = ConfigurationVerdict(source.file(in: environment), in: environment)
        if json {
            StandardOutput.show(verdict.json(printing: isPrinting))
        } else {
            if let text = verdict.text(printing: isPrinting) { StandardOutput.show(text) }
            var standardError = StandardError()
            if let complaint = verdict.complaint { print(complaint, to: &standardError) }
        }
        if verdict.exitCode != 0 { throw ExitCode(verdict.exitCode) }
    }
}
