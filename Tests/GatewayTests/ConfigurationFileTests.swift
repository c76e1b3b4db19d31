import Gateway
import Testing

@Suite struct `The configuration file` {
    @Test(arguments: [
        (option: "a.yaml", variables: ["LOQED_GATEWAY_CONFIG": "b.yaml"], path: "a.yaml"),
        (option: nil, variables: ["LOQED_GATEWAY_CONFIG": "b.yaml"], path: "b.yaml"),
        (option: nil, variables: ["LOQED_GATEWAY_CONFIG": ""], path: "gateway.yaml"),
        (option: nil, variables: [:], path: "gateway.yaml"),
    ])
    func `is named by the option, else by the variable, else by its usual name`(
        option: String?,
        variables: [String: String],
        path: String
    ) {
        let environment = ConfigurationFixture().with(variables: variables).environment
        #expect(ConfigurationFile(option: option, in: environment).path == path)
    }

    @Test(arguments: [
        (present: ["gateway.yaml", "/etc/loqed-gateway/gateway.yaml"], path: "gateway.yaml"),
        (present: ["/etc/loqed-gateway/gateway.yaml"], path: "/etc/loqed-gateway/gateway.yaml"),
        (present: ["/etc/other.yaml"], path: "gateway.yaml"),
    ])
    func `is the installed one where the folder has none`(present: [String], path: String) {
        let environment = LaunchEnvironment(variables: [:]) { name, _ throws(FileFailure) in
            guard present.contains(name) else { throw .missing }
            return []
        }
        #expect(ConfigurationFile(option: nil, in: environment).path == path)
        #expect(ConfigurationFile(option: "mine.yaml", in: environment).path == "mine.yaml")
    }

