import LockDomain

/// The payload of a command message, read as far as it can be.
struct CommandText {
    /// What a well-formed payload orders.
    struct Order {
        let action: LockAction
        var issuedAt: UnixTime?
        var expiresAt: UnixTime?
        var ifState: LockState?
    }

    enum Fault: Error {
        case malformed
        case unknownCommand

        var reason: RefusalReason {
            switch self {
            case .malformed: .malformed
            case .unknownCommand: .unknownCommand
            }
        }
    }

    /// The sender's own id; nil when there is none, or more than one.
    let id: CommandID?
    /// The verb, also of a payload that is wrong elsewhere; nil when there is none, or more than one.
    let action: LockAction?
    let outcome: Result<Order, Fault>

    init(_ payload: [UInt8]) {
        guard payload.count <= CommandMessage.payloadLimit,
            let first = payload.firstIndex(where: { !Self.isBlank($0) }),
            let last = payload.lastIndex(where: { !Self.isBlank($0) }),
            let text = String(validating: payload[first...last], as: UTF8.self)
        else {
            self.init(outcome: .failure(.malformed))
            return
        }
        if text.utf8.first == UInt8(ascii: "{") { self.init(json: text) } else { self.init(verb: text) }
    }

    private init(id: CommandID? = nil, action: LockAction? = nil, outcome: Result<Order, Fault>) {
        self.id = id
        self.action = action
        self.outcome = outcome
    }

    private init(verb: String) {
        if let action = LockAction(verb: verb) {
            self.init(action: action, outcome: .success(Order(action: action)))
        } else {
            self.init(outcome: .failure(Self.mayBeVerb(verb) ? .unknownCommand : .malformed))
        }
    }

    private init(json: String) {
        guard let object = FlatJSONObject(json) else {
            self.init(outcome: .failure(.malformed))
            return
        }
        self.init(
            id: object.text(of: "id").flatMap(CommandID.init),
            action: object.text(of: "command").flatMap(LockAction.init(verb:)),
            outcome: Result { () throws(Fault) in try CommandFields(object).order() }
        )
    }

    private static func isBlank(_ byte: UInt8) -> Bool { " \t\r\n".utf8.contains(byte) }

    /// Whether it looks like a command of some other device, and not like an accident.
    private static func mayBeVerb(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            let upper = byte & 0xDF
            return (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(upper) || byte == UInt8(ascii: "_")
        }
    }
}

extension FlatJSONObject {
    /// The text of the only member of this name; nil when there is none, more than one, or it is no text.
    fileprivate func text(of key: String) -> String? {
        let candidates = members.filter { $0.key == key }
        guard candidates.count == 1, case .text(let text) = candidates.first?.value else { return nil }
        return text
    }
}
