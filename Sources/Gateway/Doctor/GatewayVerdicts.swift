import LockDomain
import LockMessages

/// What the running gateway's messages amount to.
struct GatewayVerdicts {
    let facts: BrokerFacts
    let mqtt: GatewayConfiguration.MQTT
    let topics: GatewayTopics
    /// What its admin listener says; absent when there is none, or nobody answers there.
    let admin: AdminFacts?

    private var isOnline: Bool { facts.view.isOnline }

    var findings: [DoctorFinding] { [online, version, locks, clientID, problems, homeAssistant].map { $0() } }

    private static let silent = "no gateway is online on the broker"
    static let unserved = "the running gateway does not have this lock yet: see gateway_locks"

    private var availability: String { topics.layout.gatewayAvailability }

    func online() -> DoctorFinding {
        let topic = availability
        let start = "start it: systemctl start loqed-gateway, or: loqed-gateway run"
        guard facts.isConnected else {
            switch admin?.isWell {
            case true?:
                return .failed(
                    .gatewayOnline,
                    .unavailable,
                    "the gateway runs on this machine, and the broker was not reached",
                    remedy: "mend the connection to the broker; the gateway connects again by itself"
                )
            case false?, nil: return .skipped(.gatewayOnline, "the broker was not reached, so nobody can tell")
            }
        }
        if isOnline {
            guard admin?.isWell != false else {
                return .failed(
                    .gatewayOnline,
                    .unavailable,
                    "\(topic) says online, but the admin listener says that the gateway is stuck",
                    remedy: "restart the gateway, and report this with its log"
                )
            }
            guard case .down(let trouble)? = admin?.session else {
                return .ok(.gatewayOnline, "\(topic) says online")
            }
            return .failed(
                .gatewayOnline,
                .unavailable,
                "the gateway on this machine is not connected to the broker\(Self.named(trouble)), and \(topic) says online:"
                    + " the word of another gateway, or an old one",
                remedy: trouble == .brokerTakeover
                    ? Self.endTheOther : "run this again in a minute; if it stays so, \(Self.endTheOther)"
            )
        }
        guard facts.isWhole || facts.view.availability != nil else {
            return .skipped(.gatewayOnline, BrokerVerdicts.cutShort)
        }
        if admin?.isWell == true { return unheard(topic) }
        let word = facts.view.availability.map { "\(topic) says \($0)" } ?? "nothing lies on \(topic)"
        return .failed(.gatewayOnline, .unavailable, word, remedy: start)
    }

    /// It runs, and the broker does not say so.
    private func unheard(_ topic: String) -> DoctorFinding {
        switch admin?.session {
        case .down(let trouble)?:
            let remedy =
                switch trouble {
                case .brokerTakeover?: "see client_id; the gateway connects again by itself"
                case let trouble?: "see \(trouble.rawValue) in its log; the gateway connects again by itself"
                case nil: "see its log; the gateway connects again by itself"
                }
            return .failed(
                .gatewayOnline,
                .unavailable,
                "the gateway runs on this machine, and is not connected to the broker\(Self.named(trouble))",
                remedy: remedy
            )
        case .coming?:
            return .failed(
                .gatewayOnline,
                .unavailable,
                "the gateway on this machine was connected to the broker only while this looked",
                remedy: "run this again in a minute"
            )
        case .up? where facts.view.availability == "offline":
            return .failed(
                .gatewayOnline,
                .noPermission,
                "the gateway on this machine is connected to the broker, and \(topic) says offline: it has only just come,"
                    + " or its user may not write there",
                remedy: "run this again in a minute; if it stays so,"
                    + " let its user write \(topics.baseTopic)/# on the broker"
            )
        case .up?, nil:
            return .failed(
                .gatewayOnline,
                .noPermission,
                "the gateway runs on this machine, and \(topic) does not say so",
                remedy: "let its user write and read \(topics.baseTopic)/# on the broker"
            )
        }
    }

    private static func named(_ trouble: Problem.Code?) -> String { trouble.map { " (\($0.rawValue))" } ?? "" }

    private static let endTheOther =
        "end the other gateway, or give each its own mqtt.client_id and mqtt.base_topic"

