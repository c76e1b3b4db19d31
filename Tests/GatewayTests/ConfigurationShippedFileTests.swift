import Gateway
import LockDomain
import Logging
import LoqedWire
import Testing

@Suite struct `The configuration that comes with the gateway` {
    @Test func `reaches a broker and a simulator on this machine`() throws {
        let configuration = try ConfigurationFixture.shipped().load()

        #expect(configuration.mqtt.host == "127.0.0.1")
        #expect(configuration.mqtt.port == 1883)
        #expect(configuration.mqtt.login == nil)
        #expect(configuration.mqtt.protocolVersion == .v5)
        #expect(configuration.mqtt.clientID == "loqed-gateway")
        #expect(configuration.mqtt.baseTopic == "loqed")
        #expect(configuration.mqtt.keepAlive == .seconds(30))
        #expect(configuration.mqtt.tls == nil)
        #expect(configuration.homeAssistant == .init(discovery: true, discoveryPrefix: "homeassistant"))
        #expect(configuration.webhook.listen == NetworkAddress(host: "127.0.0.1", port: 8099))
        #expect(configuration.webhook.advertise == nil)
        #expect(configuration.webhook.timestampTolerance == .seconds(20))
        #expect(configuration.admin == nil)
        #expect(configuration.log == .init(level: .info, format: .text))
        #expect(configuration.supervision.statusInterval == .seconds(3600))
        #expect(configuration.supervision.statusIntervalUnproven == .seconds(60))
        #expect(configuration.supervision.probeInterval == .seconds(30))
        #expect(configuration.supervision.movementTimeout == .seconds(30))
    }

    @Test func `has one lock that may be opened`() throws {
        let locks = try ConfigurationFixture.shipped().load().locks
        let lock = try #require(locks.first)

        #expect(locks.count == 1)
        #expect(lock.id.rawValue == "front_door")
        #expect(lock.name == "Front door")
        #expect(lock.bridge == NetworkAddress(host: "127.0.0.1", port: 8080))
        #expect(lock.localKeyID == KeyID(3))
        #expect(lock.allowedActions == [.lock, .unlock, .open])
        #expect(try lock.keyNames == [#require(KeyID(1)): "Alice", #require(KeyID(3)): "Gateway"])
    }

    /// The expected bytes were computed with Python's `hmac` and `hashlib`.
    @Test func `has the demo keys`() throws {
        let lock = try #require(try ConfigurationFixture.shipped().load().locks.first)
        let time = UnixTime(seconds: 1_767_225_600)

        let command = SignedCommand(.lock, key: lock.localKeyID, secret: lock.keySecret, at: time)
        #expect(command.base64 == "AAAAAAAAAAACBwAAAABpVbkAJjzTW3dxvv/IRrPXzwRr8+Zu38XjA8/WPHxDeSvTxW0DAQM=")
        #expect(
            WebhookHash.list(at: time.seconds, key: lock.bridgeKey).hex
                == "80da94357a1d824bd907f68c2715a50bbdf5b3f3ac9086160433c93959509b1b"
        )
    }

    @Test func `stays right when every key that is shown as a comment is taken in`() throws {
        let text = String(decoding: try ConfigurationFixture.shipped().bytes, as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let isKey = line.wholeMatch(of: /( +)# ([a-z_]+:.*)/)
            return isKey.map { "\($0.output.1)\($0.output.2)" } ?? String(line)
        }
        let fixture = ConfigurationFixture(lines.joined(separator: "\n"))
            .with(["mqtt.password": "hunter2\n", "ca.pem": "PEM", "client.pem": "PEM", "client.key": "PEM"])
        let configuration = try fixture.load()

        #expect(configuration.mqtt.login?.username == "loqed")
        #expect(configuration.mqtt.login?.password?.reveal { $0 } == "hunter2")
        #expect(
            configuration.mqtt.tls
                == .init(
                    caFile: "ca.pem",
                    clientCertificate: .init(certificateFile: "client.pem", privateKeyFile: "client.key")
                )
        )
        #expect(configuration.webhook.advertise == NetworkAddress(host: "192.168.1.10", port: 8099))
        // The rest shows its defaults.
        #expect(configuration.mqtt.port == 1883)
        #expect(configuration.mqtt.protocolVersion == .v5)
        #expect(configuration.mqtt.clientID == "loqed-gateway")
        #expect(configuration.mqtt.baseTopic == "loqed")
        #expect(configuration.mqtt.keepAlive == .seconds(30))
        #expect(configuration.homeAssistant == .init())
        #expect(configuration.webhook.timestampTolerance == .seconds(20))
        #expect(configuration.log == .init())
        #expect(configuration.supervision == .init(internetCheck: NetworkAddress(host: "9.9.9.9", port: 53)))
    }

    /// The gateway itself says which keys there are, when it meets one that is not.
    @Test func `mentions every key that exists`() throws {
        let text = String(decoding: try ConfigurationFixture.shipped().bytes, as: UTF8.self)
        let stranger = "zzzzzzzzzzzz: 1"
        let sections = ["mqtt", "home_assistant", "webhook", "log", "supervision"]
        let questions =
            sections.map { "\($0): {\(stranger)}\n" } + ["mqtt: {tls: {\(stranger)}}\n", "locks: [{\(stranger)}]\n"]
        let keys = questions.flatMap { question in
            ConfigurationFixture(question).output.matches(of: /Keys here: (.*)/)
                .flatMap { $0.output.1.split(separator: ", ").map(String.init) }
        }

        #expect(keys.count == 37)
        for key in keys { #expect(text.contains(try Regex("\\b\(key)\\b")), "\(key) is not mentioned") }
    }
}
