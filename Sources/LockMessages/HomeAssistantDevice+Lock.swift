import LockDomain

extension HomeAssistantDevice {
    /// A lock.
    ///
    /// Its identity is the lock's id and stays when the name, the bridge or its address changes. The bridge's address,
    /// 12 lower-case hexadecimal digits, only adds a connection: the message may go out without it and again once it
    /// is known.
    package static func lock(
        _ lock: LockListing,
        bridgeMAC: String?,
        gatewayVersion: String,
        in layout: TopicLayout
    ) -> HomeAssistantDevice {
        var details: [String: JSONValue] = [
            "name": .text(lock.name),
            "manufacturer": "LOQED",
            "model": "Touch Smart Lock",
            "via_device": .text(Subject.gateway.identifier),
        ]
        if let address = bridgeMAC.flatMap(HardwareAddress.init) {
            details["connections"] = [["mac", .text(address.description)]]
        }
        return HomeAssistantDevice(
            .lock(lock.id),
            details: details,
            gatewayVersion: gatewayVersion,
            availability: [["topic": .text(layout.gatewayAvailability)]],
            components: [
                lockComponent(of: lock, in: layout),
                batteryComponent(of: lock.id, in: layout),
                connectivityComponent(of: lock.id, in: layout),
                secondsComponent(
                    .clockSkew,
                    name: "Clock difference",
                    icon: "mdi:clock-alert-outline",
                    value: "value_json.clock_skew_seconds",
                    of: lock.id,
                    in: layout
                ),
                secondsComponent(
                    .webhookDelay,
                    name: "Webhook delay",
                    icon: "mdi:timer-outline",
                    value: "value_json.webhook_delay.last",
                    of: lock.id,
                    in: layout
                ),
            ]
        )
    }

    private static func batteryComponent(of lock: LockID, in layout: TopicLayout) -> HomeAssistantComponent {
        HomeAssistantComponent(
            .sensor,
            .battery,
            options: [
                "device_class": "battery",
                "unit_of_measurement": "%",
                "state_class": "measurement",
                "entity_category": "diagnostic",
                "state_topic": .text(layout.battery(of: lock)),
                "value_template": "{{ None if value == 'unknown' else value }}",
            ]
        )
    }

    /// A number of seconds from the attributes, for whoever looks after the lock.
    private static func secondsComponent(
        _ thing: HomeAssistantComponent.Thing,
        name: String,
        icon: String,
        value: String,
        of lock: LockID,
        in layout: TopicLayout
    ) -> HomeAssistantComponent {
        HomeAssistantComponent(
            .sensor,
            thing,
            options: [
                "name": .text(name),
                "icon": .text(icon),
                "device_class": "duration",
                "unit_of_measurement": "s",
                "state_class": "measurement",
                "entity_category": "diagnostic",
                "state_topic": .text(layout.attributes(of: lock)),
                "value_template": .text("{{ \(value) }}"),
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
}
