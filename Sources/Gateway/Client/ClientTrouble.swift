import LockMessages
import Mosquitto

/// Why a command of the terminal did not get what it wanted from the running gateway.
package struct ClientTrouble: Error, Hashable, Sendable, CustomStringConvertible {
    /// What the process ends with, of `sysexits.h`.
    package enum Code: Int32, Hashable, Sendable {
        /// There is no such lock.
        case usage = 64
        /// The broker or the gateway is away.
        case unavailable = 69
        /// The lock did not do it, or nobody knows.
        case failed = 74
        /// Nothing was done, and it may be tried again.
        case temporary = 75
        /// The broker or the gateway does not allow it.
        case noPermission = 77
        /// The configuration is at fault.
        case configuration = 78
    }

    package let code: Code
    /// What is wrong; one sentence without a full stop.
    let text: String
    /// What to do about it.
    let remedy: String

    package var description: String { "\(text)\n    \(remedy)" }
}

extension ClientTrouble {
    /// There is no connection to the broker.
    init(
        _ error: MosquittoError,
        at mqtt: GatewayConfiguration.MQTT,
        as clientID: String,
        hasNamedLogin: Bool = false
    ) {
        let problem = BrokerTrouble(error).map { Problem($0, on: BrokerConnection(mqtt, clientID: clientID)) }
        let code: Code =
            switch error {
            case .badCredentials, .notAuthorised, .banned, .clientIDNotValid: .noPermission
            case .tls, .unreadableFile, .invalid: .configuration
            default: .unavailable
            }
        let isLogin = error == .badCredentials || error == .notAuthorised
        let login =
            mqtt.login == nil
            ? "name a user that the broker knows: --username NAME --password-file FILE"
            : "correct --username and --password-file; else let this user and client id in at the broker"
        self.init(
            code: code,
            text: problem?.text ?? "\(error)",
            remedy: isLogin && hasNamedLogin ? login : problem?.remedy ?? "see what the broker's log says"
        )
    }

    /// The broker does not let this user read a topic.
    static func mayNotRead(_ topic: String, _ error: MosquittoError) -> ClientTrouble {
        ClientTrouble(
            code: .noPermission,
            text: "\(topic) cannot be read: \(error)",
            remedy: "give this user read access to the gateway's topics on the broker"
        )
    }

    /// Something takes the connection, or nothing refuses it, and no broker speaks.
    static func noAnswer(from broker: String) -> ClientTrouble {
        ClientTrouble(
            code: .unavailable,
            text: "broker \(broker): no answer within \(BrokerVisit.entryPatience.components.seconds) s",
            remedy: "see that the address is right, and that no firewall is in between"
        )
    }

    static func noGateway(below baseTopic: String, at broker: String) -> ClientTrouble {
        ClientTrouble(
            code: .unavailable,
            text: "broker \(broker): no gateway has said anything below \(baseTopic)",
            remedy: "start it: loqed-gateway run; or name the right broker and base topic"
        )
    }

    static func unknownLock(_ name: String, known: [String]) -> ClientTrouble {
        ClientTrouble(
            code: .usage,
            text: "\(ShownName(name).text): is not a lock of the gateway",
            remedy: known.isEmpty ? "it has none" : "locks there: \(known.joined(separator: ", "))"
        )
    }
}

extension ClientTrouble {
    /// The visit was cut short.
    static let interrupted = ClientTrouble(
        code: .temporary,
        text: "interrupted before the end",
        remedy: "see what the lock does: loqed-gateway status"
    )
}
