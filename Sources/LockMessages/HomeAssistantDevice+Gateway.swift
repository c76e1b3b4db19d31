extension HomeAssistantDevice {
    /// The gateway itself, which the other devices refer to: publish it before them.
    package static func gateway(version: String, in layout: TopicLayout) -> HomeAssistantDevice {
        HomeAssistantDevice(
            .gateway,
            details: [
                "name": "LOQED gateway",
                "manufacturer": "loqed-gateway",
                "model": "MQTT gateway",
                "sw_version": .text(version),
            ],
            parent: nil,
            gatewayVersion: version,
            availability: [["topic": .text(layout.gatewayAvailability)]],
            components: [
                runningComponent(in: layout),
                problemComponent(of: .gateway, in: layout),
                problemsComponent(in: layout),
                infoComponent(.version, "Version", "mdi:tag-outline", key: "version", in: layout),
                infoComponent(
                    .started,
                    "Started",
                    key: "started_at",
                    with: ["device_class": "timestamp", "enabled_by_default": false],
                    in: layout
                ),
                infoComponent(
                    .mqttVersion,
                    "MQTT version",
                    "mdi:protocol",
                    key: "protocol",
                    with: ["enabled_by_default": false],
                    in: layout
                ),
            ]
        )
    }

    /// Says `off` when the gateway is down, where all the other entities can only be unavailable.
    private static func runningComponent(in layout: TopicLayout) -> HomeAssistantComponent {
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

    /// How much is wrong, with the gateway and with all its locks.
    private static func problemsComponent(in layout: TopicLayout) -> HomeAssistantComponent {
        HomeAssistantComponent(
            .sensor,
            .problems,
            options: [
                "name": "Problems",
                "icon": "mdi:alert-circle-outline",
                "state_class": "measurement",
                "entity_category": "diagnostic",
                "state_topic": .text(layout.gatewayProblem),
                "value_template": "{{ value_json | default([], true) | count if value_json is defined else none }}",
                "json_attributes_topic": .text(layout.gatewayProblem),
                "json_attributes_template": "{{ {'problems': value_json | default([], true)} | to_json }}",
            ]
        )
    }

    private static func infoComponent(
        _ thing: HomeAssistantComponent.Thing,
        _ name: String,
        _ icon: String? = nil,
        key: String,
        with more: [String: JSONValue] = [:],
        in layout: TopicLayout
    ) -> HomeAssistantComponent {
        var options = more
        options["name"] = .text(name)
        if let icon { options["icon"] = .text(icon) }
        options["entity_category"] = "diagnostic"
        options["state_topic"] = .text(layout.gatewayInfo)
        options["value_template"] = .text(HomeAssistantTemplate.value(key))
        return HomeAssistantComponent(.sensor, thing, options: options)
    }
}
