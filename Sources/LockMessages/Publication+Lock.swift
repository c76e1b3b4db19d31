package import LockDomain

extension Publication {
    /// How long what is retained about a lock outlives a gateway that has stopped renewing it.
    ///
    /// A gateway that was cut off cannot correct what it said, so under MQTT 5 the broker forgets it. Whoever publishes
    /// a report must publish it again well within this time, three times over to survive two lost renewals.
    package static let reportLifetime: Duration = .seconds(180)

    /// A happening, told once: never retained, so nobody takes it for news later.
    package init(_ occurrence: LockOccurrence, for lock: LockID, in layout: TopicLayout) {
        self.init(
            topic: layout.event(of: lock),
            payload: EventDocument(occurrence).json.bytes,
            isRetained: false
        )
    }

    /// A step of a command.
    ///
    /// Retained, but for the refusal of an identifier seen before: that answers whoever repeated it and must not hide
    /// how the command itself ended.
    package init(_ result: CommandResult, for lock: LockID, in layout: TopicLayout) {
        self.init(
            topic: layout.commandResult(of: lock),
            payload: CommandResultDocument(result).json.bytes,
            isRetained: result.status != .refused(.duplicate)
        )
    }

    /// A step of a command, for the sender who named a topic for it.
    package init(_ result: CommandResult, answering topic: String, correlationData: [UInt8]?) {
        self.init(
            topic: topic,
            payload: CommandResultDocument(result).json.bytes,
            isRetained: false,
            correlationData: correlationData
        )
    }

    /// The last word about a lock, for its connection's will, and while there is no report.
    ///
    /// It never expires, for nobody will be there to renew it.
    package static func stateUnknown(of lock: LockID, in layout: TopicLayout) -> Publication {
        .word(LockState.unknown.rawValue, on: layout.state(of: lock))
    }
}

extension [Publication] {
    /// Everything retained about a lock, in the order state, battery, connectivity, attributes, commands enabled.
    ///
    /// Equal reports give equal bytes. The state comes first because it is what doors and people depend on.
    package init(_ report: LockReport, for lock: LockID, in layout: TopicLayout) {
        let lifetime = Publication.reportLifetime
        self = [
            .word(report.state.rawValue, on: layout.state(of: lock), expiry: lifetime),
            .word(
                report.battery.publishedLevel.map(String.init) ?? "unknown",
                on: layout.battery(of: lock),
                expiry: lifetime
            ),
            .word(
                report.connectivity.isOnline ? "online" : "offline",
                on: layout.connectivity(of: lock),
                expiry: lifetime
            ),
            .document(AttributesDocument(report).json, on: layout.attributes(of: lock), expiry: lifetime),
            // A setting and no reading: it holds whether or not somebody is there to renew it.
            .word(report.areCommandsEnabled ? "on" : "off", on: layout.commandsEnabled(of: lock)),
        ]
    }

    /// The last words about a lock: nothing of the present is known any more, and what was known last.
    ///
    /// In the order state, battery, connectivity, attributes. The state never expires, like the will; of the others nothing
    /// on the topic says as much.
    package static func lastWords(of lock: LockID, after report: LockReport?, in layout: TopicLayout) -> [Publication] {
        let state = Publication.stateUnknown(of: lock, in: layout)
        let all = report.map { [Publication]($0.unattended, for: lock, in: layout) } ?? []
        return [state] + all.filter { $0.expiry != nil && $0.topic != state.topic }
    }

    /// Takes everything retained about a lock off the broker, once the lock has left the configuration.
    ///
    /// Its Home Assistant device is a message of its own, to be cleared before these.
    package static func clearing(_ lock: LockID, in layout: TopicLayout) -> [Publication] {
        [
            .clearing(layout.state(of: lock)),
            .clearing(layout.battery(of: lock)),
            .clearing(layout.connectivity(of: lock)),
            .clearing(layout.attributes(of: lock)),
            .clearing(layout.commandResult(of: lock)),
            .clearing(layout.commandsEnabled(of: lock)),
        ]
    }
}
