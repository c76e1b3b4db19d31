import LockDomain

extension HomeAssistantDevice {
    /// The bridge of a lock; nil while its address is not known, for then there is nothing that would make it one.
    ///
    /// Its identity is the lock's id, and stays when the bridge is replaced. `isBelowGateway` is false when Home
    /// Assistant has been made to forget the gateway's own device.
    package static func bridge(
        of lock: LockListing,
        _ facts: BridgeFacts,
        isBelowGateway: Bool = true,
        gatewayVersion: String,
        in layout: TopicLayout
    ) -> HomeAssistantDevice? {
        guard let address = facts.address else { return nil }
        var details: [String: JSONValue] = [
            "name": .text("\(lock.name) bridge"),
            "manufacturer": "LOQED",
            "model": "Bridge",
            "connections": [["mac", .text(address.description)]],
        ]
        if let kind = facts.kind { details["hw_version"] = .text(kind.shown) }
        return HomeAssistantDevice(
            .bridge(lock.id),
            details: details,
            parent: isBelowGateway ? .gateway : nil,
            gatewayVersion: gatewayVersion,
            availability: [["topic": .text(layout.gatewayAvailability)]],
            components: [
                reachableComponent(of: lock.id, in: layout),
                signalComponent(.wifiSignal, "Wi-Fi signal", "mdi:wifi", "wifi", facts.signalUnit, of: lock.id, layout),
                webhookPathComponent(of: lock.id, in: layout),
                secondsComponent(
                    .webhookDelay,
                    "Webhook delay",
                    "mdi:timer-outline",
                    HomeAssistantTemplate.value("webhook_delay", "last"),
                    of: lock.id,
                    in: layout
                ),
                secondsComponent(
                    .clockDifference,
                    "Clock difference",
                    "mdi:clock-alert-outline",
                    HomeAssistantTemplate.value("clock_skew_seconds"),
                    of: lock.id,
                    in: layout
                ),
            ]
        )
    }

    /// Whether the bridge answers; a lock that it has lost says nothing against it.
    private static func reachableComponent(of lock: LockID, in layout: TopicLayout) -> HomeAssistantComponent {
        let template = """
            {% set reason = \(HomeAssistantTemplate.path("offline_reason")) %}\
            {{ 'ON' if reason == 'lock_offline' or (\(HomeAssistantTemplate.path("connectivity"))) == 'online' \
            else 'OFF' if reason == 'bridge_unreachable' else none }}
            """
        return HomeAssistantComponent(
            .binarySensor,
            .connectivity,
            options: [
                "device_class": "connectivity",
                "entity_category": "diagnostic",
                "state_topic": .text(layout.attributes(of: lock)),
                "value_template": .text(template),
            ]
        )
    }

    /// Not shown as a problem: a path is unproven after each start, until the first webhook.
    ///
    /// When webhooks are known to be missing, that is a problem of the lock.
    private static func webhookPathComponent(of lock: LockID, in layout: TopicLayout) -> HomeAssistantComponent {
        let words = [WebhookPath.proven, .unproven].map(\.rawValue)
        return HomeAssistantComponent(
            .sensor,
            .webhookPath,
            options: [
                "name": "Webhook path",
                "icon": "mdi:webhook",
                "device_class": "enum",
                "options": .list(words.map(JSONValue.text)),
                "entity_category": "diagnostic",
                "state_topic": .text(layout.attributes(of: lock)),
                "value_template": .text(
                    HomeAssistantTemplate.word(HomeAssistantTemplate.path("webhook_path"), outOf: words)
                ),
            ]
        )
    }

    /// A number of seconds, for whoever looks into delays.
    private static func secondsComponent(
        _ thing: HomeAssistantComponent.Thing,
        _ name: String,
        _ icon: String,
        _ template: String,
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
                "enabled_by_default": false,
                "state_topic": .text(layout.attributes(of: lock)),
                "value_template": .text(template),
            ]
        )
    }

    /// The strength of a radio link.
    ///
    /// Between a change of the bridge's unit and the message about it a strength may have the other unit: that is
    /// shown as unknown.
    static func signalComponent(
        _ thing: HomeAssistantComponent.Thing,
        _ name: String,
        _ icon: String,
        _ key: String,
        _ unit: BridgeFacts.SignalUnit,
        of lock: LockID,
        _ layout: TopicLayout
    ) -> HomeAssistantComponent {
        let limit = unit == .percent ? ">= 0" : "< 0"
        var options: [String: JSONValue] = [
            "name": .text(name),
            "state_class": "measurement",
            "entity_category": "diagnostic",
            "enabled_by_default": false,
            "state_topic": .text(layout.attributes(of: lock)),
            "value_template": .text(
                "{% set strength = \(HomeAssistantTemplate.path("signal", key)) %}"
                    + "{{ strength if strength is number and strength \(limit) else none }}"
            ),
        ]
        switch unit {
        case .percent:
            options["unit_of_measurement"] = "%"
            options["icon"] = .text(icon)
        case .decibels:
            options["unit_of_measurement"] = "dBm"
            options["device_class"] = "signal_strength"
        }
        return HomeAssistantComponent(.sensor, thing, options: options)
    }
}

extension BridgeKind {
    fileprivate var shown: String {
        switch self {
        case .esp32: "ESP32"
        case .shelly: "Shelly"
        }
    }
}
