import Gateway
import Logging
import Testing

@Suite struct `A key on the command line` {
    @Test func `goes before the environment and the file`() throws {
        let fixture = ConfigurationFixture()
            .with(variables: ["LOQED_GATEWAY_MQTT_HOST": "10.0.0.7", "LOQED_GATEWAY_MQTT_PORT": "1884"])
            .with(assignments: "mqtt.host=10.0.0.8", "log.level=debug", "mqtt.client_id=a=b")
        let configuration = try fixture.load()
        #expect(configuration.mqtt.host == "10.0.0.8")
        #expect(configuration.mqtt.port == 1884)
        #expect(configuration.log.level == .debug)
        #expect(configuration.mqtt.clientID == "a=b")
    }

    @Test func `can name the file of a secret, in place of a secret below`() throws {
        let fixture = ConfigurationFixture.good(mqtt: "  username: loqed\n  password: old")
            .with(["new.txt": "new\n"]).with(variables: ["LOQED_GATEWAY_MQTT_PASSWORD": "newer"])
            .with(assignments: "mqtt.password_file=new.txt")
        #expect(try fixture.load().mqtt.login?.password?.reveal { $0 } == "new")
    }

    @Test func `is named in place of a line when it is wrong`() {
        let fixture = ConfigurationFixture().with(
            assignments: "mqtt.port=0",
            "mqtt.password=Canary0fTheC0alMine",
            "mqtt.hots=x",
            "log.level",
            "mqtt.client_id=",
            "locks[0].name=x",
            "Canary 0fTheC0alMine",
            "log.format=json",
            "log.format=text"
        )
        #expect(
            fixture.output == """
                --set ?: is not a key of the configuration
                    A key is written with its section: mqtt.host
                --set ?.name: is not a key of the configuration
                    Locks are configured in the file alone.
                --set log.format: is given twice
                    Remove one of the two.
                --set log.level: has no value
                    Example: --set mqtt.host=192.168.1.5
                --set mqtt.client_id: mqtt.client_id: is empty
                    Example: --set mqtt.client_id=loqed-gateway
                --set mqtt.hots: is not a key of the configuration
                    Did you mean mqtt.host?
                --set mqtt.password: mqtt.password: is a secret, which a command line cannot keep
                    Use --set mqtt.password_file=FILE: every user of this machine can read the arguments.
                --set mqtt.port: mqtt.port: must be a port, a whole number from 1 to 65535
                    Example: --set mqtt.port=1883
                """
        )
    }
}

@Suite struct `The effective configuration` {
    private static let fixture = ConfigurationFixture.good(
        mqtt: "  username: loqed\n  password: Canary0fTheC0alMine"
    )
    .with(variables: ["LOQED_GATEWAY_MQTT_KEEP_ALIVE": "60s"])
    .with(assignments: "log.level=debug")

