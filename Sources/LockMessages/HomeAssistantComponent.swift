/// One entity of a Home Assistant device.
struct HomeAssistantComponent {
    enum Platform: String {
        case lock
        case sensor
        case binarySensor = "binary_sensor"
    }

    /// What the entity is about.
    ///
    /// Part of identifiers that outlive every upgrade: never rename one.
    enum Thing: String, CaseIterable {
        case lock
        case battery
        case connectivity
        case clockSkew = "clock_skew"
        case webhookDelay = "webhook_delay"
        case version
    }

    let platform: Platform
    let thing: Thing
    private let options: [String: JSONValue]

    init(_ platform: Platform, _ thing: Thing, options: [String: JSONValue]) {
        self.platform = platform
        self.thing = thing
        self.options = options
    }

    func json(of subject: HomeAssistantDevice.Subject) -> JSONValue {
        let identity: [String: JSONValue] = [
            "platform": JSONValue(platform),
            "unique_id": .text("\(subject.identifier)_\(thing.rawValue)"),
            "default_entity_id": .text("\(platform.rawValue).\(entityName(of: subject))"),
        ]
        return .object(options.merging(identity) { _, identity in identity })
    }

    /// The lock itself is called like its device; everything else says what it is.
    private func entityName(of subject: HomeAssistantDevice.Subject) -> String {
        thing == .lock ? subject.entityPrefix : "\(subject.entityPrefix)_\(thing.rawValue)"
    }
}
