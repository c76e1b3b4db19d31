import GatewayTestSupport
import LockDomain
import LockMessages
import Testing

@Suite struct `A Home Assistant device` {
    private static let devices: [HomeAssistantDevice] = [
        .gateway(version: "1.2.3", in: Samples.layout),
        Samples.device(allowing: []),
        Samples.device(allowing: [.lock, .unlock], Samples.knownBridge),
        Samples.device(allowing: Set(LockAction.allCases), BridgeFacts(mac: "not an address", signalUnit: .decibels)),
        Samples.bridge(Samples.knownBridge),
        Samples.bridge(BridgeFacts(mac: "a0b1c2d3e4f1", signalUnit: .decibels)),
    ].compactMap { $0 }

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
            guard platform != "device_automation", component.members.count > 1 else { continue }
            let entity = try #require(component["default_entity_id"]?.string)
            #expect(component["unique_id"] == .text("\(device.subject.identifier)_\(thing)"))
            #expect(entity.wholeMatch(of: /[a-z_]+\.[a-z0-9_]+/) != nil)
            #expect(entity.hasPrefix("\(platform)."))
            #expect(component["object_id"] == nil)
            // Only the lock is called like its device.
            #expect((component["name"] == .null) == (platform == "lock"))
        }
    }

    /// Before 2025.10 the id of an entity is made of its name, and else it is the one that we ask for: they agree.
    @Test(arguments: devices)
    func `has entities that are called alike on every release`(device: HomeAssistantDevice) throws {
        for (thing, component) in try #require(device.json["components"]).members {
            guard let name = component["name"]?.string else { continue }
            #expect(String(name.lowercased().map { $0.isLetter || $0.isNumber ? $0 : "_" }) == thing)
        }
    }

    @Test(arguments: devices)
    func `sorts its entities into those of daily use, settings and diagnostics`(device: HomeAssistantDevice) throws {
        let daily = ["lock", "event", "last_action", "last_action_time", "last_changed_by"]
        for (thing, component) in try #require(device.json["components"]).members
        where component["unique_id"] != nil {
            let expected: JSONValue? =
                daily.contains(thing) ? nil : thing == "commands_enabled" ? "config" : "diagnostic"
            #expect(component["entity_category"] == expected, "\(thing)")
        }
    }

    @Test(arguments: devices)
    func `has an icon where no device class gives one`(device: HomeAssistantDevice) throws {
        for (thing, component) in try #require(device.json["components"]).members
        where component["unique_id"] != nil && component["platform"] != "lock" {
            let hasClass = component["device_class"].map { !["enum", "duration"].contains($0) } ?? false
            #expect((component["icon"] == nil) == hasClass, "\(thing)")
            if let icon = component["icon"]?.string { #expect(icon.wholeMatch(of: /mdi:[a-z-]+/) != nil) }
        }
    }

    /// Home Assistant fires device triggers for retained messages, whenever it starts.
    @Test func `has a trigger for every event, on the topic that is never retained`() throws {
        let components = try #require(Samples.device(allowing: []).json["components"]).members
        let triggers = components.filter { $0.value["platform"] == "device_automation" }
        #expect(Set(triggers.keys) == Set(LockOccurrence.Word.allCases.map { "trigger_\($0.rawValue)" }))
        for trigger in triggers.values { #expect(trigger["topic"] == "loqed/front_door/event") }
        #expect(
            triggers["trigger_command_failed"] == [
                "platform": "device_automation", "automation_type": "trigger", "type": "reported",
                "subtype": "command failed", "topic": "loqed/front_door/event", "payload": "command_failed",
                "value_template": "{{ (value_json | default({}, true)).event_type | default(none) }}",
            ]
        )
    }

    /// What is left out stays in Home Assistant for ever.
    @Test func `takes away what earlier versions had on it`() throws {
        let components = try #require(Samples.device(allowing: []).json["components"])
        for thing in ["clock_skew", "webhook_delay"] { #expect(components[thing] == ["platform": "sensor"]) }
    }

    @Test func `knows every word that an event and a command can have`() throws {
        let components = try #require(Samples.device(allowing: []).json["components"])
        #expect(components["event"]?["event_types"] == .list(LockOccurrence.Word.allCases.map { .text($0.rawValue) }))
        let statuses: [CommandStatus] = [
            .received, .sending, .sent, .accepted, .confirmed, .failed(.offline), .expired(nil), .superseded,
            .refused(.busy),
        ]
        #expect(components["last_command"]?["options"] == .list(statuses.map { .text($0.words.status) }))
    }

    @Test(arguments: devices)
    func `lets what it sends expire, and keeps what is newer than the oldest release out of all else`(
        device: HomeAssistantDevice
    ) throws {
        for (_, component) in try #require(device.json["components"]).members {
            let sends = component["command_topic"] != nil
            #expect(component["message_expiry_interval"] == (sends ? 30 : nil))
            #expect(component["retain"] == (sends ? false : nil))
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

    @Test func `is there for a bridge once its address is known`() throws {
        let known = try #require(Samples.bridge(Samples.knownBridge))
        #expect(known.subject.identifier == "loqed_front_door-bridge")
        #expect(
            known.json["device"] == [
                "identifiers": ["loqed_front_door-bridge"], "connections": [["mac", "a0:b1:c2:d3:e4:f1"]],
                "name": "Front door bridge", "manufacturer": "LOQED", "model": "Bridge", "hw_version": "ESP32",
                "via_device": "loqed_gateway",
            ]
        )
        #expect(Samples.bridge(BridgeFacts()) == nil)
        #expect(Samples.bridge(BridgeFacts(mac: "A0:B1")) == nil)
    }

    @Test func `claims decibels only for a bridge that gives them`() throws {
        let percent = try #require(Samples.bridge(Samples.knownBridge)?.json["components"]?["wi_fi_signal"])
        #expect(percent["unit_of_measurement"] == "%")
        #expect(percent["device_class"] == nil)
        let old = BridgeFacts(mac: "a0b1c2d3e4f1", signalUnit: .decibels)
        let decibels = try #require(Samples.bridge(old)?.json["components"]?["wi_fi_signal"])
        #expect(decibels["unit_of_measurement"] == "dBm")
        #expect(decibels["device_class"] == "signal_strength")
    }

    @Test func `keeps its identity whatever its bridge is`() {
        let without = Samples.device(allowing: []).json["device"]?["identifiers"]
        #expect(without == ["loqed_front_door"])
        #expect(Samples.device(allowing: [], Samples.knownBridge).json["device"]?["identifiers"] == without)
    }

    @Test func `hangs on its bridge's, that on the gateway's, which hangs on nothing`() {
        #expect(Samples.device(allowing: []).json["device"]?["via_device"] == "loqed_gateway")
        let known = Samples.device(allowing: [], Samples.knownBridge)
        #expect(known.json["device"]?["via_device"] == "loqed_front_door-bridge")
        let gateway = HomeAssistantDevice.gateway(version: "1.2.3", in: Samples.layout)
        #expect(gateway.json["device"]?["identifiers"] == ["loqed_gateway"])
        #expect(gateway.json["device"]?["via_device"] == nil)
        #expect(gateway.json["device"]?["sw_version"] == "1.2.3")
    }

    @Test func `is valid whatever the owner calls the lock`() throws {
        let name = "Vordertür \"🔑\" {{ 1/0 }}\n\\"
        let device = HomeAssistantDevice.lock(
            Samples.listing(allowing: [.lock], name: name),
            BridgeFacts(),
            below: .gateway,
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

extension HomeAssistantDevice: CustomTestStringConvertible {
    /// The whole document would be a page in each line of a test run.
    package var testDescription: String { subject.identifier }
}
