extension BrokenConfiguration {
    static let topics = [
        BrokenConfiguration(
            "a wildcard in the base topic",
            .good(mqtt: "  base_topic: home/+"),
            """
            gateway.yaml:4:15: mqtt.base_topic: must not have the wildcards + and #
                Example: base_topic: loqed
            """
        ),
        BrokenConfiguration(
            "a slash at the end of the base topic",
            .good(mqtt: "  base_topic: loqed/"),
            """
            gateway.yaml:4:15: mqtt.base_topic: must not begin or end with a slash, nor have two in a row
                Example: base_topic: loqed
            """
        ),
        BrokenConfiguration(
            "a zero in the base topic",
            .good(mqtt: "  base_topic: \"lo\\0qed\""),
            """
            gateway.yaml:4:15: mqtt.base_topic: holds a control character, such as a line break
                Example: base_topic: loqed
            """
        ),
        BrokenConfiguration(
            "an empty discovery prefix",
            .good(appending: "home_assistant: {discovery_prefix: \"\"}\n"),
            """
            gateway.yaml:13:36: home_assistant.discovery_prefix: is empty
                Example: discovery_prefix: homeassistant
            """
        ),
        BrokenConfiguration(
            "a topic of the broker",
            .good(appending: "home_assistant: {discovery_prefix: $SYS}\n"),
            """
            gateway.yaml:13:36: home_assistant.discovery_prefix: must not begin with $, which belongs to the broker
                Example: discovery_prefix: homeassistant
            """
        ),
    ]

    static let mqtt = [
        BrokenConfiguration(
            "no broker",
            .good(replacing: "  host: broker.local", with: ""),
            """
            gateway.yaml:1:1: mqtt.host: is missing
                Example: host: 192.168.1.5
            """
        ),
        BrokenConfiguration(
            "a broker with its port",
            .good(replacing: "  host: broker.local", with: "  host: broker.local:1883"),
            """
            gateway.yaml:2:9: mqtt.host: must be a host name or an IP address, without a port
                Example: host: 192.168.1.5
            """
        ),
        BrokenConfiguration(
            "a port that no one has",
            .good(replacing: "  port: 1883", with: "  port: 65536"),
            """
            gateway.yaml:3:9: mqtt.port: must be a port, a whole number from 1 to 65535
                Example: port: 1883
            """
        ),
        BrokenConfiguration(
            "a version of MQTT that does not exist",
            .good(mqtt: "  protocol: 4"),
            """
            gateway.yaml:4:13: mqtt.protocol: must be 5 or 3.1.1
                Example: protocol: "5"
            """
        ),
        BrokenConfiguration(
            "a password without a username",
            .good(mqtt: "  password: hunter2"),
            """
            gateway.yaml:4:13: mqtt.password: needs a username beside it
                Example: username: loqed
            """
        ),
        BrokenConfiguration(
            "a password twice",
            .good(mqtt: "  username: loqed\n  password: hunter2\n  password_file: mqtt.password"),
            """
            gateway.yaml:6:18: mqtt.password_file: is given beside password
                Keep one of the two: password or password_file.
            """
        ),
        BrokenConfiguration(
            "a password file that is not there",
            .good(mqtt: "  username: loqed\n  password_file: mqtt.password"),
            """
            gateway.yaml:5:18: mqtt.password_file: the file mqtt.password does not exist
                A relative name counts from the folder of the configuration file.
            """
        ),
        BrokenConfiguration(
            "a client certificate without its key",
            .good(mqtt: "  tls:\n    certificate_file: client.pem").with(["client.pem": "PEM"]),
            """
            gateway.yaml:4:3: mqtt.tls.private_key_file: is missing
                A certificate needs its key. Example: private_key_file: client.key
            """
        ),
        BrokenConfiguration(
            "a client key without its certificate, and an empty authority",
            .good(mqtt: "  tls:\n    private_key_file: client.key\n    ca_file: ca.pem")
                .with(["client.key": "PEM", "ca.pem": ""]),
            """
            gateway.yaml:4:3: mqtt.tls.certificate_file: is missing
                A key needs its certificate. Example: certificate_file: client.pem
            gateway.yaml:6:14: mqtt.tls.ca_file: the file ca.pem is empty
                A relative name counts from the folder of the configuration file.
            """
        ),
        BrokenConfiguration(
            "an address to listen at without a port",
            .good(replacing: "  listen: 0.0.0.0:8099", with: "  listen: 0.0.0.0"),
            """
            gateway.yaml:5:11: webhook.listen: must be an address and a port; brackets around IPv6
                Example: listen: 0.0.0.0:8099
            """
        ),
        BrokenConfiguration(
            "a callback address with a path",
            .good(replacing: "  listen: 0.0.0.0:8099", with: "  advertise: http://192.168.1.10:8099/loqed"),
            """
            gateway.yaml:5:14: webhook.advertise: must be http://, a host and a port, with no path and no login
                Example: advertise: http://192.168.1.10:8099
            """
        ),
        BrokenConfiguration(
            "a tolerance of minutes",
            .good(replacing: "  listen: 0.0.0.0:8099", with: "  timestamp_tolerance: 2m"),
            """
            gateway.yaml:5:24: webhook.timestamp_tolerance: must be between 1s and 1m
                Example: timestamp_tolerance: 20s
            """
        ),
    ]

