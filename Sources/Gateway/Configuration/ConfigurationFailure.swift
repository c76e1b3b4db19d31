/// Why there is no configuration.
package enum ConfigurationFailure: Error, Hashable {
    /// Name another file, or let us read it.
    case unreadable(path: String, FileFailure)
    /// Edit the file or the environment. All mistakes there are, in the order of the file.
    case invalid([ConfigurationProblem])

    /// What the process ends with: `EX_NOINPUT` or `EX_CONFIG` of `sysexits.h`.
    package var exitCode: Int32 {
        switch self {
        case .unreadable: 66
        case .invalid: 78
        }
    }
}

extension ConfigurationFailure: CustomStringConvertible {
    private static let shownProblems = 100
    private static let namingTheFile = "Name the file with --config FILE or in LOQED_GATEWAY_CONFIG"

    /// What a person reads in the terminal: several lines, without a newline at the end.
    package var description: String {
        switch self {
        case .unreadable(let path, let failure):
            return "\(path): \(failure)\n    \(Self.remedy(for: failure, of: path))"
        case .invalid(let problems):
            let hidden = problems.count - Self.shownProblems
            let rest = hidden > 0 ? ["... and \(hidden) more"] : []
            return (problems.prefix(Self.shownProblems).map(\.description) + rest).joined(separator: "\n")
        }
    }

    /// What to do about a configuration that cannot be read: sentences.
    static func remedy(for failure: FileFailure, of path: String) -> String {
        switch failure {
        case .missing where path == ConfigurationFile.defaultPath:
            """
            Without a name it is \(ConfigurationFile.defaultPath) in this folder, else \(ConfigurationFile.installedPath). \
            \(namingTheFile), or write one: loqed-gateway setup
            """
        case .missing: "\(namingTheFile), or write one: loqed-gateway setup"
        case .forbidden: "It holds keys, so others may not: use sudo, or be the user that the gateway runs as."
        case .notAFile, .failed: "\(namingTheFile)."
        }
    }
}
