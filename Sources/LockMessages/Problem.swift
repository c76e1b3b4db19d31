package import LockDomain

/// Something that is wrong now and needs a person.
package struct Problem: Hashable, Sendable {
    /// The problem's name for programs; part of the contract.
    package enum Code: String, Hashable, Sendable, CaseIterable {
        case clock
        case clockSkew = "clock_skew"
        case wrongBridge = "wrong_bridge"
        case bridgeNameUnknown = "bridge_name_unknown"
        case bridgeNoRoute = "bridge_no_route"
        case bridgeRefused = "bridge_refused"
        /// It refuses while this machine has no way to the internet.
        case bridgeRefusedWithoutInternet = "bridge_refused_without_internet"
        case bridgeTimeout = "bridge_timeout"
        /// It takes connections and does not answer.
        case bridgeHung = "bridge_hung"
        case bridgeUnreadable = "bridge_unreadable"
        /// It was found at another address than the configured one.
        case bridgeMoved = "bridge_moved"
        case bridgeKeyRefused = "bridge_key_refused"
        case webhookListUnreadable = "webhook_list_unreadable"
        /// Others have taken every place in it.
        case webhookListFull = "webhook_list_full"
        case webhookAddressUnusable = "webhook_address_unusable"
        case webhooksMissing = "webhooks_missing"
        /// A retained message lies on a topic that moves the lock.
        case retainedCommand = "retained_command"
        /// Nothing can be put on record, so no command is carried out.
        case journalUnavailable = "journal_unavailable"
        /// What was on record could not be read and was set aside.
        case stateSetAside = "state_set_aside"
        case brokerNameUnknown = "broker_name_unknown"
        case brokerRefused = "broker_refused"
        case brokerTimeout = "broker_timeout"
        case brokerNoRoute = "broker_no_route"
        case brokerNotMQTT = "broker_not_mqtt"
        case brokerCloses = "broker_closes"
        case brokerTLSAuthority = "broker_tls_authority"
        /// Or not valid yet.
        case brokerTLSExpired = "broker_tls_expired"
        case brokerTLSName = "broker_tls_name"
        /// A file of ours cannot be used.
        case brokerTLSFiles = "broker_tls_files"
        /// The broker wants a certificate of ours, or another one.
        case brokerTLSClient = "broker_tls_client"
        case brokerNotTLS = "broker_not_tls"
        case brokerTLS = "broker_tls"
        case brokerLost = "broker_lost"
        case brokerSilent = "broker_silent"
        case brokerLogin = "broker_login"
        case brokerNotAuthorised = "broker_not_authorised"
        case brokerClientID = "broker_client_id"
        case brokerProtocol = "broker_protocol"
        case brokerUnavailable = "broker_unavailable"
        case brokerBanned = "broker_banned"
        case brokerQuota = "broker_quota"
        /// Another client uses our client id.
        case brokerTakeover = "broker_takeover"
        case brokerPacketTooLarge = "broker_packet_too_large"
        case brokerClosesOnPublish = "broker_closes_on_publish"
        case brokerPublishDenied = "broker_publish_denied"
        case brokerSubscribeDenied = "broker_subscribe_denied"
        case brokerMessageTooLarge = "broker_message_too_large"
        case brokerMessageQuota = "broker_message_quota"
        case brokerTopicInvalid = "broker_topic_invalid"
        case brokerMessageRefused = "broker_message_refused"
        case brokerNoRetain = "broker_no_retain"
    }

    /// Nil: of the gateway as a whole.
    package let lock: LockID?
    package let code: Code
    /// What is wrong, for people; one sentence without a full stop.
    package let text: String
    /// What to do about it.
    package let remedy: String

    package init(_ code: Code, of lock: LockID? = nil, text: String, remedy: String) {
        self.lock = lock
        self.code = code
        self.text = text
        self.remedy = remedy
    }
}

// MARK: - What a lock's supervisor finds

extension Problem {
    /// The problem in words.
    ///
    /// - Parameters:
    ///   - problem: as the supervisor knows it.
    ///   - lock: whose it is.
    ///   - bridge: the lock's bridge as the configuration names it.
    package init(_ problem: LockProblem, of lock: LockID, bridge: String) {
        let (code, text, remedy) = Self.words(for: problem, lock, bridge)
        self.init(code, of: lock, text: text, remedy: remedy)
    }

    /// A bridge that cannot be reached, also of a lock that is not configured.
    ///
    /// - Parameters:
    ///   - failure: why.
    ///   - lock: whose bridge it is, if that is known.
    ///   - bridge: the bridge as its owner names it.
    package init(_ failure: BridgeFailure, of lock: LockID?, bridge: String) {
        let (code, text, remedy) = Self.words(for: failure, bridge)
        self.init(code, of: lock, text: text, remedy: remedy)
    }

    private typealias Words = (Code, text: String, remedy: String)

    private static func words(for problem: LockProblem, _ lock: LockID, _ bridge: String) -> Words {
        switch problem {
        case .clock:
            (
                .clock, "our clock is not right, so no command can be signed",
                "give this machine the time by NTP, and the bridge too; commands work again by themselves"
            )
        case .clockSkew(let skew): words(forSkew: skew, lock)
        case .wrongBridge:
            (
                .wrongBridge, "another bridge answers at \(bridge), the address of this lock's bridge",
                "correct locks.bridge in the configuration, or give the bridge a fixed address in the router"
            )
        case .bridgeUnreachable(let failure): words(for: failure, bridge)
        case .bridgeKeyRefused:
            (
                .bridgeKeyRefused,
                "the bridge \(bridge) does not accept our bridge key, so its webhooks cannot be set up",
                "copy bridge_key of this lock again from LOQED's portal, and see that the bridge has the right time"
            )
        case .webhookListUnreadable:
            (
                .webhookListUnreadable, "the list of webhooks of the bridge \(bridge) cannot be read or changed",
                "restart the bridge (unplug it for ten seconds), then try: loqed-gateway webhooks list \(lock)"
            )
        case .webhookListFull(let foreign):
            (
                .webhookListFull,
                "the bridge \(bridge) takes no more webhooks: it has \(foreign) of others, and none of ours",
                "see which of them are dead: loqed-gateway webhooks list \(lock); then remove those by their ids:"
                    + " loqed-gateway webhooks remove \(lock) --id ID --yes"
            )
        case .callbackUnusable(let why): words(for: why, bridge)
        case .webhooksMissing(let route): words(forMissingOver: route, bridge)
        }
    }

