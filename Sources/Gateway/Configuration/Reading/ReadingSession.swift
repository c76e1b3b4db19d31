/// A file that holds a secret, and what every user of this machine may do with it.
struct SecretFile: Hashable, Sendable {
    let path: String
    let access: PublicAccess
}

/// One reading of a configuration: the outside world it may ask, and the problems found so far.
///
/// A class, so that the readers of all sections report to the same list. Lives within one call and is never shared.
final class ReadingSession {
    static let variablePrefix = "LOQED_GATEWAY_"

    private let path: String
    private let environment: LaunchEnvironment
    private let assignments: [KeyAssignment]
    private var found: [ConfigurationProblem] = []
    private var foundElsewhere: [ConfigurationProblem] = []
    /// What is not wrong and should still be changed.
    private(set) var warnings: [ConfigurationProblem] = []
    /// Files that hold a secret, in the order in which they were read.
    private(set) var secretFiles: [SecretFile] = []
    /// Where each key was given that counts, by its path; keys that nobody gave have none.
    private(set) var origins: [String: ConfigurationOrigin] = [:]
    /// Secrets that stand in the configuration file itself, where they are not the public ones of the simulator.
    private var secretsInFile: [FilePosition] = []
    /// Without their prefix.
    private var knownVariables: Set<String> = ["CONFIG"]
    private var knownPaths: Set<String> = []

    /// - Parameters:
    ///   - path: the file that is read.
    ///   - assignments: the keys that were given on the command line.
    ///   - environment: the outside world.
    init(path: String, assignments: [KeyAssignment] = [], environment: LaunchEnvironment) {
        self.path = path
        self.assignments = assignments
        self.environment = environment
    }

    /// In the order of the file; then variables and options; then other files, such as that of the portal.
    var problems: [ConfigurationProblem] { found.sorted() + foundElsewhere }

    /// Reads the top of the document, and then says which variables nobody asked for.
    func root<Value>(_ node: YAMLNode, _ read: (inout SectionReader) -> Value) -> Value {
        var reader = SectionReader(node, at: .start, keyPath: "", isOverridable: true, session: self)
        let value = read(&reader)
        reader.reportUnknownKeys()
        reportUnknownVariables()
        reportUnusableAssignments()
        if let first = secretsInFile.min() {
            warnOfAccess(to: path, from: place(first), "", "this file holds secrets and")
        }
        return value
    }

    func report(_ place: ConfigurationProblem.Place, _ keyPath: String, _ reason: String, _ remedy: String) {
        found.append(ConfigurationProblem(place: place, keyPath: keyPath, reason: reason, remedy: remedy))
    }

    func report(_ mistake: YAMLMistake) {
        report(place(mistake.position), "", mistake.reason, mistake.remedy)
    }

    /// Takes over what was found in another file that this one names.
    func adopt(_ other: ReadingSession) {
        foundElsewhere += other.problems
        warnings += other.warnings
        secretFiles += other.secretFiles
    }

    func place(_ position: FilePosition) -> ConfigurationProblem.Place { .file(path: path, position) }

    /// The same outside world for another file.
    func session(for other: String) -> ReadingSession { ReadingSession(path: other, environment: environment) }

    /// The variable or option that overrides this key, if there is one.
    func override(for keyPath: String) -> Setting? {
        knownPaths.insert(keyPath)
        let name = keyPath.split(separator: ".").joined(separator: "_").uppercased()
        knownVariables.insert(name)
        if let assignment = assignments.first(where: { $0.key == keyPath }), let value = assignment.value {
            return Setting(text: value, place: .assignment(keyPath), keyPath: keyPath)
        }
        let variable = Self.variablePrefix + name
        return environment.variables[variable].map { Setting(text: $0, place: .variable(variable), keyPath: keyPath) }
    }

    /// Notes where the value of a key comes from; text is what may be shown of it.
    func note(_ keyPath: String, from place: ConfigurationProblem.Place, text: String? = nil) {
        origins[keyPath] = ConfigurationOrigin(place: place, text: text)
    }

    func forgetOrigin(of keyPath: String) { origins[keyPath] = nil }

    // MARK: Files

    /// Where the state is kept without a word about it: beside the configuration, or where Debian wants it.
    var standardStateDirectory: String {
        let name = path.split(separator: "/").last ?? ""
        let isInstalled =
            path == ConfigurationFile.installedPath
            || environment.folder(path).map { "\($0)/\(name)" } == ConfigurationFile.installedPath
        return isInstalled ? ConfigurationFile.installedStateDirectory : "state"
    }

