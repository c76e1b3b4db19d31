/// One thing that somebody has to change in the configuration.
///
/// Never carries the value of a secret.
package struct ConfigurationProblem: Hashable, Sendable, CustomStringConvertible {
    /// Where the mistake stands.
    package enum Place: Hashable, Sendable {
        case file(path: String, FilePosition)
        /// The name of an environment variable.
        case variable(String)
        /// An option of the command line, as it is written.
        case option(String)
        /// A key that was given with `--set`.
        case assignment(String)
    }

    package let place: Place
    /// Such as `locks[1].bridge`.
    ///
    /// Empty where it concerns the file as a whole, or its grammar.
    package let keyPath: String
    /// Ends the sentence that the key path begins: "is missing".
    package let reason: String
    /// What to do, or a right value: a sentence of its own.
    package let remedy: String

    package init(place: Place, keyPath: String, reason: String, remedy: String) {
        self.place = place
        self.keyPath = keyPath
        self.reason = reason
        self.remedy = remedy
    }

    /// As compilers say it: `gateway.yaml:12:9: locks[0].bridge: is missing`, and the remedy on a line below.
    package var description: String {
        let subject = keyPath.isEmpty ? "" : "\(keyPath): "
        return "\(place): \(subject)\(reason)\n    \(remedy)"
    }
}

extension ConfigurationProblem.Place: CustomStringConvertible {
    package var description: String {
        switch self {
        case .file(let path, let position): "\(path):\(position.line):\(position.column)"
        case .variable(let name), .option(let name): name
        case .assignment(let key): "--set \(key)"
        }
    }
}

extension ConfigurationProblem: Comparable {
    /// In the order of the file; then the variables and options, by name.
    package static func < (left: ConfigurationProblem, right: ConfigurationProblem) -> Bool {
        left.sortKey < right.sortKey
    }

    private var sortKey: (other: String, place: FilePosition, path: String, reason: String, remedy: String) {
        switch place {
        case .file(_, let position): ("", position, keyPath, reason, remedy)
        case .variable, .option, .assignment: (place.description, .start, keyPath, reason, remedy)
        }
    }
}