    @Test func `shows each value with its origin, and no secret`() {
        #expect(
            Self.fixture.verdict.text(printing: true) == """
                mqtt:
                  host: broker.local               # gateway.yaml:2:9
                  port: 1883                       # gateway.yaml:3:9
                  username: loqed                  # gateway.yaml:4:13
                  password: <redacted>             # gateway.yaml:5:13
                  protocol: "5"                    # default
                  client_id: loqed-gateway         # default
                  base_topic: loqed                # default
                  keep_alive: 1m                   # LOQED_GATEWAY_MQTT_KEEP_ALIVE
                  response_topic_prefix: loqed     # default
                home_assistant:
                  discovery: true                  # default
                  discovery_prefix: homeassistant  # default
                webhook:
                  listen: 0.0.0.0:8099             # gateway.yaml:7:11
                  timestamp_tolerance: 20s         # default
                state_directory: state             # default
                log:
                  level: debug                     # --set log.level
                  format: text                     # default
                supervision:
                  status_interval: 1h              # default
                  status_interval_unproven: 1m     # default
                  probe_interval: 30s              # default
                  movement_timeout: 30s            # default
                locks:
                  - id: front_door                 # gateway.yaml:9:9
                    name: "Front door"             # gateway.yaml:10:11
                    bridge: 192.168.1.50:80        # gateway.yaml:11:13
                    bridge_key: <redacted>         # gateway.yaml:12:17
                    key_secret: <redacted>         # gateway.yaml:13:17
                    local_key_id: 3                # gateway.yaml:14:19
                    commands: [lock, unlock]       # default
                    key_names: {}                  # default
                """
        )
    }

    @Test func `names the files of secrets, and where the portal's values stand`() throws {
        let text = ConfigurationFixture.good.split(separator: "\n").dropLast(4).joined(separator: "\n")
        let fixture = ConfigurationFixture(text + "\n    integration_file: front.json\n").with([
            "front.json": `The integration information of LOQED's portal`.portal, "p.txt": "x",
        ]).with(variables: ["LOQED_GATEWAY_MQTT_PASSWORD_FILE": "p.txt", "LOQED_GATEWAY_MQTT_USERNAME": "me"])
        let shown = try #require(fixture.verdict.text(printing: true)).split(separator: "\n").map { line in
            line.split(separator: " ").joined(separator: " ")
        }
        #expect(shown.contains("password_file: p.txt # LOQED_GATEWAY_MQTT_PASSWORD_FILE"))
        #expect(
            shown.suffix(8) == [
                "name: \"Front door\" # gateway.yaml:8:11",
                "integration_file: front.json # gateway.yaml:9:23",
                "bridge: 192.0.2.10:80 # front.json:7:16",
                "bridge_key: <redacted> # front.json:6:17",
                "key_secret: <redacted> # front.json:4:19",
                "local_key_id: 6 # front.json:3:24",
                "commands: [lock, unlock] # default",
                "key_names: {} # default",
            ]
        )
    }

    @Test func `is for programs too`() {
        let json = Self.fixture.verdict.json(printing: true)
        for part in [
            #""file":"gateway.yaml","good":true"#,
            #""problems":[]"#,
            #"{"key":"mqtt.host","origin":{"column":9,"kind":"file","line":2,"path":"gateway.yaml"},"secret":false,"value":"broker.local"}"#,
            #"{"key":"mqtt.keep_alive","origin":{"kind":"environment","name":"LOQED_GATEWAY_MQTT_KEEP_ALIVE"},"secret":false,"value":"1m"}"#,
            #"{"key":"mqtt.password","origin":{"column":13,"kind":"file","line":5,"path":"gateway.yaml"},"secret":true,"value":"<redacted>"}"#,
            #"{"key":"mqtt.protocol","origin":{"kind":"default"},"secret":false,"value":"5"}"#,
            #"{"key":"log.level","origin":{"kind":"option","name":"--set"},"secret":false,"value":"debug"}"#,
        ] { #expect(json.contains(part), "\(part) in \(json)") }
        #expect(!json.contains("Canary"))
        #expect(Self.fixture.verdict.json(printing: false).contains(#""settings":null"#))
    }

    @Test func `is not there when something is wrong, which programs are told too`() {
        let fixture = ConfigurationFixture.good(replacing: "  port: 1883", with: "  prot: 1883")
        #expect(fixture.verdict.text(printing: true) == nil)
        #expect(fixture.verdict.exitCode == 78)
        #expect(
            fixture.verdict.json(printing: true)
                == #"{"file":"gateway.yaml","good":false,"problems":[{"column":3,"file":"gateway.yaml","key":"mqtt.prot","#
                + #""line":3,"reason":"is not a key that exists here","remedy":"Did you mean port?","#
                + #""source":"gateway.yaml:3:3"}],"settings":null,"summary":null,"warnings":[]}"#
        )
        let missing = ConfigurationVerdict(ConfigurationFile(path: "other.yaml"), in: fixture.environment)
        #expect(missing.exitCode == 66)
        #expect(missing.json(printing: false).contains(#""reason":"does not exist""#))
    }
}
