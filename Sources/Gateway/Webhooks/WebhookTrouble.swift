import BridgeHTTP
package import LockDomain
import LockMessages

/// Why a person did not get what they asked of a bridge's webhooks.
///
/// Names the lock and the bridge, and never a target of somebody else.
package struct WebhookTrouble: Error, Hashable, Sendable, CustomStringConvertible {
    /// What the process ends with, of `sysexits.h`.
    package enum Code: Int32, Hashable, Sendable, Comparable {
        /// The bridge cannot be reached.
        case unavailable = 69
        /// The bridge answers, but its list cannot be read or changed.
        case dataError = 65
        /// The bridge takes no more targets.
        case cannotCreate = 73
        /// The bridge does not accept the key.
        case noPermission = 77
        /// The configuration gives no address that the bridge could call.
        case configuration = 78

        /// The worse is what a person has to do more about: a bridge that is away may come back by itself.
        package static func < (left: Code, right: Code) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .unavailable: 0
            case .dataError: 1
            case .cannotCreate: 2
            case .noPermission: 3
            case .configuration: 4
            }
        }
    }

    package let code: Code
    package let lock: LockID?
    let bridge: String
    /// What is wrong; one sentence without a full stop, with the bridge in it.
    let text: String
    /// What to do about it.
    let remedy: String

    package var description: String { "\(lock?.rawValue ?? bridge): \(text)\n    \(remedy)" }
}

extension WebhookTrouble {
    /// The bridge could not be reached, or is not the right one.
    init(_ failure: BridgeFailure, with subject: WebhookSubject) {
        let problem =
            if failure == .wrongBridge, let lock = subject.lock {
                Problem(.wrongBridge, of: lock, bridge: subject.bridgeName)
            } else {
                Problem(failure, of: subject.lock, bridge: subject.bridgeName)
            }
        self.init(Self.code(of: failure), subject, problem.text, problem.remedy)
    }

    /// There is no address that the bridge could call.
    init(_ why: UnusableCallback, of lock: LockID, with subject: WebhookSubject) {
        let problem = Problem(.callbackUnusable(why), of: lock, bridge: subject.bridgeName)
        self.init(.configuration, subject, problem.text, problem.remedy)
    }

    init(_ obstacle: WebhookObstacle, with subject: WebhookSubject, commands: WebhookCommandLine) {
        let bridge = subject.bridgeName
        switch obstacle {
        case .badKey:
            let place = subject.isConfigured ? "bridge_key of this lock" : "bridge_key of this bridge into the file"
            self.init(
                .noPermission,
                subject,
                "the bridge \(bridge) does not accept our bridge key",
                "copy \(place) again from LOQED's portal, and see that this machine and the bridge have the right time"
            )
        case .listFull(let foreign):
            self.init(
                .cannotCreate,
                subject,
                "the bridge \(bridge) takes no more webhooks: it has \(foreign) of others, and none of ours",
                "see which of them are dead: \(commands.list(subject));"
                    + " then remove those by their ids: \(commands.remove(subject, ids: "ID"))"
            )
        case .notDone:
            self.init(
                .dataError,
                subject,
                "the bridge \(bridge) said yes, but its list of webhooks did not change as it should",
                "try again; if that does not help, its list may be full (\(commands.list(subject)) shows it),"
                    + " or the bridge needs a restart (unplug it for ten seconds)"
            )
        case .failed(.unauthorised), .failed(.badStatus), .failed(.unreadable), .failed(.wrongBridge):
            self.init(
                .dataError,
                subject,
                "the list of webhooks of the bridge \(bridge) cannot be read or changed",
                "see that \(bridge) is the bridge and no other device, restart it (unplug it for ten seconds), try again"
            )
        case .failed(let failure): self.init(failure, with: subject)
        }
    }

    private init(_ code: Code, _ subject: WebhookSubject, _ text: String, _ remedy: String) {
        self.init(code: code, lock: subject.lock, bridge: subject.bridgeName, text: text, remedy: remedy)
    }

    private static func code(of failure: BridgeFailure) -> Code {
        switch failure {
        case .unauthorised, .badStatus, .unreadable: .dataError
        case .nameNotFound, .noRoute, .refused, .refusedWithoutInternet, .connectTimeout, .noAnswer, .wrongBridge:
            .unavailable
        }
    }
}
