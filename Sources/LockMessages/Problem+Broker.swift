package import LockDomain

extension Problem {
    private typealias Words = (Code, text: String, remedy: String)

    /// A trouble with the broker in words.
    ///
    /// - Parameters:
    ///   - trouble: what is wrong.
    ///   - connection: between whom.
    ///   - lock: whose connection it is; nil: the gateway's own.
    package init(_ trouble: BrokerTrouble, on connection: BrokerConnection, of lock: LockID? = nil) {
        let (code, text, remedy) = Self.words(for: trouble, connection)
        self.init(code, of: lock, text: text, remedy: remedy)
    }

    private static func words(for trouble: BrokerTrouble, _ connection: BrokerConnection) -> Words {
        switch trouble {
        case .nameNotFound, .refused, .noAnswer, .noRoute, .closedWithoutAnswer, .notMQTT:
            unreachable(trouble, connection)
        case .tls(let why): words(for: why, connection)
        case .unreadableFile(let path):
            (.brokerTLSFiles, "the file \(path) cannot be read", "let the user that runs the gateway read it")
        case .badLogin, .notAuthorised, .clientIDNotValid, .versionRefused, .unavailable, .banned, .quotaExceeded:
            unwanted(trouble, connection)
        case .lost, .shuttingDown, .silent, .closedByAdministrator, .closedWhilePublishing, .packetTooLarge,
            .clientIDTaken, .other:
            ended(trouble, connection)
        case .publishing(let refusal, let topics): publishing(refusal, list(topics), connection)
        case .subscribing(let refusal, let topics): subscribing(refusal, list(topics), connection)
        }
    }

    private static func list(_ topics: [String]) -> String {
        let shown = topics.sorted().prefix(3).joined(separator: ", ")
        return topics.count > 3 ? "\(shown) and \(topics.count - 3) more" : shown
    }

    private static func unreachable(_ trouble: BrokerTrouble, _ connection: BrokerConnection) -> Words {
        let broker = connection.broker
        return switch trouble {
        case .nameNotFound:
            (
                .brokerNameUnknown, "the name of the broker \(broker) is not known",
                "correct mqtt.host, or write the broker's IP address there; else see that this machine can look names up"
            )
        case .refused:
            (
                .brokerRefused, "nothing listens at \(broker), where the broker should be",
                "see that the broker runs, that mqtt.host and mqtt.port are right, and that it listens to other machines"
                    + " (mosquitto does so only with a line like: listener 1883)"
            )
        case .noRoute:
            (
                .brokerNoRoute, "this machine has no way to the broker \(broker)",
                "see that the broker's machine is on, and that this machine has a route to its network"
            )
        case .notMQTT:
            (
                .brokerNotMQTT, "what answers at \(broker) does not speak MQTT",
                "correct mqtt.port: 1883 for most brokers, 8883 with TLS; WebSocket ports cannot be used"
            )
        case .closedWithoutAnswer:
            (
                .brokerCloses, "the broker \(broker) closes each connection without an answer",
                (connection.usesTLS ? "" : "if this is its port for TLS, write mqtt.tls; ")
                    + "look into the broker's log: it may have no place for more clients (mosquitto: max_connections)"
            )
        default:
            (
                .brokerTimeout, "the broker \(broker) does not answer",
                "see that the broker's machine is on, that mqtt.host and mqtt.port are right, and that no firewall drops"
                    + " TCP from this machine to it"
            )
        }
    }

