package import LockDomain

/// A device with its entities, as Home Assistant's MQTT discovery takes it from 2024.12 on.
///
/// Home Assistant refuses a whole device for one key too many in the root, in `device` or in `origin`, and takes no
/// notice of such a key in a component. So the first three hold nothing that 2024.12 did not know, and what is newer
/// stands in components only. A component that is ever dropped must be sent as its platform alone: leaving it out does
/// not remove it.
package struct HomeAssistantDevice: Hashable, Sendable {
    /// What Home Assistant shows as a device.
    package enum Subject: Hashable, Sendable {
        case gateway
        /// The bridge of that lock.
        case bridge(LockID)
        case lock(LockID)

        /// Names the device in topics, in Home Assistant's registry and in the identifiers of its entities.
        ///
        /// No lock can have a hyphen in its id, so no lock's device is called like a bridge's.
        package var identifier: String {
            switch self {
            case .gateway: "loqed_gateway"
            case .bridge(let lock): "loqed_\(lock)-bridge"
            case .lock(let lock): "loqed_\(lock)"
            }
        }

        /// What the entity ids begin with, behind their domain.
        var entityPrefix: String {
            switch self {
            case .gateway: identifier
            case .bridge(let lock): "\(lock)_bridge"
            case .lock(let lock): lock.rawValue
            }
        }
    }

    package let subject: Subject
    package let json: JSONValue

    /// Puts a message together.
    ///
    /// `details` is what the device's page shows besides its identifier. `parent` is the device that this one is
    /// reached through: Home Assistant makes an empty one of it if it does not know it, so that must be published
    /// first. A component may have its own availability.
    init(
        _ subject: Subject,
        details: [String: JSONValue],
        parent: Subject?,
        gatewayVersion: String,
        availability: JSONValue,
        components: [HomeAssistantComponent]
    ) {
        var device = details
        device["identifiers"] = [.text(subject.identifier)]
        if let parent { device["via_device"] = .text(parent.identifier) }
        let named = components.map { ($0.key, $0.json(of: subject)) }
        self.subject = subject
        json = [
            "device": .object(device),
            "origin": ["name": "loqed-gateway", "sw_version": .text(gatewayVersion)],
            "availability": availability,
            "qos": .number(Publication.qualityOfService),
            "components": .object(Dictionary(named) { first, _ in first }),
        ]
    }
}
