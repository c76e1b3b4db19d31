/// What is wrong between the gateway and its broker, by what has to be done about it.
package enum BrokerTrouble: Hashable, Sendable {
    /// Why no TLS comes about.
    package enum TLS: Hashable, Sendable {
        case unknownAuthority
        case certificateExpired
        case certificateNotYetValid
        case wrongName
        case caFileUnusable
        case clientCertificateUnusable
        case clientKeyUnusable
        case clientCertificateMissing
        case clientCertificateRefused
        case notTLS
        case noCommonVersion
        case other(String)
    }

    /// Why a message or subscription of ours is not taken, while the connection is well.
    package enum Refusal: Hashable, Sendable, CustomStringConvertible {
        case notAuthorised
        case tooLarge
        case quotaExceeded
        case topicInvalid
        /// It is delivered, but not kept for those who subscribe later.
        case notRetained
        /// With the reason in the words of the standard.
        case other(String)

        /// For a line of the log.
        package var description: String {
            switch self {
            case .notAuthorised: "not authorised"
            case .tooLarge: "too large"
            case .quotaExceeded: "quota exceeded"
            case .topicInvalid: "topic not allowed"
            case .notRetained: "not retained"
            case .other(let reason): reason
            }
        }
    }

    // There is no connection.
    case nameNotFound
    case refused
    case noAnswer
    case noRoute
    case closedWithoutAnswer
    case notMQTT
    case tls(TLS)
    case unreadableFile(String)
    case lost
    case shuttingDown
    /// It no longer answers pings, or acknowledges messages.
    case silent
    case badLogin
    case notAuthorised
    case clientIDNotValid
    case versionRefused
    case unavailable
    case banned
    case quotaExceeded
    /// Another client uses our id; said by the broker, or inferred from connections that end soon and without a reason.
    case clientIDTaken(isSaid: Bool)
    case packetTooLarge
    case closedWhilePublishing
    case closedByAdministrator
    case other(String)

    // There is one, and the broker does not take all that we ask of it.
    case publishing(Refusal, topics: [String])
    case subscribing(Refusal, topics: [String])
}

/// Whom a trouble is about.
package struct BrokerConnection: Hashable, Sendable {
    /// Host and port.
    package let broker: String
    package let username: String?
    package let clientID: String
    package let usesTLS: Bool

    package init(broker: String, username: String?, clientID: String, usesTLS: Bool) {
        self.broker = broker
        self.username = username
        self.clientID = clientID
        self.usesTLS = usesTLS
    }
}
