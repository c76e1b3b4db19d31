import Gateway
import LockDomain
import Logging
import Testing

@Suite struct `A value in the configuration` {
    @Test(arguments: [
        ("30000ms", Duration.seconds(30)), ("30s", .seconds(30)), ("5m", .seconds(300)), ("24h", .seconds(86_400)),
    ])
    func `can be a time in four units`(text: String, duration: Duration) throws {
        let fixture = ConfigurationFixture.good(appending: "supervision: {status_interval: \(text)}\n")
        #expect(try fixture.load().supervision.statusInterval == duration)
    }

    @Test func `can be where health and metrics are read, and has no default for that`() throws {
        #expect(try ConfigurationFixture.good(appending: "").load().admin == nil)
        let fixture = ConfigurationFixture.good(appending: "admin: {listen: \"127.0.0.1:8098\"}\n")
        #expect(try fixture.load().admin == NetworkAddress(host: "127.0.0.1", port: 8098))
        #expect(ConfigurationFixture.good(appending: "admin: {}\n").output.contains("admin.listen: is missing"))
    }

    @Test(arguments: [
        ("0.0.0.0:8099", "127.0.0.1:8099", true), ("0.0.0.0:8099", "[::1]:8099", false),
        ("0.0.0.0:8099", "[::]:8099", true), ("[::]:8099", "127.0.0.1:8099", true), ("[::]:8099", "[::1]:8099", true),
        ("[::1]:8099", "127.0.0.1:8099", false), ("127.0.0.1:8099", "127.0.0.1:8098", false),
        ("[fd00::5]:8099", "0.0.0.0:8099", false),
    ])
    func `can be two listeners unless one leaves no place for the other`(webhook: String, admin: String, clash: Bool) {
        let fixture = ConfigurationFixture.good(appending: "")
            .with(assignments: "webhook.listen=\(webhook)", "admin.listen=\(admin)")
        #expect(fixture.output.contains("is what webhook.listen has already") == clash)
    }

    @Test(arguments: ["", "s", "1.5s", "-5s", "5 s", "5S", "5d", "1h30m", "9999999999s"])
    func `is no time in any other form`(text: String) {
        let fixture = ConfigurationFixture.good(appending: "supervision: {status_interval: \"\(text)\"}\n")
        #expect(fixture.output.contains("must be a whole number and a unit: ms, s, m or h"))
    }

    @Test(arguments: [("true", true), ("Yes", true), ("on", true), ("False", false), ("no", false), ("OFF", false)])
    func `can say true or false in three ways`(text: String, value: Bool) throws {
        let fixture = ConfigurationFixture.good(appending: "home_assistant: {discovery: \(text)}\n")
        #expect(try fixture.load().homeAssistant.discovery == value)
    }

    @Test(arguments: [
        ("192.168.1.50", "192.168.1.50:80"), ("192.168.1.50:8080", "192.168.1.50:8080"),
        ("LOQED-1a2b3c4d5e6f.local", "loqed-1a2b3c4d5e6f.local:80"), ("bridge:81", "bridge:81"),
        ("\"[fd00::50]\"", "[fd00::50]:80"), ("\"[::1]:8080\"", "[::1]:8080"),
        ("\"[1:2:3:4:5:6:7:8]\"", "[1:2:3:4:5:6:7:8]:80"), ("A4CF12345678", "loqed-a4cf12345678.local:80"),
        ("a4cf12345678:81", "loqed-a4cf12345678.local:81"), ("\"A4:CF:12:34:56:78\"", "loqed-a4cf12345678.local:80"),
        ("a4-cf-12-34-56-78", "loqed-a4cf12345678.local:80"), ("\"123456789012\"", "loqed-123456789012.local:80"),
    ])
    func `can be a bridge by address, name or Wi-Fi MAC`(text: String, address: String) throws {
        let fixture = ConfigurationFixture.good(replacing: "    bridge: 192.168.1.50", with: "    bridge: \(text)")
        #expect(try fixture.load().locks.first?.bridge.description == address)
    }

