import LockDomain
import LockMessages
import Mosquitto

/// What was seen on the broker amounts to.
struct BrokerVerdicts {
    let facts: BrokerFacts
    let mqtt: GatewayConfiguration.MQTT
    let topics: GatewayTopics

    private var broker: String { NetworkAddress(host: mqtt.host, port: mqtt.port).description }

    private var user: String { mqtt.login.map { "the user \($0.username)" } ?? "a client without a user name" }

    var findings: [DoctorFinding] {
        [connection, login, protocolVersion, subscribe, publish, retainedCommands].map { $0() }
    }

    private static let notReached = "the broker was not reached"
    /// Of what is not there nothing can be said then: it may only not have been shown.
    static let cutShort = "the visit to the broker ended before all was seen"

    // MARK: Getting in

    func connection() -> DoctorFinding {
        guard case .failure(let error) = facts.connection, !error.isAnswer else {
            return .ok(.brokerConnection, "the broker \(broker) takes connections\(mqtt.tls == nil ? "" : " over TLS")")
        }
        let trouble = ClientTrouble(error, at: mqtt, as: mqtt.clientID)
        let kind: DoctorFinding.Failure =
            switch error {
            case .tls, .unreadableFile, .invalid: .configuration
            case .notMQTT, .closedWithoutAnswer, .connectionLost, .unsupportedProtocolVersion: .dataError
            default: .unavailable
            }
        return .failed(.brokerConnection, kind, trouble.text, remedy: trouble.remedy)
    }

    func login() -> DoctorFinding {
        switch facts.connection {
        case .success: return .ok(.brokerLogin, "the broker lets \(user) in")
        case .failure(let error):
            guard error.isAnswer else { return .skipped(.brokerLogin, Self.notReached) }
            let trouble = ClientTrouble(error, at: mqtt, as: mqtt.clientID)
            return .failed(.brokerLogin, .noPermission, trouble.text, remedy: trouble.remedy)
        }
    }

    func protocolVersion() -> DoctorFinding {
        guard case .success(let version) = facts.connection else { return .skipped(.brokerProtocol, Self.notReached) }
        switch (version, mqtt.protocolVersion) {
        case (.v5, _): return .ok(.brokerProtocol, "MQTT 5")
        case (.v311, .v311):
            return .ok(
                .brokerProtocol,
                "MQTT 3.1.1, as configured: what is retained does not expire, and denied messages are not told of"
            )
        case (.v311, .v5):
            return .warning(
                .brokerProtocol,
                "the broker speaks only MQTT 3.1.1: what is retained does not expire, and denied messages are not told of",
                remedy:
                    "use a broker that speaks MQTT 5, such as Mosquitto 2; or set mqtt.protocol to \"3.1.1\" to say so"
            )
        }
    }

    // MARK: Rights

    func subscribe() -> DoctorFinding {
        guard facts.isConnected else { return .skipped(.brokerSubscribe, Self.notReached) }
        let needed = topics.read
        let refused = needed.filter { facts.refusedFilters[$0] != nil }
        guard refused.isEmpty else {
            return .failed(
                .brokerSubscribe,
                .noPermission,
                "\(user) may not read \(Self.list(refused))",
                remedy: "let \(user) read these topics on the broker"
            )
        }
        if let error = facts.interruption, !isAllAnswered {
            let trouble = ClientTrouble(error, at: mqtt, as: mqtt.clientID)
            let count = needed.count(where: facts.acknowledgedFilters.contains)
            return .failed(
                .brokerSubscribe,
                .dataError,
                "\(trouble.text); it took \(count) of the subscriptions to the \(needed.count) topics that the gateway"
                    + " reads",
                remedy: trouble.remedy
            )
        }
        return .ok(
            .brokerSubscribe,
            "the broker takes the subscriptions to the \(needed.count) topics that the gateway reads"
                + " (some brokers take them and still withhold the messages; only a command would show that)"
        )
    }