    func version() -> DoctorFinding {
        guard isOnline else { return .skipped(.gatewayVersion, Self.silent) }
        guard let version = facts.view.info["version"].text else {
            return .skipped(.gatewayVersion, "the gateway has not said its version")
        }
        guard version != GatewayVersion.current else { return .ok(.gatewayVersion, "\(version), as this command") }
        return .warning(
            .gatewayVersion,
            "the running gateway is \(version), and this command \(GatewayVersion.current)",
            remedy: "restart the gateway to run what is installed, or use the command of the same version"
        )
    }

    func locks() -> DoctorFinding {
        guard isOnline else { return .skipped(.gatewayLocks, Self.silent) }
        guard facts.servedLocks != nil else {
            return .skipped(.gatewayLocks, "the gateway has not said which locks it has")
        }
        let missing = topics.locks.filter { !facts.serves($0) }.map(\.rawValue)
        guard missing.isEmpty else {
            return .failed(
                .gatewayLocks,
                .unavailable,
                "the running gateway does not have \(BrokerVerdicts.list(missing)) yet",
                remedy: "let it read the configuration again: systemctl reload loqed-gateway"
            )
        }
        return .ok(.gatewayLocks, "the running gateway has \(BrokerVerdicts.list(topics.locks.map(\.rawValue)))")
    }

    func clientID() -> DoctorFinding {
        if admin?.session == .down(.brokerTakeover) {
            return .failed(
                .clientID,
                .configuration,
                "another client with the client id \(mqtt.clientID) throws the gateway on this machine out"
                    + (isOnline ? ", and \(availability) says online: a second gateway runs" : ""),
                remedy: isOnline ? Self.endTheOther : "end the other client, or give the gateway another mqtt.client_id"
            )
        }
        if let taken = takenLock {
            return .failed(
                .clientID,
                .configuration,
                taken["text"].text ?? "another client uses the client id of a lock",
                remedy: Self.endTheOther
            )
        }
        guard isOnline || facts.availabilityChanges > 0 else { return .skipped(.clientID, Self.silent) }
        guard facts.availabilityChanges < 2 else {
            return .failed(
                .clientID,
                .configuration,
                "the gateway came and went \(facts.availabilityChanges) times while this looked: two programs with the"
                    + " client id \(mqtt.clientID) throw each other out",
                remedy: Self.endTheOther
            )
        }
        if case .down? = admin?.session {
            return .skipped(.clientID, "the gateway on this machine is not connected to the broker")
        }
        return .ok(.clientID, "the gateway keeps its session as \(mqtt.clientID)")
    }

    /// What a gateway that is there tells of the session of a lock that another client takes from it.
    private var takenLock: PublishedDocument? {
        guard isOnline || admin?.session == .up else { return nil }
        return facts.view.problems?.elements.first { $0["code"].text == Problem.Code.brokerTakeover.rawValue }
    }

    func problems() -> DoctorFinding {
        guard isOnline else { return .skipped(.gatewayProblems, Self.silent) }
        guard let problems = facts.view.problems?.elements else {
            return .skipped(.gatewayProblems, "the gateway has not said what is wrong")
        }
        let shown = problems.filter { problem in
            guard let lock = problem["lock"].text else { return true }
            return topics.locks.contains { $0.rawValue == lock }
        }
        guard let first = shown.first else { return .ok(.gatewayProblems, "the gateway has none to tell of") }
        let texts = shown.map { problem in
            (problem["lock"].text.map { "\($0): " } ?? "") + (problem["text"].text ?? "?")
        }
        return .warning(
            .gatewayProblems,
            texts.joined(separator: "\n"),
            remedy: first["remedy"].text ?? "see: loqed-gateway status"
        )
    }

    func homeAssistant() -> DoctorFinding {
        guard topics.isDiscoverable else {
            return .skipped(.homeAssistant, "home_assistant.discovery is off in the configuration")
        }
        guard facts.isConnected else { return .skipped(.homeAssistant, "the broker was not reached") }
        let topic = topics.homeAssistant.birth
        guard let payload = facts.retained[topic] else {
            guard facts.isWhole else { return .skipped(.homeAssistant, BrokerVerdicts.cutShort) }
            return .skipped(
                .homeAssistant,
                "nothing lies on \(topic): Home Assistant says online there when it starts, and keeps it only if told to"
            )
        }
        guard !topics.homeAssistant.isBirth(payload) else { return .ok(.homeAssistant, "\(topic) says online") }
        return .warning(
            .homeAssistant,
            "\(topic) does not say online, so Home Assistant is not connected to this broker",
            remedy: "start Home Assistant, and see that its MQTT integration uses this broker"
        )
    }