    private static func unwanted(_ trouble: BrokerTrouble, _ connection: BrokerConnection) -> Words {
        let broker = connection.broker
        let user = connection.username.map { "user \($0)" } ?? "no user name"
        return switch trouble {
        case .badLogin:
            (
                .brokerLogin, "the broker \(broker) refuses our user name or password (\(user))",
                "correct mqtt.username and mqtt.password_file, or set the password anew"
                    + " (mosquitto: mosquitto_passwd FILE USER, then reload it)"
            )
        case .notAuthorised:
            (
                .brokerNotAuthorised,
                "the broker \(broker) does not let us in (\(user), client id \(connection.clientID))",
                connection.username == nil
                    ? "write mqtt.username and mqtt.password_file, for a user that the broker knows"
                    : "correct mqtt.username and mqtt.password_file: mosquitto answers a wrong password so; else let this"
                        + " user and client id in at the broker"
            )
        case .clientIDNotValid:
            (
                .brokerClientID, "the broker \(broker) does not accept the client id \(connection.clientID)",
                "choose another mqtt.client_id: some brokers take 23 letters and digits at most, and some a certain"
                    + " beginning only (mosquitto: clientid_prefixes)"
            )
        case .versionRefused:
            (
                .brokerProtocol,
                "the broker \(broker) speaks neither MQTT 5 nor 3.1.1, or not the one that is configured",
                "set mqtt.protocol to \"5\", which falls back to 3.1.1 by itself, or renew the broker"
            )
        case .banned:
            (
                .brokerBanned, "the broker \(broker) has banned us (\(user), client id \(connection.clientID))",
                "lift the ban at the broker"
            )
        case .quotaExceeded:
            (
                .brokerQuota, "a quota of the broker \(broker) keeps us from connecting",
                "raise it: the gateway has one connection for each lock and one more (mosquitto: max_connections)"
            )
        default:
            (
                .brokerUnavailable, "the broker \(broker) says that it is busy or unavailable",
                "wait; if it goes on, look into the broker's log"
            )
        }
    }

    private static func ended(_ trouble: BrokerTrouble, _ connection: BrokerConnection) -> Words {
        let broker = connection.broker
        return switch trouble {
        case .clientIDTaken(let isSaid):
            (
                .brokerTakeover,
                isSaid
                    ? "another client connected with our client id \(connection.clientID), and the broker ended our session"
                    : "the broker \(broker) ends our session again and again and says no reason; most probably another"
                        + " client uses our client id \(connection.clientID)",
                "stop the other one, a second gateway most often, or give each a mqtt.client_id of its own; we wait a"
                    + " minute and longer between attempts, so that the two do not throw each other out all the time"
            )
        case .packetTooLarge:
            (
                .brokerPacketTooLarge, "the broker \(broker) ended the session because a message was too large for it",
                "raise the limit at the broker (mosquitto: max_packet_size and message_size_limit)"
            )
        case .closedWhilePublishing:
            (
                .brokerClosesOnPublish,
                "the broker \(broker) ends the session each time we publish, and says no reason",
                "look into the broker's log; it may limit the size of messages (mosquitto: max_packet_size), or end"
                    + " sessions that publish where they may not: see loqed-gateway acl"
            )
        case .silent:
            (
                .brokerSilent, "the broker \(broker) no longer answers",
                "see that its machine and the network between are not overloaded or asleep"
            )
        case .shuttingDown:
            (.brokerLost, "the broker \(broker) is shutting down", "start it again, if it does not by itself")
        case .closedByAdministrator:
            (.brokerLost, "the administrator of the broker \(broker) ended the session", "ask them why, if it goes on")
        case .other(let reason):
            (.brokerUnavailable, "the broker \(broker) does not work with us: \(reason)", "look into the broker's log")
        default:
            (
                .brokerLost, "the connection to the broker \(broker) was lost",
                "nothing, if the broker was restarted; else look into its log, and see that the network is stable"
            )
        }
    }

