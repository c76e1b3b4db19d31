import ArgumentParser
import Gateway
import Glibc

/// Where the process begins.
@main
enum Program {
    static func main() async {
        CrashPrivacy.begin()
        // A reader that has gone must not end the gateway; what only shows something notices it by itself.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try LoqedGateway.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            end(with: error)
        }
    }

    /// As the argument parser ends, but for what was typed where it does not belong: it may be a key or a password.
    private static func end(with error: any Error) -> Never {
        let code = LoqedGateway.exitCode(for: error)
        let text = TypedWords(CommandLine.arguments.dropFirst()).withoutSecrets(LoqedGateway.fullMessage(for: error))
        if !text.isEmpty {
            if code == .success {
                StandardOutput.show(text)
            } else {
                var standardError = StandardError()
                print(text, to: &standardError)
            }
        }
        exit(code.rawValue)
    }
}