    static let locks = [
        BrokenConfiguration(
            "no locks",
            ConfigurationFixture("mqtt: {host: broker.local}\nlocks: []\n"),
            """
            gateway.yaml:2:8: locks: is empty
                Each lock is an item of the list: it begins with `- id: front_door`.
            """
        ),
        BrokenConfiguration(
            "one lock without a list around it",
            ConfigurationFixture("mqtt: {host: broker.local}\nlocks:\n  id: front_door\n"),
            """
            gateway.yaml:3:3: locks: must be a list
                Each lock is an item of the list: it begins with `- id: front_door`.
            """
        ),
        BrokenConfiguration(
            "an empty lock",
            ConfigurationFixture("mqtt: {host: broker.local}\nlocks:\n  - {}\n"),
            """
            gateway.yaml:3:5: locks[0].bridge: is missing
                Example: bridge: 192.168.1.50
            gateway.yaml:3:5: locks[0].bridge_key: is missing
                Give bridge_key, or bridge_key_file with the name of a file.
            gateway.yaml:3:5: locks[0].id: is missing
                Example: id: front_door
            gateway.yaml:3:5: locks[0].key_secret: is missing
                Give key_secret, or key_secret_file with the name of a file.
            gateway.yaml:3:5: locks[0].local_key_id: is missing
                Example: local_key_id: 3
            gateway.yaml:3:5: locks[0].name: is missing
                Example: name: Front door
            """
        ),
        BrokenConfiguration(
            "an id with capitals",
            .good(replacing: "  - id: front_door", with: "  - id: Front_Door"),
            """
            gateway.yaml:7:9: locks[0].id: must have 1 to 64 characters, only a to z, 0 to 9 and _
                Example: id: front_door
            """
        ),
        BrokenConfiguration(
            "an id that means the gateway",
            .good(replacing: "  - id: front_door", with: "  - id: gateway"),
            """
            gateway.yaml:7:9: locks[0].id: must not be gateway, which means ourselves
                Example: id: front_door
            """
        ),
        BrokenConfiguration(
            "the same lock twice",
            .good(
                appending: """
                      - id: front_door
                        name: Back door
                        bridge: 192.168.1.50:80
                        bridge_key: "\(ConfigurationFixture.bridgeKey)"
                        key_secret: "\(ConfigurationFixture.keySecret)"
                        local_key_id: 3

                    """
            ),
            """
            gateway.yaml:13:9: locks[1].id: is the same as locks[0].id
                Give each lock an id of its own.
            gateway.yaml:15:13: locks[1].bridge: is the same as locks[0].bridge
                One bridge serves one lock.
            """
        ),
        BrokenConfiguration(
            "a bridge with a number too large",
            .good(replacing: "    bridge: 192.168.1.50", with: "    bridge: 192.168.1.500"),
            """
            gateway.yaml:9:13: locks[0].bridge: must be an IP address, a host name or the bridge's Wi-Fi MAC, with or without a port; brackets \
            around IPv6
                Example: bridge: 192.168.1.50
            """
        ),
        BrokenConfiguration(
            "a bridge by its URL",
            .good(replacing: "    bridge: 192.168.1.50", with: "    bridge: http://192.168.1.50/"),
            """
            gateway.yaml:9:13: locks[0].bridge: must be an IP address, a host name or the bridge's Wi-Fi MAC, with or without a port; brackets \
            around IPv6
                Example: bridge: 192.168.1.50
            """
        ),
    ]

