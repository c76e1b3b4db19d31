import FoundationEssentials
import Gateway
import GatewayTestSupport
import LockMessages
import Testing

@Suite struct `The schema of the configuration` {
    /// What a schema cannot know: other places that give a key, files, comparisons, limits of durations, and how a value
    /// is spelt that YAML has read already.
    private static let beyondSchema: Set<String> = [
        "a client certificate without its key",
        "a client key without its certificate, and an empty authority",
        "a key file that holds something else", "a key number in octal", "a key twice",
        "a listener for health at the place of the webhooks'", "a listener for health without an address",
        "a password file that is not there", "a password without a username", "a time that is not of whole seconds",
        "a tolerance of minutes", "an anchor and its alias", "no broker", "the same lock twice",
        "two names for one key",
        "a time that is too short",
    ]

    private static let path = "\(Contract.root)/docs/schema/gateway.schema.json"

    /// What an editor would say of each text, by its number.
    private static func judge(_ texts: [[UInt8]]) async throws -> [String] {
        let folder = TemporaryFolder()
        for (number, text) in texts.enumerated() {
            try Data(text).write(to: URL(filePath: "\(folder.path)/\(1_000_000 + number)"))
        }
        let results = TemporaryFolder()
        let output = "\(results.path)/output"
        let script = "\(Contract.root)/Tests/GatewayTests/Peers/judge.py"
        // Debian's, which has Debian's jsonschema and yaml.
        let judge = try ChildProcess("/usr/bin/python3", [script, path, folder.path], output: output)
        let code = await judge.ended()
        let text = TemporaryFolder.read(output)
        try #require(code == 0, "\(text)\nIt takes Debian's python3-jsonschema and python3-yaml.")
        let lines = text.split(separator: "\n")
        try #require(lines.count == texts.count, "\(text)")
        return lines.map { String($0.split(separator: "\t", maxSplits: 1)[1]) }
    }

    @Test func `finds what the gateway finds, as far as a schema can`() async throws {
        let broken = BrokenConfiguration.all
        let verdicts = try await Self.judge(broken.map(\.fixture.bytes))
        for (configuration, verdict) in zip(broken, verdicts) {
            let isBeyond = Self.beyondSchema.contains(configuration.testDescription)
            #expect((verdict == "good") == isBeyond, "\(configuration.testDescription): \(verdict)")
        }
        let names = Set(broken.map(\.testDescription))
        #expect(Self.beyondSchema.subtracting(names) == [])
    }

    @Test func `finds nothing that the gateway takes`() async throws {
        let shipped = try ConfigurationFixture.shipped()
        let everyKey = String(decoding: shipped.bytes, as: UTF8.self).split(separator: "\n").map { line in
            line.wholeMatch(of: /( +)# ([a-z_]+:.*)/).map { "\($0.output.1)\($0.output.2)" } ?? String(line)
        }.joined(separator: "\n")
        let portal = """
            mqtt: {host: 10.0.0.5, protocol: 5, port: "1883", tls: }
            home_assistant: {discovery: On}
            log: {level: WARNING}
            webhook:
            admin: {listen: "[::1]:8098"}
            locks:
              - id: 12
                name: 12
                integration_file: front.json
                commands: []
              - id: back
                name: Back
                integration_file: back.json
                bridge: 12:34:56:78:90:12
                key_names:
              - {id: c, name: C, bridge: "[fd00::50]:80", bridge_key_file: a.txt, key_secret_file: b.txt, local_key_id: "0"}
            """
        let files = [
            "mqtt.password": "x", "ca.pem": "x", "client.pem": "x", "client.key": "x",
            "a.txt": ConfigurationFixture.bridgeKey, "b.txt": ConfigurationFixture.keySecret,
            "front.json": `The integration information of LOQED's portal`.portal,
            "back.json": `The integration information of LOQED's portal`.portal,
        ]
        let good = [ConfigurationFixture(), shipped, ConfigurationFixture(everyKey), ConfigurationFixture(portal)]
        for fixture in good { #expect(fixture.with(files).output.hasPrefix("good")) }
        #expect(try await Self.judge(good.map(\.bytes)) == ["good", "good", "good", "good"])
    }

    @Test func `finds what is wrong with a lock's keys`() async throws {
        let lock = "locks: [{id: a, name: A, bridge: b, bridge_key_file: c, key_secret_file: d, local_key_id: 1"
        let texts = [
            lock + "}]", lock + ", integration_file: x}]", lock + ", bridge_key: x}]",
            "locks: [{id: a, name: A, integration_file: x, local_key_id: 1}]", "locks: [{id: a, name: A, bridge: b}]",
            "locks: []", "{}",
        ]
        let verdicts = try await Self.judge(texts.map { Array($0.utf8) })
        #expect(verdicts.map { $0 == "good" } == [true] + Array(repeating: false, count: 6))
    }

    // MARK: Keys

    private static func section(_ path: [String]) throws -> AnyJSON {
        let schema = try AnyJSON(Array(try Data(contentsOf: URL(filePath: Self.path))))
        return try path.reduce(schema) { try #require($0.members?[$1]) }
    }

    /// The gateway itself says which keys there are, when it meets one that is not.
    @Test(arguments: [
        ("zzzzzzzzzzzz: 1\n", []), ("mqtt: {zzzzzzzzzzzz: 1}\n", ["mqtt"]),
        ("mqtt: {tls: {zzzzzzzzzzzz: 1}}\n", ["mqtt", "properties", "tls"]),
        ("home_assistant: {zzzzzzzzzzzz: 1}\n", ["home_assistant"]), ("webhook: {zzzzzzzzzzzz: 1}\n", ["webhook"]),
        ("admin: {zzzzzzzzzzzz: 1}\n", ["admin"]), ("log: {zzzzzzzzzzzz: 1}\n", ["log"]),
        ("supervision: {zzzzzzzzzzzz: 1}\n", ["supervision"]),
        ("locks: [{zzzzzzzzzzzz: 1}]\n", ["locks", "items"]),
    ])
    func `has every key, and no other`(question: String, path: [String]) throws {
        let answer = try #require(ConfigurationFixture(question).output.firstMatch(of: /Keys here: (.*)/))
        let known = Set(answer.output.1.split(separator: ", ").map(String.init))
        let written = try Self.section((path.isEmpty ? [] : ["properties"] + path) + ["properties"])
        let members = try #require(written.members)
        #expect(Set(members.keys) == known)
        for (key, value) in members { #expect(value.members?["description"] != nil, "\(key) is not described") }
    }

    @Test func `shows the defaults that count`() throws {
        let locks = try #require(ConfigurationFixture.good.firstRange(of: "locks:"))
        let text = "mqtt: {host: a}\n" + ConfigurationFixture.good[locks.lowerBound...]
        let json = try AnyJSON(Array(ConfigurationFixture(text).verdict.json(printing: true).utf8))
        var compared = 0
        for setting in try #require(json["settings"]?.items) {
            guard setting["origin"]?["kind"] == .text("default"), case .text(let key)? = setting["key"] else {
                continue
            }
            let path = key.replacing("locks[0]", with: "locks").split(separator: ".").map(String.init)
            let steps =
                path[0] == "locks"
                ? ["locks", "items", "properties", path[1]] : Array(path.map { [$0] }.joined(separator: ["properties"]))
            #expect(try Self.section(["properties"] + steps)["default"] == setting["value"], "\(key)")
            compared += 1
        }
        #expect(compared == 19)
    }
}
