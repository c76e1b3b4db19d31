package import LockDomain

/// A device with its entities, as Home Assistant's MQTT discovery takes it from 2024.12 on.
///
/// Home Assistant refuses a whole device for one key too many in the root, in `device` or in `origin`, and takes no
/// notice of such a key in a component. So the first three hold nothing that 2024.12 did not know, and what is newer
/// stands in components only. A component that is ever dropped must be sent once as its platform alone: leaving it out
/// does not remove it.
package struct HomeAssistantDevice: Hashable, Sendable {
    package enum Subject: Hashable, Sendable {
        case gateway
        case lock(LockID)

        /// Names the device in topics, in Home Assistant's registry and in the identifiers of its entities.
        package var identifier: String {
            switch self {
            case .gateway: "loqed_gateway"
            case .lock(let lock): "loqed_\(lock)"
            }
        }

        /// What the entity ids begin with, behind their domain.
        var entityPrefix: String {
            switch self {
            case .gateway: identifier
            case .lock(let lock): lock.rawValue
            }
        }
    }

    package let subject: Subject
    package let json: JSONValue

    /// Puts a message together.
    ///
    /// `details` is what the device's page shows besides its identifier. A component may have its own availability.
    init(
        _ subject: Subject,
        details: [String: JSONValue],
        gatewayVersion: String,
        availability: JSONValue,
        components: [HomeAssistantComponent]
    ) {
        let identity: [String: JSONValue] = ["identifiers": [.text(subject.identifier)]]
        let named = components.map { ($0.thing.rawValue, $0.json(of: subject)) }
        self.subject = subject
        json = [
            "device": .object(details.merging(identity) { _, identity in identity }),
            "origin": ["name": "loqed-gateway", "sw_version": .text(gatewayVersion)],
            "availability": availability,
            "qos": .number(Publication.qualityOfService),
            "components": .object(Dictionary(named) { first, _ in first }),
        ]
    }
}