    /// The path of a file as seen from the working directory.
    ///
    /// A relative one counts from the configuration's folder.
    func resolve(_ file: String) -> String {
        guard !file.hasPrefix("/"), let slash = path.lastIndex(of: "/") else { return file }
        return path[...slash] + file
    }

    /// The folder of credentials that the service manager made for this process.
    var credentials: String? {
        environment.variables["CREDENTIALS_DIRECTORY"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    }

    /// The bytes of a file, one more than the maximum when it exceeds that.
    ///
    /// Only whoever sits at the command line can mean a pipe, `<(pass mqtt)` for example, and ends it; one that a file or
    /// a variable names would be waited for without an end.
    func read(_ resolvedFile: String, maximum: Int, maybeStream: Bool = false) throws(FileFailure) -> [UInt8] {
        guard maybeStream || !environment.isStream(resolvedFile) else { throw .notAFile }
        return try environment.read(resolvedFile, maximum + 1)
    }

    /// A secret stands in the configuration file itself, which therefore must not be read by everybody.
    func foundSecret(at place: ConfigurationProblem.Place) {
        if case .file(path, let position) = place { secretsInFile.append(position) }
    }

    /// Warns when every user of this machine can read or change a file.
    func warnOfAccess(
        to file: String,
        from place: ConfigurationProblem.Place,
        _ keyPath: String,
        _ subject: String
    ) {
        // Those that a container engine puts there have no other mode, and nobody else is in the container.
        let access = file.hasPrefix("/run/secrets/") ? [] : environment.access(file) ?? []
        if !secretFiles.contains(where: { $0.path == file }) {
            secretFiles.append(SecretFile(path: file, access: access))
        }
        guard !access.isEmpty else { return }
        let ability = access.contains(.writing) ? "changed" : "read"
        warnings.append(
            ConfigurationProblem(
                place: place,
                keyPath: keyPath,
                reason: "\(subject) can be \(ability) by every user of this machine",
                remedy: "chmod o= \(ShellWord(file))"
            )
        )
    }

    // MARK: What nobody asked for

    private func reportUnknownVariables() {
        for variable in environment.variables.keys where variable.hasPrefix(Self.variablePrefix) {
            let name = String(variable.dropFirst(Self.variablePrefix.count))
            guard !knownVariables.contains(name), !Self.isServiceLink(name) else { continue }
            let nearest = WordDistance(of: name).nearest(of: knownVariables)
            report(
                .variable(Self.variablePrefix + ShownName(name).text),
                "",
                "is not a variable of the gateway",
                nearest.map { "Did you mean \(Self.variablePrefix)\($0)?" } ?? "Unset it."
            )
        }
    }

    /// A variable that an orchestrator made of the name of a service.
    ///
    /// Kubernetes tells every container of its services so: a service `loqed-gateway` becomes
    /// `LOQED_GATEWAY_SERVICE_HOST` and some more. Nobody wrote them, and they mean nothing here.
    /// Source: Kubernetes' documentation, "Accessing the Service", environment variables.
    private static func isServiceLink(_ name: String) -> Bool {
        let words = name.split(separator: "_", omittingEmptySubsequences: false)
        return words == ["PORT"]
            || zip(words, words.dropFirst()).contains { first, second in
                first == "SERVICE" && ["HOST", "PORT"].contains(second)
                    || UInt16(first) != nil && ["TCP", "UDP"].contains(second)
            }
    }

    private func reportUnusableAssignments() {
        var seen: Set<String> = []
        for assignment in assignments {
            let place = ConfigurationProblem.Place.assignment(assignment.shownKey)
            if !seen.insert(assignment.key).inserted {
                report(place, "", "is given twice", "Remove one of the two.")
            } else if !knownPaths.contains(assignment.key) {
                let nearest = WordDistance(of: assignment.key).nearest(of: knownPaths)
                let remedy =
                    assignment.key.hasPrefix("locks")
                    ? "Locks are configured in the file alone."
                    : nearest.map { "Did you mean \($0)?" } ?? "A key is written with its section: mqtt.host"
                report(place, "", "is not a key of the configuration", remedy)
            } else if assignment.value == nil {
                report(place, "", "has no value", "Example: --set mqtt.host=192.168.1.5")
            }
        }
    }
}
