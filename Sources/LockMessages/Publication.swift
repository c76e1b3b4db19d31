package import LockDomain

/// One message to be published.
package struct Publication: Hashable, Sendable {
    package let topic: String
    package let payload: [UInt8]
    package let isRetained: Bool
    /// After this the broker forgets it (MQTT 5), unless it is renewed.
    package let expiry: Duration?

    package init(topic: String, payload: [UInt8], isRetained: Bool, expiry: Duration? = nil) {
        self.topic = topic
        self.payload = payload
        self.isRetained = isRetained
        self.expiry = expiry
    }

    init(topic: String, text: String, isRetained: Bool, expiry: Duration? = nil) {
        self.init(topic: topic, payload: Array(text.utf8), isRetained: isRetained, expiry: expiry)
    }

    /// What a dead gateway may still claim: nothing that is older than this.
    package static let reportExpiry = Duration.seconds(180)
}

extension Publication {
    /// The topics of one report, the state first.
    package static func all(of report: LockReport, for lock: LockID, in layout: TopicLayout) -> [Publication] {
        let level = report.battery.level.map(String.init) ?? "unknown"
        let connectivity = report.connectivity.isOnline ? "online" : "offline"
        return [
            state(report.state, of: lock, in: layout),
            Publication(topic: layout.battery(of: lock), text: level, isRetained: true, expiry: reportExpiry),
            Publication(topic: layout.connectivity(of: lock), text: connectivity, isRetained: true, expiry: reportExpiry),
            Publication(
                topic: layout.attributes(of: lock),
                payload: JSONText.bytes(of: AttributesDocument(report)),
                isRetained: true,
                expiry: reportExpiry
            ),
        ]
    }

    package static func state(_ state: LockState, of lock: LockID, in layout: TopicLayout) -> Publication {
        Publication(topic: layout.state(of: lock), text: state.rawValue, isRetained: true, expiry: reportExpiry)
    }

    package static func occurrence(
        _ occurrence: LockOccurrence,
        for lock: LockID,
        in layout: TopicLayout
    ) -> Publication {
        Publication(
            topic: layout.event(of: lock),
            payload: JSONText.bytes(of: EventDocument(occurrence)),
            isRetained: false
        )
    }

    package static func result(_ result: CommandResult, for lock: LockID, in layout: TopicLayout) -> Publication {
        Publication(
            topic: layout.commandResult(of: lock),
            payload: JSONText.bytes(of: CommandResultDocument(result)),
            isRetained: true
        )
    }

    package static func availability(isOnline: Bool, in layout: TopicLayout) -> Publication {
        Publication(topic: layout.gatewayAvailability, text: isOnline ? "online" : "offline", isRetained: true)
    }

    package static func info(_ info: GatewayInfoDocument, in layout: TopicLayout) -> Publication {
        Publication(topic: layout.gatewayInfo, payload: JSONText.bytes(of: info), isRetained: true)
    }
}