    func publish() -> DoctorFinding {
        guard facts.isConnected else { return .skipped(.brokerPublish, Self.notReached) }
        if facts.view.isOnline { return publishedByTheGateway() }
        let refused = topics.probes.filter { facts.probes[$0] != .cameBack }
        guard refused.isEmpty else {
            guard facts.isWhole else { return publishingInterrupted() }
            let said = refused.contains { facts.probes[$0] == .refused }
            return .warning(
                .brokerPublish,
                "a probe on \(Self.list(refused)) "
                    + (said ? "was refused" : "did not come back, and the broker does not say why")
                    + "; it proves nothing of a broker that grants topics one by one",
                remedy: "let \(user) write and read what loqed-gateway acl prints, or \(topics.baseTopic)/#; or start"
                    + " the gateway and run this again: its own messages prove it"
            )
        }
        return .ok(
            .brokerPublish,
            "a probe came back below \(topics.baseTopic)/gateway and each lock; the topics themselves are proved by a"
                + " running gateway alone"
        )
    }

    private func publishedByTheGateway() -> DoctorFinding {
        let judged = topics.limited(to: facts.serves, isDiscoverable: facts.describesLocks)
        let devices = judged.devices(ofBridges: facts.knowsBridge)
        let isMissing = { facts.retained[$0] == nil }
        let missing = (judged.kept + devices).filter(isMissing)
        guard missing.isEmpty else {
            guard facts.isWhole else { return publishingInterrupted() }
            guard facts.isDenied || judged.kept.contains(where: isMissing) else {
                return .warning(
                    .brokerPublish,
                    "the gateway runs, and nothing lies on \(Self.list(missing)): \(Self.deleted)",
                    remedy: Self.bringBack(for: user)
                )
            }
            return .failed(
                .brokerPublish,
                .noPermission,
                "the gateway runs, and the broker has nothing of it on \(Self.list(missing))",
                remedy: "let \(user) write and read these topics on the broker"
            )
        }
        let unproved = judged.passing.filter(isMissing)
        return .ok(
            .brokerPublish,
            "the running gateway's own messages came back on all \(judged.kept.count + devices.count) topics that it keeps"
                + (unproved.isEmpty ? "" : "; not proved for \(Self.list(unproved)), where nothing lies")
        )
    }

    /// Why the message of a device may be away.
    static let deleted = "somebody deleted that device in Home Assistant, or the gateway's user may not write there"

    static func bringBack(for user: String) -> String {
        "restart the gateway, which brings a deleted device back; if it stays away, let \(user) write and read there"
    }

    /// Whether the broker said its word on each subscription.
    private var isAllAnswered: Bool {
        topics.filters.allSatisfy { facts.acknowledgedFilters.contains($0) || facts.refusedFilters[$0] != nil }
    }

    private func publishingInterrupted() -> DoctorFinding {
        guard let error = facts.interruption, isAllAnswered else { return .skipped(.brokerPublish, Self.cutShort) }
        let trouble = ClientTrouble(error, at: mqtt, as: mqtt.clientID)
        return .failed(
            .brokerPublish,
            .dataError,
            "\(trouble.text), after it had taken all subscriptions and before all was seen",
            remedy: trouble.remedy
        )
    }

    func retainedCommands() -> DoctorFinding {
        guard facts.isConnected else { return .skipped(.retainedCommands, Self.notReached) }
        let orders = topics.locks.flatMap(topics.orders)
        let lying = orders.filter { facts.retained[$0] != nil }
        guard let first = lying.first else {
            let unseen = orders.filter { !facts.acknowledgedFilters.contains($0) }
            guard unseen.isEmpty else {
                return .skipped(.retainedCommands, "the broker did not let us look at \(Self.list(unseen))")
            }
            guard facts.isWhole else { return .skipped(.retainedCommands, Self.cutShort) }
            return .ok(.retainedCommands, "nothing lies retained on a topic that moves or switches a lock")
        }
        return .warning(
            .retainedCommands,
            "a retained message lies on \(Self.list(lying)); the gateway ignores it, other programs may act on it",
            remedy: "clear it: mosquitto_pub -t \(first) -r -n; and publish commands without retain"
        )
    }

    /// A few of many.
    static func list(_ topics: [String]) -> String {
        let shown = topics.prefix(4).joined(separator: ", ")
        return topics.count > 4 ? "\(shown) and \(topics.count - 4) more" : shown
    }
}

extension MosquittoError {
    /// The broker was reached, and said that it does not want us.
    fileprivate var isAnswer: Bool {
        switch self {
        case .badCredentials, .notAuthorised, .banned, .clientIDNotValid: true
        default: false
        }
    }
}
