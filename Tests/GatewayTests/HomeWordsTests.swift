import Testing

@testable import Gateway

@Suite struct `The words of a home` {
    private static let key = ConfigurationFixture.bridgeKey

    private func words(_ configuration: ConfigurationFixture) -> HomeWords {
        HomeWords(configuration.file, in: configuration.environment)
    }

    private func names(_ words: HomeWords, _ kind: Pseudonyms.Kind) -> [String] {
        words.names.filter { $0.kind == kind }.map(\.word)
    }

    private func secrets(_ words: HomeWords) -> [String] { words.secrets.map { $0.reveal { $0 } } }

    @Test func `are found in a configuration that has mistakes`() {
        var fixture = ConfigurationFixture(
            """
            mqtt: {hots: 7, host: nas, username: anna, password_file: mqtt.password, client_id: casa, pasword: hidden22}
            webhook: {advertise: "http://wilma.example:8099"}
            locks:
              - id: shed
                name: Garden shed
                bridge: bridge.garden:81
                integration_file: portal.json
                local_key_id: 300
                key_names: {1: Alice, Bob: 2}
                color: blue
            """
        )
        fixture.files["mqtt.password"] = Array("anna-secret-99\n".utf8)
        fixture.files["portal.json"] = Array(
            #"{"bridge_mdns_hostname": "LOQED-a0b1c2d3e4f1.local", "lock_key_key": "\#(Self.key)", "lock_id": 12}"#.utf8
        )
        let words = words(fixture)
        #expect(names(words, .lock) == ["shed"])
        #expect(names(words, .door) == ["Garden shed"])
        #expect(names(words, .person) == ["Alice", "Bob"])
        #expect(names(words, .host) == ["nas", "wilma.example", "bridge.garden"])
        #expect(names(words, .user) == ["anna"])
        #expect(names(words, .name) == ["casa", "blue"])
        #expect(secrets(words) == ["anna-secret-99", "hidden22", Self.key])
        #expect(words.isWhole)
    }

    @Test func `are found in variables and options, and where locks are no list`() {
        var fixture = ConfigurationFixture("locks: {front_door: {name: Front door}}\n")
        fixture.variables = [
            "LOQED_GATEWAY_MQTT_HOST": "nas", "LOQED_GATEWAY_MQTT_PASSWORD": "from-variable", "OTHER": "word",
            "LOQED_GATEWAY_CONFIG": "gateway.yaml", "LOQED_GATEWAY_HOME_ASSISTANT_DISCOVERY_PREFIX": "ha/anna",
        ]
        fixture.assignments = ["mqtt.username=bert"]
        let words = words(fixture)
        #expect(names(words, .lock) == ["front_door"])
        #expect(names(words, .host) == ["nas"])
        #expect(names(words, .name) == ["ha/anna"])
        #expect(names(words, .user) == ["bert"])
        #expect(secrets(words) == ["from-variable"])
    }

    @Test(arguments: ["mqtt: {host: nas", "locks:\n  - id: &x front_door\n", "a: 1\n---\nb: 2\n"])
    func `are not all there when the text cannot be read to its end`(text: String) {
        #expect(!words(ConfigurationFixture(text)).isWhole)
    }

    @Test func `are not all there without the file`() {
        var fixture = ConfigurationFixture()
        let file = fixture.file
        fixture.path = "other.yaml"
        #expect(!HomeWords(file, in: fixture.environment).isWhole)
    }

