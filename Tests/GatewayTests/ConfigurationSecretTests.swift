import Gateway
import Testing

@Suite struct `A secret of the configuration` {
    private static let canary = "Canary0fTheC0alMine"

    @Test func `cannot be printed`() {
        let secret = Secret(Self.canary)
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(describing: secret), String(reflecting: secret), "\([secret])", dumped] {
            #expect(!text.contains(Self.canary))
            #expect(text.contains("redacted"))
        }
        #expect(secret.reveal { $0 } == Self.canary)
    }

    @Test func `does not show when the whole configuration is printed`() throws {
        let configuration = try ConfigurationFixture.good(mqtt: "  username: loqed\n  password: \(Self.canary)").load()
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), configuration.summary, dumped] {
            #expect(!text.contains(Self.canary))
            // The beginnings of the two keys, as text and as the numbers of their bytes.
            for part in ["//79", "AAEC", "255, 254, 253", "0, 1, 2"] { #expect(!text.contains(part)) }
        }
        #expect(configuration.mqtt.login?.password?.reveal { $0 } == Self.canary)
    }

    /// Each is a key or what LOQED's portal shows, more or less whole.
    @Test(arguments: [
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        " AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8= ",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n",
        "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX",
        "{\"bridge_key\": \"x\"}",
        "{bridge_key: x}",
        "\"lock_key_key\": \"x\",",
        "/etc/loqed-gateway/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        "some\u{1B}[31mthing", "bridge_key: //79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA",
        "“bridge_key”: “//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=”",
    ])
    func `is not shown where a file should have been named`(text: String) {
        #expect(ShownPath(text).text == "?")
        let verdict = ConfigurationVerdict(ConfigurationFile(path: text), in: ConfigurationFixture().environment)
        #expect(verdict.json(printing: true).contains("\"file\":\"?\""))
        #expect(!verdict.json(printing: true).contains(text))
    }

    @Test(arguments: [
        "gateway.yaml", "/etc/loqed-gateway/front_door.bridge_key", "/run/credentials/loqed-gateway.service/key",
        "/home/Anna/Documents/2024/LOQED/gateway/keys/secret/file", "door = front.key", "Haustür 1/schlüssel",
        "/var/lib/docker/volumes/0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9/_data/gateway.yaml",
    ])
    func `is not taken for what is the name of a file`(path: String) {
        #expect(ShownPath(path).text == path)
    }

    /// What may be a secret is not shown; what may be the name of a file is taken for that.
    @Test(arguments: [
        "/tmp/rv7/pp/Documents/LoqedGateway/mqttpassword", "/srv/MyHomeAssistantBackup2024Daily/mqtt.password",
        "Keys2024/OfTheHouse/AndTheGarden/FrontDoor/secret",
    ])
    func `is not taken for what names a file that is there`(path: String) throws {
        var fixture = ConfigurationFixture.good(mqtt: "  username: loqed\n  password_file: \(path)")
        fixture.files[path] = Array(Self.canary.utf8)
        #expect(try fixture.load().mqtt.login?.password?.reveal { $0 } == Self.canary)
    }

    /// Each puts the secret where it is wrong in another way.
    @Test(arguments: [
        "  password: CANARY",
        "  password: [CANARY]",
        "  password: {CANARY: CANARY}",
        "  password: &CANARY x",
        "  password: *CANARY",
        "  password: !CANARY CANARY",
        "  password: \"CANARY",
        "  password: CANARY: CANARY",
        "  password CANARY",
        "  password:CANARY",
        "  ? [CANARY]\n  : x",
        "  \"password:CANARY\": x",
        "  \"password=CANARY\": x",
        "  username: \"CANARY\\n\"\n  password: CANARY",
        "  username: loqed\n  password: \"CANARY\\0\"",
        "  username: loqed\n  password: CANARY\n  password: CANARY",
        "  username: loqed\n  pasword: CANARY\n  protocol: CANARY\n  keep_alive: CANARY",
        "  username: loqed\n  password: CANARY\n  password_file: secret.txt",
        "  password_file: secret.txt",
        "  username: loqed\n  password_file: padded.txt",
        "  password_file: CANARY0000000000=",
        "  tls: CANARY",
    ])
    func `never shows in a problem`(lines: String) {
        let text = lines.replacing("CANARY", with: Self.canary)
        let fixture = ConfigurationFixture.good(mqtt: text).with([
            "secret.txt": Self.canary, "padded.txt": Self.canary + "\u{0}",
        ])
        #expect(!fixture.output.hasPrefix("good"))
        #expect(!fixture.output.contains(Self.canary))
    }

    @Test(arguments: ["bridge_key", "key_secret"])
    func `never shows in a problem of a lock`(key: String) {
        let good = key == "bridge_key" ? ConfigurationFixture.bridgeKey : ConfigurationFixture.keySecret
        for wrong in [Self.canary, "[\(Self.canary)]", "{\(Self.canary): x}", "\"\(Self.canary)", "!\(Self.canary) x"] {
            let fixture = ConfigurationFixture.good(replacing: "    \(key): \"\(good)\"", with: "    \(key): \(wrong)")
            #expect(!fixture.output.hasPrefix("good"))
            #expect(!fixture.output.contains(Self.canary))
        }
    }

    @Test func `never shows in a problem of a variable`() {
        let fixture = ConfigurationFixture().with(variables: [
            "LOQED_GATEWAY_MQTT_PASSWORD": Self.canary,
            "LOQED_GATEWAY_MQTT_PASSWORT": Self.canary,
            "LOQED_GATEWAY_MQTT_PORT": Self.canary,
            "LOQED_GATEWAY_\(Self.canary)\u{1B}[2J": Self.canary,
        ])
        #expect(!fixture.output.contains(Self.canary))
        #expect(!fixture.output.contains("\u{1B}"))
        #expect(fixture.output.contains("LOQED_GATEWAY_?: is not a variable of the gateway"))
    }
}
