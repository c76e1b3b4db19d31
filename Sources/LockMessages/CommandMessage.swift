import FoundationEssentials
package import LockDomain

/// What a message on a command topic asks for.
package enum CommandMessage: Hashable, Sendable {
    case request(CommandRequest)
    case rejected(RejectedCommand)

    /// The largest payload, in bytes.
    package static let maximumPayload = 1024

    /// Reads a payload strictly: a bare verb, or a JSON object with no key unknown and none twice.
    ///
    /// - Parameters:
    ///   - timeToLive: what is left of the message's own expiry (MQTT 5).
    ///   - makeID: names a command that brings no id.
    package init(
        payload: [UInt8],
        isRetained: Bool,
        timeToLive: Duration?,
        makeID: () -> CommandID
    ) {
        do throws(Rejection) {
            let draft = try Draft(payload: payload)
            let id = draft.id ?? makeID()
            // A retained command is an old one that every new subscriber gets.
            guard !isRetained else {
                self = .rejected(RejectedCommand(id: id, action: draft.action, reason: .retained))
                return
            }
            self = .request(
                CommandRequest(
                    id: id,
                    action: draft.action,
                    issuedAt: draft.issuedAt,
                    expiresAt: draft.expiresAt,
                    timeToLive: timeToLive,
                    ifState: draft.ifState
                )
            )
        } catch {
            let reason = isRetained ? .retained : error.reason
            self = .rejected(RejectedCommand(id: error.id ?? makeID(), action: nil, reason: reason))
        }
    }

    private struct Rejection: Error {
        let reason: RefusalReason
        var id: CommandID?
    }

    /// A payload that could be read.
    private struct Draft {
        let action: LockAction
        var id: CommandID?
        var issuedAt: UnixTime?
        var expiresAt: UnixTime?
        var ifState: LockState?

        init(payload: [UInt8]) throws(Rejection) {
            guard payload.count <= maximumPayload, let text = String(validating: payload, as: UTF8.self) else {
                throw Rejection(reason: .malformed)
            }
            let trimmed = text.trimmingBlanks()
            guard trimmed.first == "{" else {
                action = try Self.action(trimmed, id: nil)
                return
            }
            guard let fields = try? JSONDecoder().decode(Fields.self, from: Data(payload)) else {
                throw Rejection(reason: .malformed)
            }
            let id = fields.id.flatMap(CommandID.init)
            // The decoder keeps one of two equal keys and says nothing.
            guard MemberCount.ofTopLevel(payload) == fields.count, fields.id == nil || id != nil else {
                throw Rejection(reason: .malformed, id: id)
            }
            self.id = id
            action = try Self.action(fields.command.trimmingBlanks(), id: id)
            issuedAt = try Self.time(fields.issuedAt, id: id)
            expiresAt = try Self.time(fields.expiresAt, id: id)
            if let word = fields.ifState {
                guard let state = LockState(rawValue: word) else { throw Rejection(reason: .malformed, id: id) }
                ifState = state
            }
        }

        private static func action(_ text: String, id: CommandID?) throws(Rejection) -> LockAction {
            guard !text.isEmpty else { throw Rejection(reason: .malformed, id: id) }
            guard let action = LockAction(rawValue: text.uppercased()) else {
                throw Rejection(reason: .unknownCommand, id: id)
            }
            return action
        }

        private static func time(_ text: String?, id: CommandID?) throws(Rejection) -> UnixTime? {
            guard let text else { return nil }
            guard let time = UnixTime(rfc3339: text) else { throw Rejection(reason: .malformed, id: id) }
            return time
        }
    }

    /// The members of a command object. Any other is an error.
    private struct Fields: Decodable {
        let command: String
        let id: String?
        let issuedAt: String?
        let expiresAt: String?
        let ifState: String?
        let count: Int

        struct Key: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }

            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            let known = ["command", "id", "issued_at", "expires_at", "if_state"]
            for key in container.allKeys where !known.contains(key.stringValue) {
                throw DecodingError.dataCorruptedError(forKey: key, in: container, debugDescription: "unknown key")
            }
            command = try container.decode(String.self, forKey: Key(stringValue: "command"))
            id = try container.decodeIfPresent(String.self, forKey: Key(stringValue: "id"))
            issuedAt = try container.decodeIfPresent(String.self, forKey: Key(stringValue: "issued_at"))
            expiresAt = try container.decodeIfPresent(String.self, forKey: Key(stringValue: "expires_at"))
            ifState = try container.decodeIfPresent(String.self, forKey: Key(stringValue: "if_state"))
            count = container.allKeys.count
        }
    }
}

/// Counts the members of a JSON object that a decoder has already accepted.
enum MemberCount {
    static func ofTopLevel(_ json: [UInt8]) -> Int {
        var depth = 0
        var count = 0
        var isInText = false
        var isEscaped = false
        for byte in json {
            if isInText {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInText = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInText = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ":") where depth == 1: count += 1
            default: break
            }
        }
        return count
    }
}

extension String {
    fileprivate func trimmingBlanks() -> String {
        let blanks: Set<Character> = [" ", "\t", "\n", "\r", "\r\n"]
        let start = firstIndex { !blanks.contains($0) } ?? endIndex
        let end = lastIndex { !blanks.contains($0) }.map(index(after:)) ?? start
        return String(self[start..<end])
    }
}

extension UnixTime {
    /// Reads RFC 3339: a date, `T`, a time with or without fraction, and `Z` or an offset. Digits beyond milliseconds
    /// are dropped.
    init?(rfc3339 text: String) {
        let shape = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)/
        guard text.utf8.count <= 40, text.utf8.allSatisfy({ $0 < 128 }), let match = try? shape.wholeMatch(in: text),
            let date = try? Date("\(match.1)\(match.3)", strategy: .iso8601)
        else { return nil }
        let fraction = (match.2.map(String.init) ?? "").padding(toLength: 3)
        let seconds = Int64(date.timeIntervalSince1970)
        self.init(milliseconds: seconds * 1000 + (Int64(fraction) ?? 0))
    }
}

extension String {
    fileprivate func padding(toLength length: Int) -> String {
        String((self + String(repeating: "0", count: length)).prefix(length))
    }
}