    @Test(arguments: [
        "192.168.1", "192.168.1.050", "192.168.1.256", "1.2.3.4.5", "bridge:", "bridge:0", "bridge:080", "bridge:65536",
        "bridge:80:81", "fd00::50", "[fd00::50", "[fd00::50]8080", "[1:2:3]", "[1::2::3]", "[12345::]", "[]", ":80",
        "-bridge", "bridge-", "a..b", ".local", "my bridge", "brücke", "10.0.0.1/24", "A4:CF:12:34:56",
        "A4:CF:12:34:56:7G",
        "A4:CF-12:34:56:78", "A4:CF:12:34:56:78:81",
    ])
    func `is no bridge in any other form`(text: String) {
        let fixture = ConfigurationFixture.good(replacing: "    bridge: 192.168.1.50", with: "    bridge: \"\(text)\"")
        #expect(fixture.output.hasPrefix("gateway.yaml:9:13: locks[0].bridge: must be an IP address, a host name or"))
    }

    @Test(arguments: [
        ("http://192.168.1.10:8099", "192.168.1.10:8099"), ("http://gateway.lan/", "gateway.lan:80"),
        ("HTTP://[fd00::1]:8099", "[fd00::1]:8099"),
    ])
    func `can be an address for the bridge to call`(text: String, address: String) throws {
        let fixture = ConfigurationFixture.good(replacing: "  listen: 0.0.0.0:8099", with: "  advertise: \(text)")
        #expect(try fixture.load().webhook.advertise?.description == address)
    }

    @Test(arguments: ["192.168.1.10:8099", "https://a.lan", "http://", "http://user@a.lan", "http://a.lan?x=1"])
    func `is no address for the bridge to call in any other form`(text: String) {
        let fixture = ConfigurationFixture.good(replacing: "  listen: 0.0.0.0:8099", with: "  advertise: \(text)")
        #expect(fixture.output.contains("must be http://, a host and a port, with no path and no login"))
    }

    @Test func `may be a number in quotes and a text without`() throws {
        let fixture = ConfigurationFixture.good(mqtt: "  protocol: 3.1.1\n  username: 1234\n  password: 0777")
        let mqtt = try fixture.load().mqtt
        #expect(mqtt.protocolVersion == .v311)
        #expect(mqtt.login?.username == "1234")
        #expect(mqtt.login?.password?.reveal { $0 } == "0777")
        let quoted = ConfigurationFixture.good(replacing: "  port: 1883", with: "  port: \"1884\"")
        #expect(try quoted.load().mqtt.port == 1884)
    }
}

@Suite struct `A configured lock` {
    @Test func `may be locked and unlocked but not opened unless somebody says so`() throws {
        #expect(try ConfigurationFixture().load().locks.first?.allowedActions == [.lock, .unlock])
    }

    @Test func `is only watched when no command is allowed`() throws {
        let fixture = ConfigurationFixture.good(appending: "    commands: []\n")
        #expect(try fixture.load().locks.first?.allowedActions == [])
    }

    @Test func `can have its keys in files, as editors save them`() throws {
        var fixture = ConfigurationFixture.good(
            replacing: "    bridge_key: \"\(ConfigurationFixture.bridgeKey)\"",
            with: "    bridge_key_file: bridge.key"
        )
        fixture.files = ["bridge.key": Array((ConfigurationFixture.bridgeKey + "\r\n\n").utf8)]
        #expect(try fixture.load().locks.count == 1)
    }

    @Test func `has names for its keys, also for those that LOQED keeps to itself`() throws {
        let fixture = ConfigurationFixture.good(appending: "    key_names:\n      0: \"Bob\"\n      254: Zoë\n")
        let names = try #require(try fixture.load().locks.first?.keyNames)
        #expect(try names == [#require(KeyID(0)): "Bob", #require(KeyID(254)): "Zoë"])
    }
}

@Suite struct `A section without keys` {
    @Test func `means its defaults`() throws {
        let configuration = try ConfigurationFixture.good(appending: "log:\nsupervision: {}\nhome_assistant: ~\n")
            .load()
        #expect(configuration.log == .init(level: .info, format: .text))
        #expect(configuration.supervision.movementTimeout == .seconds(30))
        #expect(configuration.homeAssistant.discovery)
    }

    @Test func `turns TLS on when it is the one for TLS`() throws {
        let mqtt = try ConfigurationFixture.good(replacing: "  port: 1883", with: "  tls:").load().mqtt
        #expect(mqtt.tls == .init(caFile: nil, clientCertificate: nil))
        #expect(mqtt.port == 8883)
    }
}
