package import LockDomain

/// The discovery messages for Home Assistant, right on every release from 2024.12 on.
///
/// Root, device and origin refuse unknown keys and with them the whole device, so what newer releases brought stands in
/// the components, which pass over what they do not know.
package struct HomeAssistantDevice: Sendable {
    private let layout: TopicLayout
    private let prefix: String
    private let version: String

    /// - Parameters:
    ///   - prefix: Home Assistant's discovery prefix, by default `homeassistant`.
    ///   - version: the gateway's.
    package init(layout: TopicLayout, prefix: String, version: String) {
        self.layout = layout
        self.prefix = prefix
        self.version = version
    }

    /// The gateway itself. Sent before the locks, which name it as the device they are reached through.
    package var gateway: Publication {
        publication(
            id: Self.gatewayID,
            device: [
                "identifiers": [.text(Self.gatewayID)],
                "manufacturer": "loqed-gateway",
                "model": "MQTT gateway",
                "name": "LOQED gateway",
                "sw_version": .text(version),
            ],
            components: ["version": versionSensor]
        )
    }

    /// One lock.
    package func lock(_ lock: LockID, name: String, actions: Set<LockAction>) -> Publication {
        publication(
            id: "loqed_\(lock)",
            device: [
                "identifiers": [.text("loqed_\(lock)")],
                "manufacturer": "LOQED",
                "model": "Touch Smart Lock",
                "name": .text(name),
                "via_device": .text(Self.gatewayID),
            ],
            components: [
                "lock": lockComponent(lock, actions: actions),
                "battery": batterySensor(lock),
                "connectivity": connectivitySensor(lock),
            ]
        )
    }

    /// Takes a device out of Home Assistant.
    package func removal(of lock: LockID) -> Publication {
        Publication(topic: topic(of: "loqed_\(lock)"), payload: [], isRetained: true)
    }

    private static let gatewayID = "loqed_gateway"

    private func topic(of id: String) -> String { "\(prefix)/device/\(id)/config" }

    private func publication(id: String, device: Fields, components: [String: Fields]) -> Publication {
        let document: Fields = [
            "device": .object(device),
            "origin": ["name": "loqed-gateway", "sw_version": .text(version)],
            "availability": [["topic": .text(layout.gatewayAvailability)]],
            "components": .object(components.mapValues { .object($0) }),
            "qos": 1,
        ]
        return Publication(topic: topic(of: id), payload: JSONText.bytes(of: document), isRetained: true)
    }

    // MARK: Components

    /// Home Assistant always shows Lock and Unlock; one that is not allowed is refused with a result that says so.
    private func lockComponent(_ lock: LockID, actions: Set<LockAction>) -> Fields {
        var fields = component("lock", "lock", of: lock)
        fields["name"] = .null
        fields["state_topic"] = .text(layout.state(of: lock))
        fields["value_template"] = "{{ 'None' if value == 'unknown' else value }}"
        fields["payload_reset"] = "None"
        for state in [LockState.locked, .unlocked, .locking, .unlocking, .jammed, .open, .opening] {
            fields["state_\(state.rawValue)"] = .text(state.rawValue)
        }
        fields["command_topic"] = .text(layout.command(of: lock))
        // An id and a time, so that a message that comes late or twice moves nothing.
        fields["command_template"] = .text(
            #"{"command":"{{ value }}","id":"ha-{{ now().timestamp() }}-{{ range(100000, 999999) | random }}","#
                + #""issued_at":"{{ utcnow().isoformat() }}"}"#
        )
        fields["payload_lock"] = "LOCK"
        fields["payload_unlock"] = "UNLOCK"
        if actions.contains(.open) { fields["payload_open"] = "OPEN" }
        fields["json_attributes_topic"] = .text(layout.attributes(of: lock))
        fields["message_expiry_interval"] = 10
        fields["optimistic"] = false
        fields["retain"] = false
        return fields
    }

    private func batterySensor(_ lock: LockID) -> Fields {
        var fields = component("sensor", "battery", of: lock)
        fields["device_class"] = "battery"
        fields["entity_category"] = "diagnostic"
        fields["state_class"] = "measurement"
        fields["state_topic"] = .text(layout.battery(of: lock))
        fields["unit_of_measurement"] = "%"
        fields["value_template"] = "{{ 'None' if value == 'unknown' else value }}"
        return fields
    }

    private func connectivitySensor(_ lock: LockID) -> Fields {
        var fields = component("binary_sensor", "connectivity", of: lock)
        fields["device_class"] = "connectivity"
        fields["entity_category"] = "diagnostic"
        fields["payload_off"] = "offline"
        fields["payload_on"] = "online"
        fields["state_topic"] = .text(layout.connectivity(of: lock))
        return fields
    }

    private var versionSensor: Fields {
        [
            "default_entity_id": "sensor.loqed_gateway_version",
            "entity_category": "diagnostic",
            "icon": "mdi:tag-outline",
            "name": "Version",
            "platform": "sensor",
            "state_topic": .text(layout.gatewayInfo),
            "unique_id": "loqed_gateway_version",
            "value_template": "{{ value_json.version }}",
        ]
    }

    private func component(_ platform: String, _ thing: String, of lock: LockID) -> Fields {
        let suffix = thing == platform ? "" : "_\(thing)"
        return [
            "default_entity_id": .text("\(platform).\(lock)\(suffix)"),
            "platform": .text(platform),
            "unique_id": .text("loqed_\(lock)_\(thing)"),
        ]
    }
}

private typealias Fields = [String: DiscoveryValue]

/// The few kinds of value that a discovery message holds.
private indirect enum DiscoveryValue: Encodable, ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    case null
    case text(String)
    case flag(Bool)
    case number(Int)
    case list([DiscoveryValue])
    case object([String: DiscoveryValue])

    init(stringLiteral value: String) { self = .text(value) }
    init(booleanLiteral value: Bool) { self = .flag(value) }
    init(integerLiteral value: Int) { self = .number(value) }
    init(arrayLiteral elements: DiscoveryValue...) { self = .list(elements) }
    init(dictionaryLiteral elements: (String, DiscoveryValue)...) { self = .object(.init(uniqueKeysWithValues: elements)) }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .text(let text): try container.encode(text)
        case .flag(let flag): try container.encode(flag)
        case .number(let number): try container.encode(number)
        case .list(let list): try container.encode(list)
        case .object(let object): try container.encode(object)
        }
    }
}
