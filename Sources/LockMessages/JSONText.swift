import FoundationEssentials
import LockDomain

/// JSON that is the same for the same content: keys sorted, slashes as they are.
enum JSONText {
    static func bytes(of document: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(document))
        } catch {
            // Our documents hold text, whole numbers and finite voltages only.
            preconditionFailure("a document of ours cannot be encoded: \(type(of: document))")
        }
    }
}

/// A value that is written as `null` when it is absent: a missing key makes Home Assistant log a warning per message.
struct OrNull<Value: Encodable>: Encodable {
    let value: Value?

    init(_ value: Value?) { self.value = value }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let value { try container.encode(value) } else { try container.encodeNil() }
    }
}

/// A time in RFC 3339, UTC, with milliseconds.
struct Timestamp: Encodable {
    let text: String

    init(_ time: UnixTime) {
        let seconds = time.seconds
        let milliseconds = time.milliseconds - seconds * 1000
        let date = Date(timeIntervalSince1970: TimeInterval(seconds))
        let whole = date.formatted(.iso8601).dropLast()
        let digits = String(milliseconds)
        text = "\(whole).\(String(repeating: "0", count: 3 - digits.count))\(digits)Z"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
