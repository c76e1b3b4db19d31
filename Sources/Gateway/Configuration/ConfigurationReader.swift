/// Reads a tree of YAML into values, and collects every mistake on the way.
///
/// Each `read…` returns a stand-in after a mistake, so that the next mistake is found too; nothing of it is used then.
final class ConfigurationReader {
    let fileName: String
    let environment: LaunchEnvironment
    private(set) var problems: [ConfigurationProblem] = []
    private var knownVariables: Set<String> = ["LOQED_GATEWAY_CONFIG"]

    init(fileName: String, environment: LaunchEnvironment) {
        self.fileName = fileName
        self.environment = environment
    }

    func complain(_ key: String, at origin: ConfigurationProblem.Origin, _ reason: String, remedy: String? = nil) {
        problems.append(ConfigurationProblem(origin: origin, key: key, reason: reason, remedy: remedy))
    }

    func origin(_ position: SourcePosition) -> ConfigurationProblem.Origin { .file(fileName, position) }

    /// One value that somebody wrote, in the file or in the environment.
    struct Entry {
        let key: String
        let text: String
        let origin: ConfigurationProblem.Origin
    }

    /// A mapping whose members are asked for one by one; the ones nobody asked for are unknown.
    final class Section {
        let path: String
        let position: SourcePosition
        let reader: ConfigurationReader
        private let members: [YAMLNode.Member]
        private let takesVariables: Bool
        private var known: [String] = []

        init(_ reader: ConfigurationReader, path: String, node: YAMLNode?, takesVariables: Bool) {
            self.reader = reader
            self.path = path
            self.takesVariables = takesVariables
            position = node?.position ?? SourcePosition(line: 1, column: 1)
            switch node?.content {
            case .mapping(let members): self.members = members
            case nil: members = []
            case .scalar, .list:
                members = []
                if let node, !node.isEmpty {
                    reader.complain(path, at: reader.origin(node.position), "is not a section of keys and values")
                }
            }
            var seen: [String: SourcePosition] = [:]
            for member in members {
                if let first = seen[member.key] {
                    let reason = "stands here a second time; the first is in line \(first.line)"
                    reader.complain(key(member.key), at: reader.origin(member.keyPosition), reason)
                } else {
                    seen[member.key] = member.keyPosition
                }
            }
        }

        func key(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

        /// The value behind a key, if anything stands there.
        func node(_ name: String) -> YAMLNode? {
            known.append(name)
            return members.first { $0.key == name }?.value
        }

        func position(of name: String) -> SourcePosition {
            members.first { $0.key == name }?.keyPosition ?? position
        }

        func section(_ name: String) -> Section? {
            guard let node = node(name) else {
                guard takesVariables, reader.environment.variables.keys.contains(where: { $0.hasPrefix(variable(name) + "_") })
                else { return nil }
                return Section(reader, path: key(name), node: nil, takesVariables: true)
            }
            return Section(reader, path: key(name), node: node, takesVariables: takesVariables)
        }

        /// A single value; the environment comes before the file.
        func entry(_ name: String) -> Entry? {
            let node = node(name)
            let variable = variable(name)
            if takesVariables {
                reader.knownVariables.insert(variable)
                if let text = reader.environment.variables[variable] {
                    return Entry(key: key(name), text: text, origin: .variable(variable))
                }
            }
            guard let node else { return nil }
            guard case .scalar(let text, _) = node.content, !node.isEmpty else {
                let reason = node.isEmpty ? "has no value" : "is not a single value"
                reader.complain(key(name), at: reader.origin(node.position), reason)
                return nil
            }
            return Entry(key: key(name), text: text, origin: reader.origin(node.position))
        }

        func complain(_ name: String, _ reason: String, remedy: String? = nil) {
            reader.complain(key(name), at: reader.origin(position(of: name)), reason, remedy: remedy)
        }

        /// Reports every key that nobody asked for.
        func finish() {
            for member in members where !known.contains(member.key) {
                let nearest = Spelling.nearest(to: member.key, among: known)
                reader.complain(
                    key(member.key),
                    at: reader.origin(member.keyPosition),
                    "is not a key that the gateway knows",
                    remedy: nearest.map { "did you mean \"\($0)\"?" } ?? "possible here: \(known.joined(separator: ", "))"
                )
            }
        }

        private func variable(_ name: String) -> String {
            "LOQED_GATEWAY_" + key(name).uppercased().replacing(".", with: "_")
        }
    }

    /// Reports variables that look like ours and are not.
    func finishVariables() {
        for name in environment.variables.keys.sorted() where name.hasPrefix("LOQED_GATEWAY_") {
            guard !knownVariables.contains(name) else { continue }
            let nearest = Spelling.nearest(to: name, among: knownVariables.sorted())
            complain(
                "",
                at: .variable(name),
                "is not a variable that the gateway knows",
                remedy: nearest.map { "did you mean \($0)?" }
            )
        }
    }
}

/// Finds what somebody may have meant.
enum Spelling {
    /// The candidate that differs by the fewest letters, if by few enough.
    static func nearest(to word: String, among candidates: [String]) -> String? {
        let scored = candidates.map { (distance(word, $0), $0) }.min { $0.0 < $1.0 }
        guard let (distance, candidate) = scored, distance <= max(1, word.count / 3) else { return nil }
        return candidate
    }

    private static func distance(_ left: String, _ right: String) -> Int {
        let right = Array(right)
        var row = Array(0...right.count)
        for (index, letter) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in right.indices {
                let cost = letter == right[column] ? diagonal : min(diagonal, row[column], row[column + 1]) + 1
                diagonal = row[column + 1]
                row[column + 1] = cost
            }
        }
        return row[right.count]
    }
}