    /// Else a mistyped key would be taken for one that exists, or the other way round.
    @Test func `know every key of the configuration`() throws {
        let text = String(decoding: try ConfigurationFixture.shipped().bytes, as: UTF8.self)
        let keys = text.split(separator: "\n").compactMap { $0.firstMatch(of: /^ *(?:- )?(?:# )?([a-z_]+):/)?.output.1 }
        #expect(keys.count > 30)
        for key in keys { #expect(HomeWords.keys.contains(String(key)), "\(key)") }
    }

    @Test func `are also those that a gateway with an earlier configuration says`() throws {
        var view = GatewayView(baseTopic: "loqed")
        let info = #"{"locks":[{"id":"shed","name":"Garden \"hut\"","commands":[]}]}"#
        view.take(Array(info.utf8), on: "loqed/gateway/info")
        view.take(Array(#"{"last_action":{"key_name":"Carol"}}"#.utf8), on: "loqed/attic/attributes")
        var words = words(ConfigurationFixture())
        words.take(view)
        words.take(topics: ["loqed/cellar/state", "loqed/gateway/info", "other/topic"], below: "loqed")
        words.take(explanation: #"{"locks":[{"id":"barn"}]}"#)
        #expect(names(words, .lock) == ["front_door", "shed", "attic", "cellar", "gateway", "barn"])
        #expect(names(words, .door) == ["Front door", #"Garden "hut""#])
        #expect(names(words, .person) == ["Carol"])
        var pseudonyms = Pseudonyms()
        for (word, kind) in words.names { pseudonyms.note(word, kind) }
        let shown = #"{"locks":[{"id":"lock_2","name":"Door 2","commands":[]}]}"#
        #expect(pseudonyms.applied(to: info) == shown)
        #expect(
            pseudonyms.applied(to: "loqed/gateway/state cellar Broker.Local broker.local")
                == "loqed/gateway/state lock_4 host-1.example host-1.example"
        )
    }

    @Test func `are the users of home folders, and whoever called sudo`() {
        var words = words(ConfigurationFixture("{}"))
        words.takeUsers(of: [
            "USER": "root", "LOGNAME": "loqed-gateway", "SUDO_USER": "wilhelmina", "HOME": "/var/lib/loqed-gateway",
        ])
        words.takeHomes(in: "--config /home/bert.b/loqed/gateway.yaml: \"/Users/Ina\"")
        words.takeHomes(in: "/run/media/ömer/disk /home/ /home/../x")
        #expect(names(words, .user) == ["wilhelmina", "loqed-gateway", "loqed-gateway", "bert.b", "Ina", "ömer"])
    }
}

@Suite struct `A line of a log` {
    @Test(arguments: [
        ("Nov 30 11:35:46 wilma loqed-gateway[123]: 2026-11-30T11:35:46Z INFO    starting", "wilma"),
        ("Nov  3 11:35:46 wilma kernel: usb 1-1: new device", "wilma"),
        ("Mon 2026-11-30 11:35:46 CET wilma systemd[1]: Started it.", "wilma"),
        ("2026-11-30T11:35:46+0100 wilma.garden loqed-gateway[123]: x", "wilma.garden"),
        ("2026-11-30T11:35:46.123456+01:00 wilma loqed-gateway[9]: x", "wilma"),
        ("2026-11-30 11:35:46 wilma loqed-gateway[9]: x", "wilma"),
        ("1764502546.123456 wilma loqed-gateway[9]: x", "wilma"), ("[ 1234.567890] wilma loqed-gateway[9]: x", "wilma"),
        ("<30>1 2026-11-30T11:35:46Z wilma loqed-gateway 9 - - x", "wilma"),
        (#"{"_PID":"9","_HOSTNAME":"wilma","MESSAGE":"x"}"#, "wilma"), ("    _HOSTNAME=wilma", "wilma"),
    ])
    func `tells the machine by its form`(line: String, host: String) {
        #expect(JournalLine(line[...]).host == host)
    }

    @Test(arguments: [
        "2026-11-30T11:35:46Z INFO    starting locks=1 version=0.1.0",
        "2026-11-30T11:35:46Z WARNING a bridge: no answer", "loqed-gateway-1  | 2026-11-30T11:35:46Z INFO starting",
        "-- Boot d3b07384d113edec49eaa6238ad5ff00 --", "", "Nov 30",
    ])
    func `of our own has no machine`(line: String) {
        #expect(JournalLine(line[...]).host == nil)
    }

    @Test func `tells the lock that it is about`() {
        #expect(JournalLine("2026-11-30T11:35:46Z INFO locked key.id=1 lock.id=shed").lock == "shed")
        #expect(JournalLine(#"{"level":"info","lock.id":"shed","time":""}"#).lock == "shed")
    }
}
