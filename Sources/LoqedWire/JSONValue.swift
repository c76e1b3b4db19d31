import FoundationEssentials
import LockDomain

/// What is wrong with a body from LOQED, and where.
///
/// Never carries a value of it.
package enum WireError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Not JSON at all.
    case notJSON
    /// JSON, but not of the kind that belongs at that place.
    case wrongType(path: String, expected: String)
    /// None of the fields is there by which the family of the message could be told.
    case noKnownField

    package var description: String {
        switch self {
        case .notJSON: "the body is not JSON"
        case .wrongType(let path, let expected): "\(path) is not \(expected)"
        case .noKnownField: "the body has none of the fields of a LOQED message"
        }
    }
}

/// Any JSON value, read leniently: LOQED sends numbers as numbers or as text, and flags as 0 and 1.
package enum JSONValue: Hashable, Sendable, Decodable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// Reads a whole body.
    package static func parse(_ body: [UInt8]) throws(WireError) -> JSONValue {
        do {
            return try JSONDecoder().decode(JSONValue.self, from: Data(body))
        } catch {
            throw .notJSON
        }
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    package var object: [String: JSONValue]? {
        if case .object(let members) = self { members } else { nil }
    }

    package var array: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    package var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// A number, also from numeric text; absent for anything else.
    package var double: Double? {
        switch self {
        case .number(let value): value
        case .string(let text): Double(text).flatMap { $0.isFinite ? $0 : nil }
        case .null, .bool, .array, .object: nil
        }
    }

    /// A whole number, also from numeric text; a fraction is dropped.
    package var int: Int? { double.flatMap { Int(exactly: $0.rounded(.towardZero)) } }

    /// A flag: true and false, 1 and 0, or their texts.
    package var bool: Bool? {
        switch self {
        case .bool(let value): value
        case .number(let value): value == 1 ? true : value == 0 ? false : nil
        case .string(let text):
            switch text.lowercased() {
            case "true", "1": true
            case "false", "0": false
            default: nil
            }
        case .null, .array, .object: nil
        }
    }
}

extension JSONValue {
    /// Text as a JSON string literal.
    static func literal(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\u{0}"..<"\u{20}":
                let digits = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
