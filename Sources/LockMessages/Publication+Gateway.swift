extension Publication {
    /// Whether the gateway runs; `false` is also the will of its own connection.
    package static func availability(_ isOnline: Bool, in layout: TopicLayout) -> Publication {
        .word(isOnline ? "online" : "offline", on: layout.gatewayAvailability)
    }

    /// What runs here.
    package init(_ info: GatewayInfoDocument, in layout: TopicLayout) {
        self = .document(info.json, on: layout.gatewayInfo)
    }

    /// What is wrong now.
    package init(_ problems: ProblemDocument, in layout: TopicLayout) {
        self = .document(problems.json, on: layout.gatewayProblem)
    }

    /// A device for Home Assistant.
    ///
    /// The gateway's own goes out before those of the locks, which refer to it.
    package init(_ device: HomeAssistantDevice, in layout: HomeAssistantLayout) {
        self = .document(device.json, on: layout.configuration(of: device.subject))
    }

    /// Takes a device out of Home Assistant, with all its entities.
    ///
    /// Only for a device that was published before: Home Assistant logs a warning about one that it does not know.
    package static func clearing(_ subject: HomeAssistantDevice.Subject, in layout: HomeAssistantLayout) -> Publication
    {
        .clearing(layout.configuration(of: subject))
    }
}
