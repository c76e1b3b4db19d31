import Testing

@testable import Gateway

@Suite struct `A mistake in the configuration` {
    @Test(arguments: BrokenConfiguration.all)
    func `is shown with its place, its reason and a remedy`(_ broken: BrokenConfiguration) {
        #expect(broken.fixture.output == broken.output)
        #expect(broken.fixture.verdict.exitCode == 78)
    }

    @Test func `is of one of many kinds`() {
        #expect(BrokenConfiguration.all.count >= 50)
        #expect(Set(BrokenConfiguration.all.map(\.testDescription)).count == BrokenConfiguration.all.count)
    }

    @Test func `is not looked for in a good file`() {
        #expect(ConfigurationFixture().output == "good: 1 lock, broker broker.local:1883")
    }
}

struct BrokenConfiguration: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let fixture: ConfigurationFixture
    let output: String

    init(_ name: String, _ fixture: ConfigurationFixture, _ output: String) {
        testDescription = name
        self.fixture = fixture
        self.output = output
    }

    static let all = grammar + scalars + topics + mqtt + locks + keys

    private static let grammar = [
        BrokenConfiguration(
            "a tab for indentation",
            .good(replacing: "  port: 1883", with: "\tport: 1883"),
            """
            gateway.yaml:3:1: found a tab character that violates indentation while scanning a plain scalar that begins \
            in line 2
                YAML takes no tabs for indentation: use blanks.
            """
        ),
        BrokenConfiguration(
            "a forgotten colon",
            .good(replacing: "  port: 1883", with: "  port 1883"),
            """
            gateway.yaml:4:1: could not find expected ':' while scanning a simple key that begins in line 3
                Look at the indentation, the quotes and the blank after each colon, here and in the line above.
            """
        ),
        BrokenConfiguration(
            "a quote that never ends",
            .good(replacing: "    local_key_id: 3", with: "    local_key_id: \"3"),
            """
            gateway.yaml:13:1: found unexpected end of stream while scanning a quoted scalar that begins in line 12
                Look at the indentation, the quotes and the blank after each colon, here and in the line above.
            """
        ),
        BrokenConfiguration(
            "a control character",
            .good(replacing: "    name: Front door", with: "    name: Front\u{1} door"),
            """
            gateway.yaml:8:16: control characters are not allowed
                Look at the indentation, the quotes and the blank after each colon, here and in the line above.
            """
        ),
        BrokenConfiguration(
            "a second document",
            .good(appending: "---\nlog: {level: info}\n"),
            """
            gateway.yaml:13:1: begins a second document
                Remove the line `---`: a configuration is one document.
            """
        ),
        BrokenConfiguration(
            "an anchor and its alias",
            .good(appending: "supervision:\n  status_interval: &time 60s\n  probe_interval: *time\n"),
            """
            gateway.yaml:14:20: uses an anchor or an alias (`&` or `*`), which a configuration cannot have
                Write the value out; text that begins with `&` or `*` needs quotes.
            gateway.yaml:15:19: uses an anchor or an alias (`&` or `*`), which a configuration cannot have
                Write the value out; text that begins with `&` or `*` needs quotes.
            """
        ),
        BrokenConfiguration(
            "a secret in the manner of Home Assistant",
            .good(mqtt: "  username: loqed\n  password: !secret mqtt_password"),
            """
            gateway.yaml:5:13: uses a tag such as `!secret`, which a configuration cannot have
                Write the value itself, or keep a secret in a file of its own: password_file: mqtt.password
            """
        ),
        BrokenConfiguration(
            "a list for a key",
            .good(appending: "log: {[a]: b}\n"),
            """
            gateway.yaml:13:7: is a list or a mapping where a key is expected
                A line has the form `key: value`; text with brackets or braces needs quotes.
            """
        ),
        BrokenConfiguration(
            "a list for the whole",
            ConfigurationFixture("- mqtt\n"),
            """
            gateway.yaml:1:1: must be a mapping
                Write its keys below it, indented, one `key: value` on each line.
            """
        ),
        BrokenConfiguration(
            "nothing at all",
            ConfigurationFixture("# nothing yet\n"),
            """
            gateway.yaml:1:1: locks: is missing
                Each lock is an item of the list: it begins with `- id: front_door`.
            gateway.yaml:1:1: mqtt.host: is missing
                Example: host: 192.168.1.5
            """
        ),
    ]

    private static let scalars = [
        BrokenConfiguration(
            "a key that is nearly right",
            .good(replacing: "  port: 1883", with: "  prot: 1883"),
            """
            gateway.yaml:3:3: mqtt.prot: is not a key that exists here
                Did you mean port?
            """
        ),
        BrokenConfiguration(
            "a key in another case",
            .good(appending: "log:\n  Level: info\n"),
            """
            gateway.yaml:14:3: log.Level: is not a key that exists here
                Did you mean level?
            """
        ),
        BrokenConfiguration(
            "a key that is nowhere near",
            .good(appending: "log:\n  rotate: daily\n"),
            """
            gateway.yaml:14:3: log.rotate: is not a key that exists here
                Keys here: level, format
            """
        ),
        BrokenConfiguration(
            "a section that does not exist",
            .good(appending: "home-asistant: {discovery: true}\n"),
            """
            gateway.yaml:13:1: home-asistant: is not a key that exists here
                Did you mean home_assistant?
            """
        ),
        BrokenConfiguration(
            "a blank missing after the colon",
            .good(appending: "log: {level:info}\n"),
            """
            gateway.yaml:13:7: log.?: is not a key that exists here
                A blank is missing after the colon.
            """
        ),
        BrokenConfiguration(
            "a key twice",
            .good(mqtt: "  host: other.local"),
            """
            gateway.yaml:4:3: mqtt.host: is given twice, first in line 2
                Remove one of the two.
            """
        ),
        BrokenConfiguration(
            "a text for a section",
            .good(appending: "log: info\n"),
            """
            gateway.yaml:13:6: log: must be a mapping
                Write its keys below it, indented, one `key: value` on each line.
            """
        ),
        BrokenConfiguration(
            "a list for a value",
            .good(appending: "log: {level: [info]}\n"),
            """
            gateway.yaml:13:14: log.level: must be a single value, not a list
                Example: level: info
            """
        ),
        BrokenConfiguration(
            "a mapping for a value",
            .good(appending: "log: {level: {info: true}}\n"),
            """
            gateway.yaml:13:14: log.level: must be a single value, not a mapping
                Example: level: info
            """
        ),
        BrokenConfiguration(
            "a key without a value",
            .good(replacing: "  port: 1883", with: "  port:"),
            """
            gateway.yaml:3:8: mqtt.port: has no value
                Example: port: 1883
            """
        ),
        BrokenConfiguration(
            "a word that is not in the list",
            .good(appending: "log: {format: xml}\n"),
            """
            gateway.yaml:13:15: log.format: must be text or json
                Example: format: text
            """
        ),
        BrokenConfiguration(
            "neither true nor false",
            .good(appending: "home_assistant: {discovery: maybe}\n"),
            """
            gateway.yaml:13:29: home_assistant.discovery: must be true or false
                Example: discovery: true
            """
        ),
        BrokenConfiguration(
            "a time without a unit",
            .good(appending: "supervision: {probe_interval: 30}\n"),
            """
            gateway.yaml:13:31: supervision.probe_interval: must be a whole number and a unit: ms, s, m or h
                Example: probe_interval: 30s
            """
        ),
        BrokenConfiguration(
            "a time that is too short",
            .good(appending: "supervision: {status_interval: 29999ms}\n"),
            """
            gateway.yaml:13:32: supervision.status_interval: must be between 30s and 24h
                Example: status_interval: 1h
            """
        ),
        BrokenConfiguration(
            "a time that is too long",
            .good(appending: "webhook_: {}\nsupervision: {movement_timeout: 999999999h}\n"),
            """
            gateway.yaml:13:1: webhook_: is not a key that exists here
                Did you mean webhook?
            gateway.yaml:14:33: supervision.movement_timeout: must be between 2s and 5m
                Example: movement_timeout: 30s
            """
        ),
        BrokenConfiguration(
            "a time that is not of whole seconds",
            .good(mqtt: "  keep_alive: 5500ms"),
            """
            gateway.yaml:4:15: mqtt.keep_alive: must be a multiple of 1s
                Example: keep_alive: 30s
            """
        ),
    ]
}
