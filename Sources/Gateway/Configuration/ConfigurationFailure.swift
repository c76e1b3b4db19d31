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
    static let namingTheFile = "Name the file with --config FILE or in LOQED_GATEWAY_CONFIG."

    /// What a person reads in the terminal: several lines, without a newline at the end.
    package var description: String {
        switch self {
        case .unreadable(let path, let failure):
            return "\(path): \(failure)\n    \(Self.namingTheFile)"
        case .invalid(let problems):
            let hidden = problems.count - Self.shownProblems
            let rest = hidden > 0 ? ["... and \(hidden) more"] : []
            return (problems.prefix(Self.shownProblems).map(\.description) + rest).joined(separator: "\n")
        }
    }
}
