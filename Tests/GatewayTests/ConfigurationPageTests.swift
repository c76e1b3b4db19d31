import FoundationEssentials
import GatewayTestSupport
import Testing

@testable import Gateway

/// The page of the configuration, against the schema, which is held against the reader.
@Suite struct `The page of the configuration` {
    private static func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: "\(Contract.root)/\(path)")), as: UTF8.self)
    }

    /// A row for each key below a section, by key.
    private static func rows(below prefix: String, _ section: AnyJSON) -> [String: String] {
        var rows: [String: String] = [:]
        for (key, value) in section["properties"]?.members ?? [:] {
            let path = prefix + key
            if value["properties"] != nil {
                rows.merge(Self.rows(below: path + ".", value)) { $1 }
            } else if let items = value["items"], items["properties"] != nil {
                rows.merge(Self.rows(below: path + "[].", items)) { $1 }
            } else {
                let example = value["examples"]?.items?.first ?? value["default"]
                guard case .text(let meaning)? = value["description"] else { continue }
                rows[path] = "| `\(path)` |\(cell(value["default"]))|\(cell(example))| \(meaning) |"
            }
        }
        return rows
    }

    private static func cell(_ value: AnyJSON?) -> String {
        value.map { " `\(plain($0))` " } ?? " "
    }

    private static func plain(_ value: AnyJSON) -> String {
        switch value {
        case .text(let text): text
        case .integer(let number): "\(number)"
        case .flag(let flag): "\(flag)"
        case .list(let items): "[\(items.map(plain).joined(separator: ", "))]"
        case .object(let members):
            "{\(members.sorted { $0.key < $1.key }.map { "\($0.key): \(plain($0.value))" }.joined(separator: ", "))}"
        case .number, .null: "?"
        }
    }

    @Test func `has a row for every key, with its default, an example and its range, and no other`() throws {
        let schema = try AnyJSON(Array(try Self.text("docs/schema/gateway.schema.json").utf8))
        let wanted = Self.rows(below: "", schema)
        #expect(wanted.count == 38)
        let page = try Self.text("docs/configuration.md")
        let table = try #require(page.components("## Every key").last)
        let found = table.split(separator: "\n").filter { $0.hasPrefix("| `") }.map(String.init)
        #expect(Set(found).symmetricDifference(wanted.values) == [])
        #expect(found.count == wanted.count)
    }

    @Test func `is right that every key can be given without its section`() throws {
        let fixture = ConfigurationFixture().with(variables: ["LOQED_GATEWAY_ADMIN_LISTEN": "127.0.0.1:8098"])
        #expect(try fixture.load().admin == NetworkAddress(host: "127.0.0.1", port: 8098))
    }

    /// What the page says of a reload.
    @Test(arguments: [
        "mqtt.host=a", "mqtt.port=1", "mqtt.username=a", "mqtt.protocol=3.1.1", "mqtt.client_id=a", "mqtt.base_topic=a",
        "mqtt.keep_alive=20s", "mqtt.response_topic_prefix=a", "home_assistant.discovery=false",
        "home_assistant.discovery_prefix=a", "webhook.listen=127.0.0.1:1", "webhook.advertise=http://a:1",
        "webhook.timestamp_tolerance=10s", "admin.listen=127.0.0.1:2", "state_directory=a",
        "supervision.status_interval=2h", "supervision.status_interval_unproven=2m", "supervision.probe_interval=1m",
        "supervision.movement_timeout=1m", "supervision.internet_check=9.9.9.9:53",
    ])
    func `says what needs a restart`(assignment: String) throws {
        let key = assignment.prefix { $0 != "=" }
        let plan = ReloadPlan(
            from: try ConfigurationFixture().load(),
            to: try ConfigurationFixture().with(assignments: assignment).load()
        )
        #expect(plan.fixed.contains(String(key)), "\(plan.fixed)")
    }

    @Test(arguments: ["log.level=debug", "log.format=json"])
    func `says what does not`(assignment: String) throws {
        let plan = ReloadPlan(
            from: try ConfigurationFixture().load(),
            to: try ConfigurationFixture().with(assignments: assignment).load()
        )
        #expect(plan.fixed == [])
    }

    @Test func `tells a password from another, and shows neither`() throws {
        func loaded(_ password: String) throws -> GatewayConfiguration {
            try ConfigurationFixture.good(mqtt: "  username: a\n  password: \(password)").load()
        }
        #expect(ReloadPlan(from: try loaded("b"), to: try loaded("c")).fixed == ["mqtt.password"])
        #expect(ReloadPlan(from: try loaded("b"), to: try loaded("b")).fixed == [])
    }
}

extension String {
    fileprivate func components(_ separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}
