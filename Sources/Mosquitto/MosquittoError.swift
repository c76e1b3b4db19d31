/// Why something about a session failed, by what its owner may do next.
///
/// Names no password, file content or payload.
package enum MosquittoError: Error, Hashable, Sendable, CustomStringConvertible {
    // The broker could not be reached: it is tried again.
    case nameNotFound
    case connectionRefused
    case connectTimeout
    case connectFailed(errno: Int32)
    case tls(TLSFailure)
    /// The broker took the connection, and closed it instead of answering our CONNECT.
    case closedWithoutAnswer
    /// What answers there is no broker, or expects TLS.
    case notMQTT
    case connectionLost
    case keepAliveTimeout
    /// The connection was given up: the broker acknowledged nothing for too long.
    case acknowledgementTimeout

    // The broker said no: somebody has to change something.
    case badCredentials
    case notAuthorised
    case clientIDNotValid
    case unsupportedProtocolVersion
    case brokerUnavailable
    case banned
    case refused(reason: Int32)

    // The broker ended the session.
    case takenOver
    /// The third short connection in a row was closed without a reason while we were idle: another client with our id, most
    /// probably.
    case closedRepeatedly
    /// The third short connection in a row was closed without a reason while a message of ours was under way: the broker
    /// does not like it, most probably.
    case closedWhilePublishing
    case serverShuttingDown
    case packetTooLarge
    case quotaExceeded
    case administrativeAction
    case disconnected(reason: Int32)

    // One request failed.
    /// Nothing was handed over.
    case notConnected
    /// Nothing was handed over: too many messages wait for their acknowledgement.
    case tooManyUnacknowledged
    /// The connection broke before the acknowledgement: the broker may have the message.
    case mayHaveBeenDelivered
    case publishRefused(reason: Int32)
    case subscribeRefused(filter: String, reason: Int32)
    case cancelled
    case closed

    // Our own set-up.
    case unreadableFile(String)
    case invalid(String)
    case library(Int32)

    package var description: String {
        switch self {
        case .nameNotFound: "the broker's name cannot be resolved"
        case .connectionRefused: "nothing listens at the broker's address"
        case .connectTimeout: "the broker does not answer"
        case .connectFailed(let errno): "the connection to the broker failed (errno \(errno))"
        case .tls(let failure): "TLS with the broker failed: \(failure)"
        case .closedWithoutAnswer: "the broker closes the connection without an answer"
        case .notMQTT: "what answers at the broker's address does not speak MQTT"
        case .connectionLost: "the connection to the broker was lost"
        case .keepAliveTimeout: "the broker stopped answering"
        case .badCredentials: "the broker refuses the user name or password"
        case .notAuthorised: "the broker does not authorise this client"
        case .clientIDNotValid: "the broker refuses the client id"
        case .unsupportedProtocolVersion: "the broker does not speak this version of MQTT"
        case .brokerUnavailable: "the broker is busy or unavailable"
        case .banned: "the broker has banned this client"
        case .refused(let reason): "the broker refuses the connection (\(ReasonCode.text(reason)))"
        case .takenOver: "another client connected with the same client id"
        case .closedRepeatedly: "the broker closes each connection soon after it came about, and says no reason"
        case .closedWhilePublishing: "the broker closes each connection when we publish, and says no reason"
        case .serverShuttingDown: "the broker is shutting down"
        case .packetTooLarge: "a message was larger than the broker allows"
        case .quotaExceeded: "a quota of the broker is exceeded"
        case .administrativeAction: "the broker's administrator ended the connection"
        case .disconnected(let reason): "the broker ended the connection (\(ReasonCode.text(reason)))"
        case .notConnected: "there is no connection to the broker"
        case .tooManyUnacknowledged: "too many messages wait for the broker's acknowledgement"
        case .mayHaveBeenDelivered: "the connection broke before the broker acknowledged the message"
        case .acknowledgementTimeout: "the broker acknowledges nothing any more"
        case .publishRefused(let reason): "the broker refuses the message (\(ReasonCode.text(reason)))"
        case .subscribeRefused(let filter, let reason):
            "the broker refuses the subscription to \(filter) (\(ReasonCode.text(reason)))"
        case .cancelled: "the request was cancelled"
        case .closed: "the session is closed"
        case .unreadableFile(let path): "the file \(path) cannot be read"
        case .invalid(let what): "\(what) is not valid"
        case .library(let code): "libmosquitto reports error \(code)"
        }
    }
}

extension MosquittoError {
    /// From the reason of a CONNACK: MQTT 5 codes of 128 and more, MQTT 3.1.1 codes 1 to 5.
    init(connectReason reason: Int32) {
        switch reason {
        case 1, 132: self = .unsupportedProtocolVersion
        case 2, 133: self = .clientIDNotValid
        case 3, 136, 137: self = .brokerUnavailable
        case 4, 134: self = .badCredentials
        case 5, 135: self = .notAuthorised
        case 138: self = .banned
        case 149: self = .packetTooLarge
        case 151, 159: self = .quotaExceeded
        default: self = .refused(reason: reason)
        }
    }

    /// From the reason of a DISCONNECT that the broker sent (MQTT 5).
    init?(disconnectReason reason: Int32) {
        switch reason {
        case 135: self = .notAuthorised
        case 137, 136: self = .brokerUnavailable
        case 139: self = .serverShuttingDown
        case 141: self = .keepAliveTimeout
        case 142: self = .takenOver
        case 149: self = .packetTooLarge
        case 150, 151, 159: self = .quotaExceeded
        case 152: self = .administrativeAction
        case 128...: self = .disconnected(reason: reason)
        default: return nil
        }
    }
}

extension MosquittoError {
    /// Nobody has answered: it says nothing against us.
    var isUnreachability: Bool {
        switch self {
        case .nameNotFound, .connectionRefused, .connectTimeout, .connectFailed: true
        default: false
        }
    }
}
