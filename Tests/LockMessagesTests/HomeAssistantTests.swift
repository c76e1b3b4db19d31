import LockDomain
import LockMessages
import Testing

@Suite struct `A Home Assistant device` {
    private static let devices: [HomeAssistantDevice] = [
        .gateway(version: "1.2.3", in: Samples.layout),
        Samples.device(allowing: [], bridgeMAC: nil),
        Samples.device(allowing: [.lock, .unlock], bridgeMAC: "a0b1c2d3e4f1"),
        Samples.device(allowing: Set(LockAction.allCases), bridgeMAC: "not an address"),
    ]

    /// One key more, in any of these places, and Home Assistant refuses the whole device.
    @Test(arguments: devices)
    func `has no key that the oldest release does not know`(device: HomeAssistantDevice) throws {
        let root: Set = [
            "device", "origin", "components", "availability", "availability_mode", "availability_topic",
            "availability_template", "payload_available", "payload_not_available", "state_topic", "command_topic",
            "qos",
            "encoding",
        ]
        let details: Set = [
            "identifiers", "connections", "name", "manufacturer", "model", "model_id", "sw_version", "hw_version",
            "serial_number", "via_device", "suggested_area", "configuration_url",
        ]
        #expect(Set(device.json.members.keys).isSubset(of: root))
        #expect(Set(try #require(device.json["device"]).members.keys).isSubset(of: details))
        #expect(
            Set(try #require(device.json["origin"]).members.keys).isSubset(of: ["name", "sw_version", "support_url"])
        )
        #expect(device.json["origin"]?["name"] == "loqed-gateway")
        #expect(device.json["device"]?["name"] != nil)
        #expect(device.json["device"]?["identifiers"] == [.text(device.subject.identifier)])
        #expect(device.json["qos"] == 1)
    }

    @Test(arguments: devices)
    func `names each entity itself and never by the option that was removed`(device: HomeAssistantDevice) throws {
        let components = try #require(device.json["components"]).members
        #expect(!components.isEmpty)
        for (thing, component) in components {
            let platform = try #require(component["platform"]?.string)
            let entity = try #require(component["default_entity_id"]?.string)
            #expect(component["unique_id"] == .text("\(device.subject.identifier)_\(thing)"))
            #expect(entity.wholeMatch(of: /[a-z_]+\.[a-z0-9_]+/) != nil)
            #expect(entity.hasPrefix("\(platform)."))
            #expect(component["object_id"] == nil)
            // Only the lock is called like its device.
            #expect((component["name"] == .null) == (platform == "lock"))
        }
    }

    @Test(arguments: devices)
    func `keeps what is newer than the oldest release out of all but the lock`(device: HomeAssistantDevice) throws {
        for (_, component) in try #require(device.json["components"]).members {
            let isLock = component["platform"] == "lock"
            #expect(component["message_expiry_interval"] == (isLock ? 30 : nil))
        }
    }

    @Test(arguments: devices)
    func `is there only while the gateway is`(device: HomeAssistantDevice) {
        #expect(device.json["availability"] == [["topic": "loqed/gateway/availability"]])
        #expect(device.json["availability_topic"] == nil)
    }

    @Test func `offers to open only where opening is allowed`() throws {
        for actions: Set<LockAction> in [[], [.lock], [.unlock], [.lock, .unlock], [.open], Set(LockAction.allCases)] {
            let lock = try #require(Samples.device(allowing: actions).json["components"]?["lock"])
            #expect(lock["payload_open"] == (actions.contains(.open) ? "OPEN" : nil))
            #expect(lock["payload_lock"] == "LOCK")
            #expect(lock["payload_unlock"] == "UNLOCK")
        }
    }

    @Test func `knows all our words for the state`() throws {
        let lock = try #require(Samples.device(allowing: []).json["components"]?["lock"])
        #expect(lock["state_locked"] == "locked")
        #expect(lock["state_unlocked"] == "unlocked")
        #expect(lock["state_open"] == "open")
        #expect(lock["state_locking"] == "locking")
        #expect(lock["state_unlocking"] == "unlocking")
        #expect(lock["state_opening"] == "opening")
        #expect(lock["state_jammed"] == "jammed")
        #expect(lock["state_unknown"] == nil)
        #expect(lock["payload_reset"] == "unknown")
    }

    @Test func `never guesses and leaves no command behind`() throws {
        let lock = try #require(Samples.device(allowing: []).json["components"]?["lock"])
        #expect(lock["optimistic"] == false)
        #expect(lock["retain"] == false)
        #expect(lock["state_topic"] == "loqed/front_door/state")
        #expect(lock["command_topic"] == "loqed/front_door/command")
    }

    @Test func `shows the bridge's address once it is known`() {
        let known = Samples.device(allowing: [], bridgeMAC: "a0b1c2d3e4f1")
        #expect(known.json["device"]?["connections"] == [["mac", "a0:b1:c2:d3:e4:f1"]])
        #expect(Samples.device(allowing: [], bridgeMAC: nil).json["device"]?["connections"] == nil)
        #expect(Samples.device(allowing: [], bridgeMAC: "A0:B1").json["device"]?["connections"] == nil)
    }

    @Test func `hangs on the gateway's, which hangs on nothing`() {
        #expect(Samples.device(allowing: []).json["device"]?["via_device"] == "loqed_gateway")
        let gateway = HomeAssistantDevice.gateway(version: "1.2.3", in: Samples.layout)
        #expect(gateway.json["device"]?["identifiers"] == ["loqed_gateway"])
        #expect(gateway.json["device"]?["via_device"] == nil)
        #expect(gateway.json["device"]?["sw_version"] == "1.2.3")
    }

    @Test func `is valid whatever the owner calls the lock`() throws {
        let name = "Vordertür \"🔑\" {{ 1/0 }}\n\\"
        let device = HomeAssistantDevice.lock(
            Samples.listing(allowing: [.lock], name: name),
            bridgeMAC: nil,
            gatewayVersion: "1",
            in: Samples.layout
        )
        let json = try AnyJSON(Publication(device, in: Samples.homeAssistant).payload)
        #expect(json["device"]?["name"] == .text(name))
    }

    /// `loqed_a` with `x_y` and `loqed_a_x` with `y` would be one to Home Assistant.
    @Test func `shares no identifier with another, however locks are called`() throws {
        let device = Samples.device(allowing: Set(LockAction.allCases))
        let things = try #require(device.json["components"]).members.keys
        for thing in things {
            #expect(!things.contains { thing.hasSuffix("_\($0)") })
        }
    }
}

extension JSONValue {
    fileprivate var string: String? {
        guard case .text(let text) = self else { return nil }
        return text
    }
}