    private static func words(forSkew skew: Duration, _ lock: LockID) -> Words {
        let seconds = skew.components.seconds
        let relation = seconds < 0 ? "ahead of ours" : "behind ours"
        return (
            .clockSkew, "the bridge's clock is \(seconds.magnitude) s \(relation), as its webhooks show",
            "give this machine the time by NTP, and let the bridge reach an NTP server (it needs the internet for that);"
                + " if both are right, dead webhook targets delay every event: loqed-gateway webhooks list \(lock)"
        )
    }

    private static func words(for failure: BridgeFailure, _ bridge: String) -> Words {
        switch failure {
        case .nameNotFound:
            (
                .bridgeNameUnknown, "the bridge \(bridge) is not found on the network",
                "see that the bridge has power and Wi-Fi; if it is in another network, give its IP address as locks.bridge"
            )
        case .noRoute:
            (
                .bridgeNoRoute, "this machine has no way to the bridge \(bridge)",
                "see that the bridge has power and Wi-Fi, and that this machine has a route to its network"
            )
        case .refused:
            (
                .bridgeRefused, "the bridge \(bridge) refuses connections",
                "restart the bridge (unplug it for ten seconds); some refuse for as long as they have no internet"
            )
        case .refusedWithoutInternet:
            (
                .bridgeRefusedWithoutInternet, "the bridge \(bridge) refuses connections, and the internet is gone",
                "bring the internet back; some bridges refuse without it, and answer again a minute or two after"
            )
        case .connectTimeout:
            (
                .bridgeTimeout, "the bridge \(bridge) does not answer",
                "see that the bridge has power and Wi-Fi, that its address is right, and that no firewall drops TCP"
                    + " from this machine to it"
            )
        case .noAnswer:
            (
                .bridgeHung, "the bridge \(bridge) takes connections and does not answer",
                "restart the bridge (unplug it for ten seconds)"
            )
        case .unauthorised, .badStatus, .unreadable, .wrongBridge:
            (
                .bridgeUnreadable, "what answers at \(bridge) does not answer like a LOQED bridge",
                "see that \(bridge) is the bridge and no other device, then restart the bridge"
            )
        }
    }

    private static func words(for why: UnusableCallback, _ bridge: String) -> Words {
        let text =
            switch why.reason {
            case .loopback: "an address of the loopback would be told to the bridge \(bridge), which is elsewhere"
            case .container: "an address that only containers reach would be told to the bridge \(bridge)"
            case .noRoute: "this machine has no way to the bridge \(bridge), so no address to tell it"
            case .listenerElsewhere: "webhooks of the bridge \(bridge) would arrive where nothing listens"
            case .advertised: "webhook.advertise is no address that the bridge \(bridge) could call"
            }
        return (.webhookAddressUnusable, text + "; none was registered", "write in the configuration: \(why.remedy)")
    }

    private static func words(forMissingOver route: CallbackRoute?, _ bridge: String) -> Words {
        let callback = route?.callback ?? "this machine"
        let text = "the lock moved and no webhook said so; its state is read every minute instead"
        return (
            .webhooksMissing, text,
            "allow TCP from \(route?.bridge ?? bridge) (the bridge) to \(callback) (the gateway) in every firewall"
                + " between them; if the gateway is reached at another address, set webhook.advertise"
        )
    }
}

// MARK: - What the gateway finds itself

extension Problem {
    /// A command lies retained on the broker.
    package static func retainedCommand(on topic: String, of lock: LockID) -> Problem {
        Problem(
            .retainedCommand,
            of: lock,
            text: "a retained message lies on \(topic); other programs may act on it again and again",
            remedy: "clear it: mosquitto_pub -t \(topic) -r -n; and publish commands without retain"
        )
    }

    /// Nothing can be put on record: for now, or, of a folder that could not be opened, until the gateway starts again.
    package static func journalUnavailable(folder: String, isOpen: Bool) -> Problem {
        let remedy = "make the folder writable for the gateway and see that its disk is not full"
        return Problem(
            .journalUnavailable,
            text: "the state directory \(folder) cannot be \(isOpen ? "written" : "used"), so commands are refused",
            remedy: isOpen ? remedy : "\(remedy), then start the gateway again"
        )
    }

    /// A file of the state could not be read.
    package static func stateSetAside(as file: String) -> Problem {
        Problem(
            .stateSetAside,
            text: """
                what was on record could not be read and was set aside as \(file); whether commands were switched off is \
                not known, so they are off for every lock
                """,
            remedy: """
                turn commands on again for each lock (commands_enabled), and see to the disk; a restart ends this note
                """
        )
    }

    /// A bridge was found at another address than the configured one.
    package static func bridgeMoved(of lock: LockID, from configured: String, to found: String) -> Problem {
        Problem(
            .bridgeMoved,
            of: lock,
            text: "the bridge is at \(found) and not at \(configured), where the configuration looks for it",
            remedy:
                "all works; to end this note, write bridge: \(found), or give the bridge a fixed address in the router"
        )
    }
}
