extension HomeAssistantDevice {
    /// The gateway itself, which the locks' devices refer to: publish it before them.
    package static func gateway(version: String, in layout: TopicLayout) -> HomeAssistantDevice {
        HomeAssistantDevice(
            .gateway,
            details: [
                "name": "LOQED gateway",
                "manufacturer": "loqed-gateway",
                "model": "MQTT gateway",
                "sw_version": .text(version),
            ],
            gatewayVersion: version,
            availability: [["topic": .text(layout.gatewayAvailability)]],
            components: [connectivityComponent(in: layout), versionComponent(in: layout)]
        )
    }

    /// Says `off` when the gateway is down, where all the other entities can only be unavailable.
    private static func connectivityComponent(in layout: TopicLayout) -> HomeAssistantComponent {
        HomeAssistantComponent(
            .binarySensor,
            .connectivity,
            options: [
                "device_class": "connectivity",
                "entity_category": "diagnostic",
                "state_topic": .text(layout.gatewayAvailability),
                "payload_on": "online",
                "payload_off": "offline",
                // Its own list replaces the shared one: any word at all means that there is something to show.
                "availability": [
                    ["topic": .text(layout.gatewayAvailability), "value_template": "online"]
                ],
            ]
        )
    }

    private static func versionComponent(in layout: TopicLayout) -> HomeAssistantComponent {
        HomeAssistantComponent(
            .sensor,
            .version,
            options: [
                "name": "Version",
                "icon": "mdi:tag-outline",
                "entity_category": "diagnostic",
                "state_topic": .text(layout.gatewayInfo),
                "value_template": "{{ value_json.version }}",
            ]
        )
    }
}