    static let keys = [
        BrokenConfiguration(
            "a bridge key that lost its end",
            .good(
                replacing: "    bridge_key: \"\(ConfigurationFixture.bridgeKey)\"",
                with: "    bridge_key: \"//79/Pv6+fj39vX08/Lx8O/u7\""
            ),
            """
            gateway.yaml:10:17: locks[0].bridge_key: is not base64
                Copy bridge_key as LOQED shows it: 44 characters of base64, the last one a `=`.
            """
        ),
        BrokenConfiguration(
            "a key secret that is too short",
            .good(
                replacing: "    key_secret: \"\(ConfigurationFixture.keySecret)\"",
                with: "    key_secret: AAECAwQFBgcICQoL"
            ),
            """
            gateway.yaml:11:17: locks[0].key_secret: has 12 bytes where a key of LOQED has 32
                Copy key_secret as LOQED shows it: 44 characters of base64, the last one a `=`.
            """
        ),
        BrokenConfiguration(
            "what the portal shows in place of the name of its file",
            .good(
                replacing: "    bridge: 192.168.1.50",
                with: "    integration_file: '{\"bridge_key\": \"\(ConfigurationFixture.bridgeKey)\"}'"
            ),
            """
            gateway.yaml:9:23: locks[0].integration_file: is not the name of a file but looks like a secret
                Example: integration_file: front_door.json
            gateway.yaml:10:5: locks[0].bridge_key: is given beside integration_file
                Keep one of the two: the file of LOQED's portal has this key too.
            gateway.yaml:11:5: locks[0].key_secret: is given beside integration_file
                Keep one of the two: the file of LOQED's portal has this key too.
            gateway.yaml:12:5: locks[0].local_key_id: is given beside integration_file
                Keep one of the two: the file of LOQED's portal has this key too.
            """
        ),
        BrokenConfiguration(
            "a listener for health at the place of the webhooks'",
            .good(replacing: "webhook:", with: "admin: {listen: \"127.0.0.1:8099\"}\nwebhook:"),
            """
            gateway.yaml:4:17: admin.listen: is what webhook.listen has already
                Give it a port of its own: 127.0.0.1:8098
            """
        ),
        BrokenConfiguration(
            "a listener for health without an address",
            .good(replacing: "webhook:", with: "admin: {}\nwebhook:"),
            """
            gateway.yaml:4:1: admin.listen: is missing
                Example: listen: 127.0.0.1:8098
            """
        ),
        BrokenConfiguration(
            "a key in place of the name of its file",
            .good(
                replacing: "    key_secret: \"\(ConfigurationFixture.keySecret)\"",
                with: "    key_secret_file: \(ConfigurationFixture.keySecret)"
            ),
            """
            gateway.yaml:11:22: locks[0].key_secret_file: is not the name of a file but looks like a secret
                Use key_secret for the secret itself, key_secret_file for the name of a file.
            """
        ),
        BrokenConfiguration(
            "a key file that holds something else",
            .good(
                replacing: "    key_secret: \"\(ConfigurationFixture.keySecret)\"",
                with: "    key_secret_file: front_door.key"
            ).with(["front_door.key": "not a key\n"]),
            """
            gateway.yaml:11:22: locks[0].key_secret_file: the text of the file front_door.key is not base64
                Copy key_secret as LOQED shows it: 44 characters of base64, the last one a `=`.
            """
        ),
        BrokenConfiguration(
            "a key number that no key has",
            .good(replacing: "    local_key_id: 3", with: "    local_key_id: 251"),
            """
            gateway.yaml:12:19: locks[0].local_key_id: must be a whole number from 0 to 250
                Example: local_key_id: 3
            """
        ),
        BrokenConfiguration(
            "a key number in octal",
            .good(replacing: "    local_key_id: 3", with: "    local_key_id: 03"),
            """
            gateway.yaml:12:19: locks[0].local_key_id: must be a whole number from 0 to 250
                Example: local_key_id: 3
            """
        ),
        BrokenConfiguration(
            "a command that a lock does not know",
            .good(appending: "    commands: [lock, close]\n"),
            """
            gateway.yaml:13:22: locks[0].commands[1]: must be lock, unlock or open
                Example: commands: [lock, unlock, open]
            """
        ),
        BrokenConfiguration(
            "a command without a list around it",
            .good(appending: "    commands: lock\n"),
            """
            gateway.yaml:13:15: locks[0].commands: must be a list
                Example: commands: [lock, unlock, open]
            """
        ),
        BrokenConfiguration(
            "names for keys that are not numbers",
            .good(appending: "    key_names: {Alice: 1, 255: Bob, 4: ~}\n"),
            """
            gateway.yaml:13:17: locks[0].key_names: must be a whole number from 0 to 254
                Example: key_names: {1: Alice, 3: Gateway}
            gateway.yaml:13:27: locks[0].key_names: must be a whole number from 0 to 254
                Example: key_names: {1: Alice, 3: Gateway}
            gateway.yaml:13:40: locks[0].key_names.4: has no value
                Example: key_names: {1: Alice, 3: Gateway}
            """
        ),
        BrokenConfiguration(
            "two names for one key",
            .good(appending: "    key_names: {1: Alice, 1: Bob}\n"),
            """
            gateway.yaml:13:27: locks[0].key_names.1: is given twice
                Remove one of the two.
            """
        ),
    ]
}