    private static func words(for why: BrokerTrouble.TLS, _ connection: BrokerConnection) -> Words {
        let broker = connection.broker
        return switch why {
        case .unknownAuthority:
            (
                .brokerTLSAuthority,
                "the certificate of the broker \(broker) is not signed by an authority that we trust",
                "set mqtt.tls.ca_file to the certificate of the authority that signed it; if it is set, it is the wrong one"
            )
        case .certificateExpired:
            (
                .brokerTLSExpired, "the certificate of the broker \(broker) has expired",
                "renew it and let the broker read it anew; if it is still good, give this machine the time by NTP"
            )
        case .certificateNotYetValid:
            (
                .brokerTLSExpired, "the certificate of the broker \(broker) is not valid yet",
                "give this machine and the one that made the certificate the time by NTP"
            )
        case .wrongName:
            (
                .brokerTLSName, "the certificate of the broker \(broker) is for another name",
                "set mqtt.host to a name that stands in it (subjectAltName), or make one for that name"
            )
        case .caFileUnusable:
            (
                .brokerTLSFiles, "the file of mqtt.tls.ca_file holds no certificate",
                "it must be in PEM form and begin with -----BEGIN CERTIFICATE-----"
            )
        case .clientCertificateUnusable:
            (
                .brokerTLSFiles, "the file of mqtt.tls.certificate_file holds no certificate",
                "it must be in PEM form and begin with -----BEGIN CERTIFICATE-----"
            )
        case .clientKeyUnusable:
            (
                .brokerTLSFiles, "the private key of mqtt.tls.private_key_file cannot be used",
                "it must belong to certificate_file, and have no pass phrase (openssl pkey -in OLD -out NEW takes it away)"
            )
        case .clientCertificateMissing:
            (
                .brokerTLSClient, "the broker \(broker) wants a certificate from us",
                "set mqtt.tls.certificate_file and mqtt.tls.private_key_file"
            )
        case .clientCertificateRefused:
            (
                .brokerTLSClient, "the broker \(broker) does not accept our certificate",
                "see that the certificate of mqtt.tls.certificate_file has not expired, and is signed by the authority that"
                    + " the broker trusts (mosquitto: cafile)"
            )
        case .notTLS:
            (
                .brokerNotTLS, "what answers at \(broker) does not speak TLS",
                "correct mqtt.port to the broker's port for TLS (8883 most often), or remove mqtt.tls"
            )
        case .noCommonVersion:
            (
                .brokerTLS, "the broker \(broker) speaks other versions of TLS than this machine",
                "let the broker speak TLS 1.2 or 1.3"
            )
        case .other(let text):
            (.brokerTLS, "TLS with the broker \(broker) failed: \(text)", "look into the broker's log")
        }
    }

    private static func publishing(
        _ refusal: BrokerTrouble.Refusal,
        _ topics: String,
        _ connection: BrokerConnection
    ) -> Words {
        switch refusal {
        case .notAuthorised:
            (
                .brokerPublishDenied, "the broker does not let us publish on \(topics)",
                "add to the broker's ACL, below \(aclUser(connection)): topic write TOPIC; loqed-gateway acl prints all lines"
            )
        case .tooLarge:
            (
                .brokerMessageTooLarge, "the broker takes no messages as large as ours on \(topics)",
                "raise the limit at the broker (mosquitto: message_size_limit and max_packet_size)"
            )
        case .quotaExceeded:
            (
                .brokerMessageQuota, "a quota of the broker is used up, so it did not take our message on \(topics)",
                "raise the quota at the broker; what is retained is published again every minute"
            )
        case .topicInvalid:
            (
                .brokerTopicInvalid, "the broker does not allow the topic \(topics)",
                "choose another mqtt.base_topic or home_assistant.discovery_prefix, or allow it at the broker"
            )
        case .notRetained:
            (
                .brokerNoRetain, "the broker keeps no retained messages, so nobody sees \(topics) who comes later",
                "turn retained messages on at the broker (mosquitto: retain_available)"
            )
        case .other(let reason):
            (
                .brokerMessageRefused, "the broker refuses our messages on \(topics): \(reason)",
                "look into the broker's log"
            )
        }
    }

    private static func subscribing(
        _ refusal: BrokerTrouble.Refusal,
        _ topics: String,
        _ connection: BrokerConnection
    ) -> Words {
        let remedy =
            switch refusal {
            case .quotaExceeded: "raise the quota at the broker; the subscription is tried again every minute"
            case .topicInvalid:
                "choose another mqtt.base_topic or home_assistant.discovery_prefix, or allow it at the broker"
            default:
                "add to the broker's ACL, below \(aclUser(connection)): topic read TOPIC; loqed-gateway acl prints all lines"
            }
        let reason = if case .other(let reason) = refusal { " (\(reason))" } else { "" }
        return (.brokerSubscribeDenied, "the broker does not let us read \(topics)\(reason)", remedy)
    }

    private static func aclUser(_ connection: BrokerConnection) -> String {
        connection.username.map { "the line user \($0)" } ?? "no user line"
    }
}
