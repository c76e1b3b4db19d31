import LockDomain

/// One part of a Home Assistant device.
struct HomeAssistantComponent {
    enum Platform: String {
        case lock
        case sensor
        case binarySensor = "binary_sensor"
        case event
        case button
        case `switch`
        /// Something that automations can wait for; no entity.
        case deviceAutomation = "device_automation"
    }

    /// What an entity is about.
    ///
    /// Part of identifiers that outlive every upgrade: never rename one. Each is the entity's name as Home Assistant
    /// would make an id of it, for before 2025.10 it does just that.
    enum Thing: String, CaseIterable {
        case lock
        case event
        case battery
        case batteryLow = "battery_low"
        case batteryVoltage = "battery_voltage"
        case batteryType = "battery_type"
        case connectivity
        case problem
        case problems
        case lastAction = "last_action"
        case lastActionTime = "last_action_time"
        case lastChangedBy = "last_changed_by"
        case lastCommand = "last_command"
        case commandRoad = "command_road"
        case commandsEnabled = "commands_enabled"
        case refresh
        case bluetoothSignal = "bluetooth_signal"
        case wifiSignal = "wi_fi_signal"
        case webhookPath = "webhook_path"
        case webhookDelay = "webhook_delay"
        case clockDifference = "clock_difference"
        case version
        case started
        case mqttVersion = "mqtt_version"
    }

    private enum Content {
        case entity(Thing, [String: JSONValue])
        case trigger([String: JSONValue])
        case removed
    }

    let platform: Platform
    /// By which Home Assistant recognises it in later messages about the same device.
    let key: String
    private let content: Content

    init(_ platform: Platform, _ thing: Thing, options: [String: JSONValue]) {
        self.platform = platform
        key = thing.rawValue
        content = .entity(thing, options)
    }

    /// An event of a lock, for automations to wait for.
    ///
    /// Home Assistant shows it as `"command failed" reported`. It fires for retained messages too, so events are none.
    init(trigger word: LockOccurrence.Word, of lock: LockID, in layout: TopicLayout) {
        platform = .deviceAutomation
        key = "trigger_\(word.rawValue)"
        let shown = String(word.rawValue.map { $0 == "_" ? " " : $0 })
        content = .trigger([
            "automation_type": "trigger",
            "type": "reported",
            "subtype": .text(shown),
            "topic": .text(layout.event(of: lock)),
            "value_template": .text(HomeAssistantTemplate.value("event_type")),
            "payload": .text(word.rawValue),
        ])
    }

    /// Takes away what an earlier version offered under that key.
    ///
    /// Home Assistant keeps what is only left out, and is not bothered by what it does not have.
    init(removed platform: Platform, _ key: String) {
        self.platform = platform
        self.key = key
        content = .removed
    }

    func json(of subject: HomeAssistantDevice.Subject) -> JSONValue {
        let platform: [String: JSONValue] = ["platform": JSONValue(platform)]
        switch content {
        case .removed: return .object(platform)
        case .trigger(let options): return .object(options.merging(platform) { _, platform in platform })
        case .entity(let thing, let options):
            let identity = [
                "platform": JSONValue(self.platform),
                "unique_id": .text("\(subject.identifier)_\(thing.rawValue)"),
                "default_entity_id": .text("\(self.platform.rawValue).\(entityName(of: thing, subject))"),
            ]
            return .object(options.merging(identity) { _, identity in identity })
        }
    }

    /// The lock itself is called like its device; everything else says what it is.
    private func entityName(of thing: Thing, _ subject: HomeAssistantDevice.Subject) -> String {
        thing == .lock ? subject.entityPrefix : "\(subject.entityPrefix)_\(thing.rawValue)"
    }
}
