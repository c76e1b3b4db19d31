import LockDomain

extension HomeAssistantDevice {
    static func batteryComponents(of lock: LockID, in layout: TopicLayout) -> [HomeAssistantComponent] {
        [
            levelComponent(of: lock, in: layout), lowComponent(of: lock, in: layout),
            voltageComponent(of: lock, in: layout), typeComponent(of: lock, in: layout),
        ]
    }

    private static func levelComponent(of lock: LockID, in layout: TopicLayout) -> HomeAssistantComponent {
        HomeAssistantComponent(
            .sensor,
            .battery,
            options: [
                "device_class": "battery",
                "unit_of_measurement": "%",
                "state_class": "measurement",
                "entity_category": "diagnostic",
                "state_topic": .text(layout.battery(of: lock)),
                "value_template": "{{ none if value in ['unknown', ''] else value }}",
            ]
        )
    }

    private static func lowComponent(of lock: LockID, in layout: TopicLayout) -> HomeAssistantComponent {
        HomeAssistantComponent(
            .binarySensor,
            .batteryLow,
            options: [
                "name": "Battery low",
                "device_class": "battery",
                "entity_category": "diagnostic",
                "state_topic": .text(layout.attributes(of: lock)),
                "value_template": .text(HomeAssistantTemplate.flag(HomeAssistantTemplate.path("battery", "low"))),
            ]
        )
    }

    private static func voltageComponent(of lock: LockID, in layout: TopicLayout) -> HomeAssistantComponent {
        HomeAssistantComponent(
            .sensor,
            .batteryVoltage,
            options: [
                "name": "Battery voltage",
                "device_class": "voltage",
                "unit_of_measurement": "V",
                "state_class": "measurement",
                "suggested_display_precision": 2,
                "entity_category": "diagnostic",
                "state_topic": .text(layout.attributes(of: lock)),
                "value_template": .text(HomeAssistantTemplate.value("battery", "voltage")),
            ]
        )
    }

    private static func typeComponent(of lock: LockID, in layout: TopicLayout) -> HomeAssistantComponent {
        let types: [(word: String, text: String)] = [
            (BatteryType.alkaline.rawValue, "Alkaline"),
            (BatteryType.nickelMetalHydride.rawValue, "Nickel-metal hydride"),
            (BatteryType.lithium.rawValue, "Lithium"),
        ]
        return HomeAssistantComponent(
            .sensor,
            .batteryType,
            options: [
                "name": "Battery type",
                "icon": "mdi:battery-heart-variant",
                "device_class": "enum",
                "options": .list(types.map { .text($0.text) }),
                "entity_category": "diagnostic",
                "state_topic": .text(layout.attributes(of: lock)),
                "value_template": .text(
                    HomeAssistantTemplate.text(HomeAssistantTemplate.path("battery", "type"), types)
                ),
            ]
        )
    }
}
