import Gateway
import LockDomain
import LoqedWire
import Testing

@Suite struct `The integration information of LOQED's portal` {
    /// As the portal shows it, over several lines.
    static let portal = """
        {
          "lock_id": "Tk7dQ2mXw9LpR4sVb1Za",
          "lock_key_local_id": 6,
          "lock_key_key": "\(ConfigurationFixture.keySecret)",
          "backend_key": "+VkqxbXy3fdTjMcENKPLBnXZnMD5tpvMenRcxTHAUrM=",
          "bridge_key": "\(ConfigurationFixture.bridgeKey)",
          "bridge_ip": "192.0.2.10",
          "bridge_mdns_hostname": "LOQED-a0b1c2d3e4f1.local"
        }

        """

    /// Line 8 names the file; further lines of the lock stand behind it.
    private static func fixture(_ json: String = portal, beside lines: String = "") -> ConfigurationFixture {
        ConfigurationFixture(
            """
            mqtt:
              host: broker.local
            webhook:
              listen: 0.0.0.0:8099
            locks:
              - id: front_door
                name: Front door
                integration_file: front.json

            """ + lines
        ).with(["front.json": json])
    }

    @Test func `is taken as it is`() throws {
        let lock = try #require(try Self.fixture().load().locks.first)
        let direct = try #require(try ConfigurationFixture().load().locks.first)

        #expect(lock.bridge == NetworkAddress(host: "192.0.2.10", port: 80))
        #expect(lock.bridgeMAC == "a0b1c2d3e4f1")
        #expect(lock.bridgeKey.mark == direct.bridgeKey.mark)
        #expect(lock.localKeyID == KeyID(6))
        #expect(lock.allowedActions == [.lock, .unlock])
    }

    @Test(arguments: [
        (#""lock_key_local_id": 6"#, #""lock_key_local_id": "6""#),
        ("{\n", "{\"something_new\": [{\"a\": null}, 1.5, true],\n"),
        ("\n", ""),
        ("\n", "\r\n"),
        ("  ", "\t"),
        (": ", ":"),
    ])
    func `may look as JSON may look`(old: String, new: String) throws {
        let lock = try #require(try Self.fixture(Self.portal.replacing(old, with: new)).load().locks.first)
        #expect(lock.bridge.host == "192.0.2.10")
        #expect(lock.localKeyID == KeyID(6))
    }

    @Test(arguments: [#""""#, "null", #""192.0.2.10""#])
    func `may leave the address to the name of the bridge`(address: String) throws {
        let json = Self.portal.replacing(#""192.0.2.10""#, with: address)
        let lock = try #require(try Self.fixture(json).load().locks.first)
        #expect(lock.bridge.host == (address.contains("192") ? "192.0.2.10" : "loqed-a0b1c2d3e4f1.local"))
    }

    @Test func `gives way to an address beside it, and still tells which bridge it is`() throws {
        let lock = try #require(try Self.fixture(beside: "    bridge: 192.168.1.77\n").load().locks.first)
        #expect(lock.bridge == NetworkAddress(host: "192.168.1.77", port: 80))
        #expect(lock.bridgeMAC == "a0b1c2d3e4f1")
        #expect(lock.localKeyID == KeyID(6))
    }

    @Test func `needs no address when there is one beside it`() throws {
        let json = Self.portal.replacing(#""192.0.2.10""#, with: #""""#)
            .replacing(#""LOQED-a0b1c2d3e4f1.local""#, with: "null")
        #expect(try Self.fixture(json, beside: "    bridge: 192.168.1.77\n").load().locks.first?.bridgeMAC == nil)
    }

    @Test func `shows where in it something is wrong`() {
        let json = """
            {
              "lock_key_local_id": 300,
              "lock_key_key": "Canary0fTheC0alMine",
              "bridge_ip": "somewhere else",
              "bridge_mdns_hostname": ""
            }
            """
        #expect(
            Self.fixture(json).output == """
                front.json:1:1: bridge_key: is missing
                    Copy the integration information of LOQED's page again, whole.
                front.json:2:24: lock_key_local_id: must be a whole number from 0 to 250
                    Copy the integration information of LOQED's page again, whole.
                front.json:3:19: lock_key_key: is not base64
                    Copy lock_key_key as LOQED shows it: 44 characters of base64, the last one a `=`.
                front.json:4:16: bridge_ip: must be an IP address, a host name or the bridge's Wi-Fi MAC, with or without \
                a port; brackets around IPv6
                    Copy the integration information of LOQED's page again, whole.
                """
        )
    }

    @Test(arguments: ["Canary0fTheC0alMine", "[1]", "{\"bridge_key\": \"Canary0fTheC0alMine", "{\"a\" 1}", "\"x\""])
    func `is refused whole when it is not JSON`(text: String) {
        let output = Self.fixture(text).output
        #expect(output.contains(": is not the JSON that LOQED's page shows\n"))
        #expect(output.hasSuffix("Copy the integration information again, whole: it begins with { and ends with }."))
        #expect(!output.contains("Canary"))
    }

    @Test func `says what to do when it does not know where the bridge is`() {
        let json = Self.portal.replacing(#""192.0.2.10""#, with: "null")
            .replacing(#""LOQED-a0b1c2d3e4f1.local""#, with: #""""#)
        #expect(
            Self.fixture(json).output == """
                front.json:7:16: bridge_ip: has no value, and bridge_mdns_hostname neither
                    Write bridge: beside integration_file, with the address of the bridge.
                """
        )
    }

    @Test func `does not go with keys beside it`() {
        let lines = """
                bridge_key: "\(ConfigurationFixture.bridgeKey)"
                key_secret_file: secret.txt
                local_key_id: 6

            """
        #expect(
            Self.fixture(beside: lines).output == """
                gateway.yaml:9:5: locks[0].bridge_key: is given beside integration_file
                    Keep one of the two: the file of LOQED's portal has this key too.
                gateway.yaml:10:5: locks[0].key_secret_file: is given beside integration_file
                    Keep one of the two: the file of LOQED's portal has this key too.
                gateway.yaml:11:5: locks[0].local_key_id: is given beside integration_file
                    Keep one of the two: the file of LOQED's portal has this key too.
                """
        )
    }

    @Test func `cannot be there for two locks`() {
        let second = """
              - id: back_door
                name: Back door
                integration_file: front.json

            """
        #expect(
            Self.fixture(beside: second).output == """
                front.json:7:16: locks[1].bridge: is the same as locks[0].bridge
                    One bridge serves one lock.
                """
        )
    }

    @Test func `is missed where it is named`() {
        var fixture = Self.fixture()
        fixture.files = [:]
        #expect(
            fixture.output == """
                gateway.yaml:8:23: locks[0].integration_file: the file front.json does not exist
                    A relative name counts from the folder of the configuration file.
                """
        )
    }
}
