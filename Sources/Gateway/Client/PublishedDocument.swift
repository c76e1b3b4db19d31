import FoundationEssentials
package import LockMessages

/// A JSON document as it was found on the broker.
///
/// On a shared broker anybody may have written it, and a newer gateway may have put more into it: what is missing or of
/// another kind reads as null, and what is not known is kept.
package struct PublishedDocument: Hashable, Sendable, Decodable {
    package let json: JSONValue

    static let null = PublishedDocument(.null)

    init(_ json: JSONValue) { self.json = json }

    /// Nil for bytes that are not JSON.
    init?(_ payload: [UInt8]) {
        guard let document = try? JSONDecoder().decode(PublishedDocument.self, from: Data(payload)) else { return nil }
        self = document
    }

    package init(from decoder: any Decoder) throws {
        if let object = try? decoder.container(keyedBy: Key.self) {
            let members = try object.allKeys.map { ($0.stringValue, try object.decode(Self.self, forKey: $0).json) }
            json = .object(Dictionary(members) { first, _ in first })
        } else if var list = try? decoder.unkeyedContainer() {
            var elements: [JSONValue] = []
            while !list.isAtEnd { elements.append(try list.decode(Self.self).json) }
            json = .list(elements)
        } else {
            json = try Self.scalar(decoder.singleValueContainer())
        }
    }

    private static func scalar(_ value: any SingleValueDecodingContainer) throws -> JSONValue {
        if value.decodeNil() { return .null }
        if let flag = try? value.decode(Bool.self) { return .flag(flag) }
        if let number = try? value.decode(Int.self) { return .number(number) }
        if let text = try? value.decode(String.self) { return .text(text) }
        // No document of ours has a number that is finer or larger.
        let thousandths = (try value.decode(Double.self) * 1000).rounded()
        return Int(exactly: thousandths).map(JSONValue.thousandths) ?? .null
    }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }

        init?(intValue: Int) { nil }
    }
}

extension PublishedDocument {
    subscript(_ key: String) -> PublishedDocument {
        guard case .object(let members) = json, let value = members[key] else { return .null }
        return PublishedDocument(value)
    }

    /// The elements of a list; none of anything else.
    var elements: [PublishedDocument] {
        guard case .list(let elements) = json else { return [] }
        return elements.map(PublishedDocument.init)
    }

    /// As it may be shown on a terminal.
    var text: String? {
        guard case .text(let text) = json else { return nil }
        return text.onTerminal
    }

    var flag: Bool? {
        guard case .flag(let flag) = json else { return nil }
        return flag
    }

    var number: Int? {
        guard case .number(let number) = json else { return nil }
        return number
    }
}

extension String {
    /// Without anything that moves a cursor or changes a colour, and not longer than a line: it came from a broker.
    var onTerminal: String {
        let shown = unicodeScalars.prefix(300).map { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
                Unicode.Scalar(0xFFFD as UInt16) ?? "?"
            default: scalar
            }
        }
        return String(String.UnicodeScalarView(shown))
    }
}
