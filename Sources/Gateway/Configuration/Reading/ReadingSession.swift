/// One reading of a configuration: the outside world it may ask, and the problems found so far.
///
/// A class, so that the readers of all sections report to the same list. Lives within one call and is never shared.
final class ReadingSession {
    private static let variablePrefix = "LOQED_GATEWAY_"

    private let path: String
    private let environment: LaunchEnvironment
    private(set) var problems: [ConfigurationProblem] = []
    /// Without their prefix.
    private var knownVariables: Set<String> = ["CONFIG"]

    init(path: String, environment: LaunchEnvironment) {
        self.path = path
        self.environment = environment
    }

    /// Reads the top of the document, and then says which variables nobody asked for.
    func root<Value>(_ node: YAMLNode, _ read: (inout SectionReader) -> Value) -> Value {
        var reader = SectionReader(node, at: .start, keyPath: "", isOverridable: true, session: self)
        let value = read(&reader)
        reader.reportUnknownKeys()
        reportUnknownVariables()
        return value
    }

    func report(_ place: ConfigurationProblem.Place, _ keyPath: String, _ reason: String, _ remedy: String) {
        problems.append(ConfigurationProblem(place: place, keyPath: keyPath, reason: reason, remedy: remedy))
    }

    func report(_ mistake: YAMLMistake) {
        report(place(mistake.position), "", mistake.reason, mistake.remedy)
    }

    func place(_ position: FilePosition) -> ConfigurationProblem.Place { .file(path: path, position) }

    /// The variable that overrides this key, if it is set.
    func variable(for keyPath: String) -> Setting? {
        let name = keyPath.split(separator: ".").joined(separator: "_").uppercased()
        knownVariables.insert(name)
        let variable = Self.variablePrefix + name
        return environment.variables[variable].map { Setting(text: $0, place: .variable(variable), keyPath: keyPath) }
    }

    /// The path of a file as seen from the working directory.
    ///
    /// A relative one counts from the configuration's folder.
    func resolve(_ file: String) -> String {
        guard !file.hasPrefix("/"), let slash = path.lastIndex(of: "/") else { return file }
        return path[...slash] + file
    }

    /// The bytes of a file, one more than the maximum when it exceeds that.
    func read(_ resolvedFile: String, maximum: Int) throws(FileFailure) -> [UInt8] {
        try environment.read(resolvedFile, maximum + 1)
    }

    private func reportUnknownVariables() {
        for variable in environment.variables.keys where variable.hasPrefix(Self.variablePrefix) {
            let name = String(variable.dropFirst(Self.variablePrefix.count))
            guard !knownVariables.contains(name) else { continue }
            let nearest = WordDistance(of: name).nearest(of: knownVariables)
            report(
                .variable(Self.variablePrefix + ShownName(name).text),
                "",
                "is not a variable of the gateway",
                nearest.map { "Did you mean \(Self.variablePrefix)\($0)?" } ?? "Unset it."
            )
        }
    }
}
