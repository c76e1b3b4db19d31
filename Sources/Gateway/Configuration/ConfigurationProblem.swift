/// One mistake in the configuration, for the person who has to mend it. Never carries the value of a secret.
package struct ConfigurationProblem: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Origin: Hashable, Sendable {
        case file(String, SourcePosition)
        case variable(String)
    }

    package let origin: Origin
    /// Such as `locks[1].bridge`; empty when the whole file is meant.
    package let key: String
    package let reason: String
    /// What to write instead.
    package let remedy: String?

    /// `gateway.yaml:12:9: locks[1].bridge: is not …` and, on a line of its own, the remedy.
    package var description: String {
        let place =
            switch origin {
            case .file(let file, let position): "\(file):\(position.line):\(position.column): "
            case .variable(let name): "environment \(name): "
            }
        let subject = key.isEmpty ? "" : "\(key): "
        return place + subject + reason + (remedy.map { "\n    \($0)" } ?? "")
    }

    fileprivate var order: (Int, Int, Int, String) {
        switch origin {
        case .file(_, let position): (0, position.line, position.column, key)
        case .variable(let name): (1, 0, 0, name)
        }
    }
}

/// All mistakes of a configuration, in the order in which they stand in the file.
package struct ConfigurationProblems: Error, Sendable, CustomStringConvertible {
    package let all: [ConfigurationProblem]

    package init(_ all: [ConfigurationProblem]) { self.all = all.sorted { $0.order < $1.order } }

    package var description: String { all.map(\.description).joined(separator: "\n") }
}
