import Gateway
import Testing

@Suite struct `A variable of the environment` {
    @Test func `goes before the file`() throws {
        let configuration = try ConfigurationFixture.good(mqtt: "  keep_alive: 30s").with(variables: [
            "LOQED_GATEWAY_MQTT_HOST": "10.0.0.7",
            "LOQED_GATEWAY_MQTT_KEEP_ALIVE": "1m",
            "LOQED_GATEWAY_HOME_ASSISTANT_DISCOVERY": "off",
            "LOQED_GATEWAY_LOG_FORMAT": "json",
            "LOQED_GATEWAY_SUPERVISION_STATUS_INTERVAL_UNPROVEN": "90s",
        ]).load()

        #expect(configuration.mqtt.host == "10.0.0.7")
        #expect(configuration.mqtt.port == 1883)
        #expect(configuration.mqtt.keepAlive == .seconds(60))
        #expect(configuration.homeAssistant.discovery == false)
        #expect(configuration.log.format == .json)
        #expect(configuration.supervision.statusIntervalUnproven == .seconds(90))
    }

    @Test func `can give what the file leaves out`() throws {
        var fixture = ConfigurationFixture.good(replacing: "  host: broker.local", with: "")
        fixture.variables = ["LOQED_GATEWAY_MQTT_HOST": "fd00::7"]
        #expect(try fixture.load().summary == "1 lock, broker [fd00::7]:1883")
    }

    @Test func `replaces the password of the file in whichever form either has it`() throws {
        var fixture = ConfigurationFixture.good(mqtt: "  username: loqed\n  password: old")
        fixture.files = ["new.txt": Array("new\r\n".utf8)]
        fixture.variables = ["LOQED_GATEWAY_MQTT_PASSWORD_FILE": "new.txt"]
        #expect(try fixture.load().mqtt.login?.password?.reveal { $0 } == "new")

        fixture = .good(mqtt: "  username: loqed\n  password_file: old.txt")
        fixture.files = ["old.txt": Array("old".utf8)]
        fixture.variables = ["LOQED_GATEWAY_MQTT_PASSWORD": "newer"]
        #expect(try fixture.load().mqtt.login?.password?.reveal { $0 } == "newer")
    }

    @Test func `turns TLS on`() throws {
        var fixture = ConfigurationFixture.good(replacing: "  port: 1883", with: "")
        fixture.files = ["/etc/ssl/home.pem": Array("PEM".utf8)]
        fixture.variables = ["LOQED_GATEWAY_MQTT_TLS_CA_FILE": "/etc/ssl/home.pem"]
        let mqtt = try fixture.load().mqtt
        #expect(mqtt.tls == .init(caFile: "/etc/ssl/home.pem"))
        #expect(mqtt.port == 8883)
    }

    /// An image has the listener for its health check from a variable alone.
    @Test func `turns the admin listener on`() throws {
        let fixture = ConfigurationFixture.good(appending: "")
            .with(variables: ["LOQED_GATEWAY_ADMIN_LISTEN": "127.0.0.1:8098"])
        #expect(try fixture.load().admin == NetworkAddress(host: "127.0.0.1", port: 8098))
    }

    @Test func `is named in place of a line when it is wrong`() {
        let fixture = ConfigurationFixture.good(replacing: "    local_key_id: 3", with: "    local_key_id: three")
            .with(variables: [
                "LOQED_GATEWAY_WEBHOOK_LISTEN": "8099",
                "LOQED_GATEWAY_MQTT_PORT": "0",
                "LOQED_GATEWAY_MQTT_PASSWORD": "hunter2",
                "LOQED_GATEWAY_MQTT_CLIENT_ID": "",
                "LOQED_GATEWAY_MQTT_TLS_CA_FILE": "ca.pem",
            ])
        #expect(
            fixture.output == """
                gateway.yaml:12:19: locks[0].local_key_id: must be a whole number from 0 to 250
                    Example: local_key_id: 3
                LOQED_GATEWAY_MQTT_CLIENT_ID: mqtt.client_id: is empty
                    Give it a value, or unset it.
                LOQED_GATEWAY_MQTT_PASSWORD: mqtt.password: needs a username beside it
                    Example: username: loqed
                LOQED_GATEWAY_MQTT_PORT: mqtt.port: must be a port, a whole number from 1 to 65535
                    Example: LOQED_GATEWAY_MQTT_PORT=1883
                LOQED_GATEWAY_MQTT_TLS_CA_FILE: mqtt.tls.ca_file: the file ca.pem does not exist
                    A relative name counts from the folder of the configuration file.
                LOQED_GATEWAY_WEBHOOK_LISTEN: webhook.listen: must be an address and a port; brackets around IPv6
                    Example: LOQED_GATEWAY_WEBHOOK_LISTEN=0.0.0.0:8099
                """
        )
    }

    /// What Kubernetes puts into every container beside a service `loqed-gateway`.
    @Test func `is passed over when an orchestrator made it of the name of a service`() {
        let fixture = ConfigurationFixture().with(variables: [
            "LOQED_GATEWAY_SERVICE_HOST": "10.0.0.1",
            "LOQED_GATEWAY_SERVICE_PORT": "8099",
            "LOQED_GATEWAY_SERVICE_PORT_WEBHOOKS": "8099",
            "LOQED_GATEWAY_PORT": "tcp://10.0.0.1:8099",
            "LOQED_GATEWAY_PORT_8099_TCP": "tcp://10.0.0.1:8099",
            "LOQED_GATEWAY_PORT_8099_TCP_ADDR": "10.0.0.1",
            "LOQED_GATEWAY_PORT_8099_TCP_PORT": "8099",
            "LOQED_GATEWAY_PORT_8099_TCP_PROTO": "tcp",
            "LOQED_GATEWAY_PORT_HOST": "8099",
        ])
        #expect(
            fixture.output == """
                LOQED_GATEWAY_PORT_HOST: is not a variable of the gateway
                    Did you mean LOQED_GATEWAY_MQTT_HOST?
                """
        )
    }

    @Test func `is reported when nobody knows it`() {
        let fixture = ConfigurationFixture().with(variables: [
            "LOQED_GATEWAY_CONFIG": "gateway.yaml",
            "LOQED_GATEWAY_MQTT_HOTS": "10.0.0.7",
            "LOQED_GATEWAY_LOCKS": "front_door",
            "LOQED_GATEWAYS": "of no concern",
            "PATH": "/usr/bin",
        ])
        #expect(
            fixture.output == """
                LOQED_GATEWAY_LOCKS: is not a variable of the gateway
                    Unset it.
                LOQED_GATEWAY_MQTT_HOTS: is not a variable of the gateway
                    Did you mean LOQED_GATEWAY_MQTT_HOST?
                """
        )
    }
}
