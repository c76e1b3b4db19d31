import LockDomain

/// The members of a JSON command: known ones only, each at most once, all of them text.
struct CommandFields {
    private enum Key: String {
        case command
        case id
        case issuedAt = "issued_at"
        case expiresAt = "expires_at"
        case ifState = "if_state"
    }

    private let texts: [Key: String]

    init(_ object: FlatJSONObject) throws(CommandText.Fault) {
        var texts: [Key: String] = [:]
        for member in object.members {
            guard let key = Key(rawValue: member.key), case .text(let text) = member.value, texts[key] == nil else {
                throw .malformed
            }
            texts[key] = text
        }
        self.texts = texts
    }

    /// What they order, once every one of them has been found right.
    ///
    /// A fault in the form outweighs an unknown verb: a sender who gets both wrong has to look at the form first.
    func order() throws(CommandText.Fault) -> CommandText.Order {
        guard let verb = texts[.command] else { throw .malformed }
        _ = try value(of: .id, read: CommandID.init)
        let issuedAt = try value(of: .issuedAt, read: UnixTime.init(rfc3339:))
        let expiresAt = try value(of: .expiresAt, read: UnixTime.init(rfc3339:))
        let ifState = try value(of: .ifState, read: LockState.init(rawValue:))
        guard let action = LockAction(verb: verb) else { throw .unknownCommand }
        return CommandText.Order(action: action, issuedAt: issuedAt, expiresAt: expiresAt, ifState: ifState)
    }

    /// Nil when the member is not there; a fault when it is there and cannot be read.
    private func value<Value>(of key: Key, read: (String) -> Value?) throws(CommandText.Fault) -> Value? {
        guard let text = texts[key] else { return nil }
        guard let value = read(text) else { throw .malformed }
        return value
    }
}
