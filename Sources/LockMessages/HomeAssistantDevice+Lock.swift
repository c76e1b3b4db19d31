import LockDomain

extension HomeAssistantDevice {
    /// A lock.
    ///
    /// Its identity is the lock's id and stays when the name, the bridge or its address changes. `parent` is the device
    /// that it is reached through: its bridge once that has been published, the gateway before.
    package static func lock(
        _ lock: LockListing,
        _ facts: BridgeFacts,
        below parent: Subject?,
        gatewayVersion: String,
        in layout: TopicLayout
    ) -> HomeAssistantDevice {
        HomeAssistantDevice(
            .lock(lock.id),
            details: ["name": .text(lock.name), "manufacturer": "LOQED", "model": "Touch Smart Lock"],
            parent: parent,
            gatewayVersion: gatewayVersion,
            availability: [["topic": .text(layout.gatewayAvailability)]],
            components: [lockComponent(of: lock, in: layout)] + historyComponents(of: lock.id, in: layout)
                + batteryComponents(of: lock.id, in: layout) + [
                    connectivityComponent(of: lock.id, in: layout),
                    problemComponent(of: .lock(lock.id), in: layout),
                    roadComponent(of: lock.id, in: layout),
                    signalComponent(
                        .bluetoothSignal,
                        "Bluetooth signal",
                        "mdi:bluetooth",
                        "bluetooth",
                        facts.signalUnit,
                        of: lock.id,
                        layout
                    ),
                    refreshComponent(of: lock.id, in: layout),
                    commandsEnabledComponent(of: lock.id, in: layout),
                    // They belong to the bridge's device since that exists.
                    HomeAssistantComponent(removed: .sensor, "clock_skew"),
                    HomeAssistantComponent(removed: .sensor, "webhook_delay"),
                ]
        )
    }

    private static func connectivityComponent(of lock: LockID, in layout: TopicLayout) -> HomeAssistantComponent {
        HomeAssistantComponent(
            .binarySensor,
            .connectivity,
            options: [
                "device_class": "connectivity",
                "entity_category": "diagnostic",
                "state_topic": .text(layout.connectivity(of: lock)),
                "payload_on": "online",
                "payload_off": "offline",
            ]
        )
    }

    private static func roadComponent(of lock: LockID, in layout: TopicLayout) -> HomeAssistantComponent {
        let words = [Road.local, .cloud, .none].map(\.rawValue)
        return HomeAssistantComponent(
            .sensor,
            .commandRoad,
            options: [
                "name": "Command road",
                "icon": "mdi:routes",
                "device_class": "enum",
                "options": .list(words.map(JSONValue.text)),
                "entity_category": "diagnostic",
                "state_topic": .text(layout.attributes(of: lock)),
                "value_template": .text(HomeAssistantTemplate.word(HomeAssistantTemplate.path("road"), outOf: words)),
            ]
        )
    }

    /// Reads the lock's state from its bridge now.
    private static func refreshComponent(of lock: LockID, in layout: TopicLayout) -> HomeAssistantComponent {
        HomeAssistantComponent(
            .button,
            .refresh,
            options: [
                "name": "Refresh",
                "icon": "mdi:refresh",
                "entity_category": "diagnostic",
                "command_topic": .text(layout.refresh(of: lock)),
                "payload_press": "refresh",
                "retain": false,
                "message_expiry_interval": commandExpiry,
            ]
        )
    }

    /// Turns all commands of all senders off and on, also those of the lock entity.
    private static func commandsEnabledComponent(of lock: LockID, in layout: TopicLayout) -> HomeAssistantComponent {
        HomeAssistantComponent(
            .switch,
            .commandsEnabled,
            options: [
                "name": "Commands enabled",
                "icon": "mdi:lock-check-outline",
                "entity_category": "config",
                "state_topic": .text(layout.commandsEnabled(of: lock)),
                "command_topic": .text(layout.commandsSwitch(of: lock)),
                "payload_on": "on",
                "payload_off": "off",
                "optimistic": false,
                "retain": false,
                "message_expiry_interval": commandExpiry,
            ]
        )
    }
}