    @Test func `that may not be read is taken for the installed one, and says so`() {
        let environment = LaunchEnvironment(variables: [:]) { name, _ throws(FileFailure) in
            throw name == "/etc/loqed-gateway/gateway.yaml" ? .forbidden : .missing
        }
        let failure = #expect(throws: ConfigurationFailure.self) {
            try ConfigurationFile(option: nil, in: environment).load(in: environment)
        }
        #expect(
            failure?.description == """
                /etc/loqed-gateway/gateway.yaml: may not be read by this user
                    It holds keys, so others may not: use sudo, or be the user that the gateway runs as.
                """
        )
    }

    @Test func `in a folder that may not be searched is none`() {
        let environment = LaunchEnvironment(variables: [:]) { name, _ throws(FileFailure) in
            guard name == "/etc/loqed-gateway/gateway.yaml" else { throw .forbidden }
            return []
        }
        #expect(ConfigurationFile(option: nil, in: environment).path == "/etc/loqed-gateway/gateway.yaml")
    }

    @Test(arguments: [
        (
            present: ["gateway.yaml", "/etc/loqed-gateway/gateway.yaml", "/etc/loqed-gateway"], folder: "/home/u",
            is: true
        ),
        // A package without a configuration: only what is to be written is in doubt.
        (present: ["gateway.yaml", "/etc/loqed-gateway"], folder: "/home/u", is: false),
        (present: ["gateway.yaml"], folder: "/home/u", is: false),
        (present: ["/etc/loqed-gateway/gateway.yaml", "/etc/loqed-gateway"], folder: "/home/u", is: false),
        (present: ["gateway.yaml", "/etc/loqed-gateway/gateway.yaml"], folder: "/etc/loqed-gateway", is: false),
    ])
    func `is in doubt where there are two and nobody named one`(present: [String], folder: String, is isDoubtful: Bool)
    {
        let environment = LaunchEnvironment(
            variables: [:],
            folder: { $0.hasPrefix("/etc") ? "/etc/loqed-gateway" : folder }
        ) { name, _ throws(FileFailure) in
            guard present.contains(name) else { throw .missing }
            guard name != "/etc/loqed-gateway" else { throw .notAFile }
            return []
        }
        let text = """
            gateway.yaml of this folder is used, not /etc/loqed-gateway/gateway.yaml; for that one go to another folder, or \
            name it
            """
        #expect(ConfigurationFile(option: nil, in: environment).doubt == (isDoubtful ? text : nil))
        #expect(ConfigurationFile(option: "gateway.yaml", in: environment).doubt == nil)
        let isWritten = present.contains("gateway.yaml") && present.contains("/etc/loqed-gateway")
        #expect(ConfigurationFile.toWrite(option: nil, in: environment).doubt == (isWritten ? text : nil))
        #expect(ConfigurationFile.toWrite(option: "gateway.yaml", in: environment).doubt == nil)
    }

    @Test(arguments: [
        (present: [], path: "gateway.yaml"), (present: ["gateway.yaml", "/etc/loqed-gateway"], path: "gateway.yaml"),
        (present: ["/etc/loqed-gateway"], path: "/etc/loqed-gateway/gateway.yaml"),
    ])
    func `is first written where the package has made a folder for it`(present: [String], path: String) {
        let environment = LaunchEnvironment(variables: [:]) { name, _ throws(FileFailure) in
            guard present.contains(name) else { throw .missing }
            guard name != "/etc/loqed-gateway" else { throw .notAFile }
            return []
        }
        #expect(ConfigurationFile.toWrite(option: nil, in: environment).path == path)
        #expect(ConfigurationFile.toWrite(option: "mine.yaml", in: environment).path == "mine.yaml")
    }

    @Test(arguments: ["gateway.yaml", "/etc//loqed-gateway/gateway.yaml", "../loqed-gateway/gateway.yaml"])
    func `has its state where Debian keeps state, however it is named`(path: String) throws {
        let environment = LaunchEnvironment(variables: [:], folder: { _ in "/etc/loqed-gateway" }) {
            _,
            _ throws(FileFailure) in Array(ConfigurationFixture.good.utf8)
        }
        #expect(try ConfigurationFile(path: path).load(in: environment).stateDirectory == "/var/lib/loqed-gateway")
    }

    @Test(arguments: [
        (path: "gateway.yaml", folder: "state"),
        (path: "/srv/door/gateway.yaml", folder: "/srv/door/state"),
        (path: "/etc/loqed-gateway/gateway.yaml", folder: "/var/lib/loqed-gateway"),
    ])
    func `has its state beside it, or where Debian keeps state`(path: String, folder: String) throws {
        var fixture = ConfigurationFixture()
        fixture.path = path
        #expect(try fixture.load().stateDirectory == folder)
    }

    @Test func `ends the process with 66 when it cannot be read and with 78 when it is wrong`() {
        let environment = ConfigurationFixture("mqtt: 1").environment
        let missing = #expect(throws: ConfigurationFailure.self) {
            try ConfigurationFile(path: "other.yaml").load(in: environment)
        }
        #expect(missing == .unreadable(path: "other.yaml", .missing))
        #expect(missing?.exitCode == 66)
        #expect(
            missing?.description == """
                other.yaml: does not exist
                    Name the file with --config FILE or in LOQED_GATEWAY_CONFIG, or write one: loqed-gateway setup
                """
        )
        #expect(
            ConfigurationFailure.unreadable(path: "gateway.yaml", .missing).description == """
                gateway.yaml: does not exist
                    Without a name it is gateway.yaml in this folder, else /etc/loqed-gateway/gateway.yaml. Name the file \
                with --config FILE or in LOQED_GATEWAY_CONFIG, or write one: loqed-gateway setup
                """
        )

        let wrong = #expect(throws: ConfigurationFailure.self) {
            try ConfigurationFile(path: "gateway.yaml").load(in: environment)
        }
        #expect(wrong?.exitCode == 78)
    }

    @Test func `shows all its mistakes at once in the order of its lines`() {
        let text = """
            mqtt:
              port: many
              base_topic: "#"
              pasword: hunter2
            log: {level: loud}
            locks:
              - id: Front
                bridge: here or there
                bridge_key: "//79"
                key_secret: nothing
                local_key_id: 300
              - id: back_door
                name: Back door
            webhook: {listen: everywhere}
            """
        #expect(
            ConfigurationFixture(text).output == """
                gateway.yaml:1:1: mqtt.host: is missing
                    Example: host: 192.168.1.5
                gateway.yaml:2:9: mqtt.port: must be a port, a whole number from 1 to 65535
                    Example: port: 1883
                gateway.yaml:3:15: mqtt.base_topic: must not have the wildcards + and #
                    Example: base_topic: loqed
                gateway.yaml:4:3: mqtt.pasword: is not a key that exists here
                    Did you mean password?
                gateway.yaml:5:14: log.level: must be trace, debug, info, notice, warning, error or critical
                    Example: level: info
                gateway.yaml:7:5: locks[0].name: is missing
                    Example: name: Front door
                gateway.yaml:7:9: locks[0].id: must have 1 to 64 characters, only a to z, 0 to 9 and _
                    Example: id: front_door
                gateway.yaml:8:13: locks[0].bridge: must be an IP address, a host name or the bridge's Wi-Fi MAC, with or without a port; \
                brackets around IPv6
                    Example: bridge: 192.168.1.50
                gateway.yaml:9:17: locks[0].bridge_key: has 3 bytes where a key of LOQED has 32
                    Copy bridge_key as LOQED shows it: 44 characters of base64, the last one a `=`.
                gateway.yaml:10:17: locks[0].key_secret: is not base64
                    Copy key_secret as LOQED shows it: 44 characters of base64, the last one a `=`.
                gateway.yaml:11:19: locks[0].local_key_id: must be a whole number from 0 to 250
                    Example: local_key_id: 3
                gateway.yaml:12:5: locks[1].bridge: is missing
                    Example: bridge: 192.168.1.50
                gateway.yaml:12:5: locks[1].bridge_key: is missing
                    Give bridge_key, or bridge_key_file with the name of a file.
                gateway.yaml:12:5: locks[1].key_secret: is missing
                    Give key_secret, or key_secret_file with the name of a file.
                gateway.yaml:12:5: locks[1].local_key_id: is missing
                    Example: local_key_id: 3
                gateway.yaml:14:19: webhook.listen: must be an address and a port; brackets around IPv6
                    Example: listen: 0.0.0.0:8099
                """
        )
    }

    @Test func `is named in every line as it was given`() {
        var fixture = ConfigurationFixture("locks: []\nmqtt: {host: broker}\n")
        fixture.path = "/etc/loqed-gateway/home.yaml"
        #expect(
            fixture.output == """
                /etc/loqed-gateway/home.yaml:1:8: locks: is empty
                    Each lock is an item of the list: it begins with `- id: front_door`.
                """
        )
    }

    @Test func `is what the names of other files count from`() throws {
        var fixture = ConfigurationFixture.good(
            replacing: "    key_secret: \"\(ConfigurationFixture.keySecret)\"",
            with: "    key_secret_file: keys/front_door"
        )
        fixture.path = "/etc/loqed-gateway/home.yaml"
        fixture.files = ["/etc/loqed-gateway/keys/front_door": Array((ConfigurationFixture.keySecret + "\n").utf8)]
        #expect(try fixture.load().locks.count == 1)
    }

    @Test func `shows a hundred mistakes and counts the rest`() {
        let lines = (0..<105).map { "unknown_\($0): 1" }.joined(separator: "\n")
        let output = ConfigurationFixture("mqtt: {host: broker}\nlocks: []\n" + lines).output
        #expect(output.split(separator: "\n").count == 201)
        #expect(output.hasSuffix("\n... and 6 more"))
    }
}
