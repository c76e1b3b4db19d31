import FoundationEssentials
import Gateway

/// A configuration with files and variables that exist only here.
struct ConfigurationFixture {
    static let bridgeKey = "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA="
    static let keySecret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

    /// Nothing in it is wrong.
    ///
    /// Tests change one thing, and count lines in it.
    static let good = """
        mqtt:
          host: broker.local
          port: 1883
        webhook:
          listen: 0.0.0.0:8099
        locks:
          - id: front_door
            name: Front door
            bridge: 192.168.1.50
            bridge_key: "\(bridgeKey)"
            key_secret: "\(keySecret)"
            local_key_id: 3

        """

    var path = "gateway.yaml"
    var bytes: [UInt8]
    var files: [String: [UInt8]] = [:]
    var variables: [String: String] = [:]
    /// What stands behind each `--set`.
    var assignments: [String] = []
    /// What every user may do with a file.
    var access: [String: PublicAccess] = [:]

    init(_ text: String = good) { bytes = Array(text.utf8) }

    init(bytes: [UInt8]) { self.bytes = bytes }

    var environment: LaunchEnvironment {
        LaunchEnvironment(variables: variables, access: { [access] in access[$0] }) {
            [files, path, bytes] name, maximum throws(FileFailure) in
            guard let contents = name == path ? bytes : files[name] else { throw .missing }
            return Array(contents.prefix(maximum))
        }
    }

    var file: ConfigurationFile {
        ConfigurationFile(path: path, assignments: assignments.map { KeyAssignment($0) })
    }

    func load() throws(ConfigurationFailure) -> GatewayConfiguration { try file.load(in: environment) }

    var verdict: ConfigurationVerdict { ConfigurationVerdict(file, in: environment) }

    /// What a person reads: every problem, or that there is none.
    var output: String {
        do {
            return "good: \(try load().summary)"
        } catch {
            return error.description
        }
    }

    /// The configuration at the top of the repository.
    static func shipped() throws -> ConfigurationFixture {
        var file = URL(filePath: #filePath)
        for _ in 0..<3 { file.deleteLastPathComponent() }
        return ConfigurationFixture(bytes: Array(try Data(contentsOf: file.appending(path: "gateway.yaml"))))
    }
}

extension ConfigurationFixture {
    /// The good configuration with one line of it replaced.
    static func good(replacing line: String, with other: String) -> ConfigurationFixture {
        let lines = good.split(separator: "\n", omittingEmptySubsequences: false)
        precondition(lines.contains { $0 == line }, "the good configuration has no such line")
        return ConfigurationFixture(lines.map { $0 == line ? other : String($0) }.joined(separator: "\n"))
    }

    /// The good configuration with lines of the section `mqtt` behind its third line.
    static func good(mqtt lines: String) -> ConfigurationFixture {
        good(replacing: "  port: 1883", with: "  port: 1883\n" + lines)
    }

    /// The good configuration with further sections at its end, from line 13 on.
    static func good(appending text: String) -> ConfigurationFixture { ConfigurationFixture(good + text) }

    /// The same with files beside it.
    func with(_ files: [String: String]) -> ConfigurationFixture {
        var fixture = self
        fixture.files = files.mapValues { Array($0.utf8) }
        return fixture
    }

    /// The same with keys from the command line over it.
    func with(assignments: String...) -> ConfigurationFixture {
        var fixture = self
        fixture.assignments = assignments
        return fixture
    }

    /// The same with files that every user can use.
    func with(access: [String: PublicAccess]) -> ConfigurationFixture {
        var fixture = self
        fixture.access = access
        return fixture
    }

    /// The same with variables of the environment over it.
    func with(variables: [String: String]) -> ConfigurationFixture {
        var fixture = self
        fixture.variables = variables
        return fixture
    }
}