    // MARK: Of one lock

    func discovery(of lock: LockID) -> DoctorFinding {
        guard topics.isDiscoverable else {
            return .skipped(.discovery, of: lock, "home_assistant.discovery is off in the configuration")
        }
        guard facts.isConnected else { return .skipped(.discovery, of: lock, "the broker was not reached") }
        let topic = topics.discovery(of: lock)
        guard facts.retained[topic] == nil else { return .ok(.discovery, of: lock, "\(topic) describes the lock") }
        guard isOnline else { return .skipped(.discovery, of: lock, Self.silent) }
        guard facts.serves(lock) else { return .skipped(.discovery, of: lock, Self.unserved) }
        guard facts.describesLocks else {
            return .failed(
                .discovery,
                of: lock,
                .unavailable,
                "the running gateway was started with home_assistant.discovery off",
                remedy: "restart it: systemctl restart loqed-gateway"
            )
        }
        guard facts.isWhole else { return .skipped(.discovery, of: lock, BrokerVerdicts.cutShort) }
        guard facts.isDenied else {
            return .warning(
                .discovery,
                of: lock,
                "the gateway runs, and nothing lies on \(topic): \(BrokerVerdicts.deleted)",
                remedy: BrokerVerdicts.bringBack(for: "the gateway's user")
            )
        }
        return .failed(
            .discovery,
            of: lock,
            .noPermission,
            "the gateway runs, and nothing lies on \(topic)",
            remedy: "let the gateway's user write and read \(topic) on the broker"
        )
    }

    private func attributes(of lock: LockID) -> PublishedDocument? {
        guard isOnline, let known = facts.view.locks[lock.rawValue], known.attributes != .null else { return nil }
        return known.attributes
    }

    /// Why there is nothing of the lock to judge.
    private func unsaid(_ lock: LockID) -> String {
        guard isOnline else { return Self.silent }
        return facts.serves(lock) ? "the gateway has said nothing of this lock" : Self.unserved
    }

    func webhookPath(of lock: LockID) -> DoctorFinding {
        guard let attributes = attributes(of: lock) else { return .skipped(.webhookPath, of: lock, unsaid(lock)) }
        let count = attributes["webhook_delay"]["count"].number ?? 0
        switch attributes["webhook_path"].text {
        case "proven":
            let source = attributes["evidence"]["source"].text == "webhook" ? attributes["evidence"]["time"].text : nil
            let when = (source ?? attributes["last_action"]["time"].text).map { ", the last movement at \($0)" } ?? ""
            return .ok(
                .webhookPath,
                of: lock,
                "the gateway has verified \(MachineVerdicts.count(count, "webhook")) since it started\(when)"
            )
        default:
            guard count > 0 else {
                return .warning(
                    .webhookPath,
                    of: lock,
                    "no webhook has arrived since the gateway started; the state is read every minute instead",
                    remedy:
                        "turn the lock by hand, and run this again: if it stays so, allow TCP from the bridge to the"
                        + " callback address in every firewall between them"
                )
            }
            return .warning(
                .webhookPath,
                of: lock,
                "webhooks have arrived, but not that of the last change; the state is read every minute instead",
                remedy: "remove dead webhook targets, which delay every event: loqed-gateway webhooks list \(lock)"
            )
        }
    }

    func clockSkew(of lock: LockID) -> DoctorFinding {
        guard let attributes = attributes(of: lock) else { return .skipped(.clockSkew, of: lock, unsaid(lock)) }
        guard let skew = attributes["clock_skew_seconds"].number else {
            return .skipped(.clockSkew, of: lock, "no webhook has shown the bridge's clock yet")
        }
        guard skew != 0 else { return .ok(.clockSkew, of: lock, "the bridge's clock agrees with ours") }
        return .warning(
            .clockSkew,
            of: lock,
            "the bridge's clock is \(skew.magnitude) s \(skew < 0 ? "ahead of" : "behind") ours, as its webhooks show",
            remedy: "give this machine the time by NTP, and let the bridge reach an NTP server"
        )
    }

    /// The Wi-Fi MAC that the gateway knows the lock's bridge by: 12 lower-case hexadecimal digits.
    func bridgeMAC(of lock: LockID) -> String? {
        attributes(of: lock)?["bridge"]["mac"].text.flatMap { NetworkAddress.macDigits($0) }
    }
}
