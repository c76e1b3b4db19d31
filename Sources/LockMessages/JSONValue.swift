import LockDomain

/// JSON whose bytes depend on nothing but its content.
///
/// It has no binary fractions, so neither float noise nor a value that JSON cannot write is possible, and writing it
/// cannot fail.
package enum JSONValue: Hashable, Sendable {
    case null
    case flag(Bool)
    case number(Int)
    /// A decimal fraction, in thousandths: 10412 is written as 10.412.
    case thousandths(Int)
    case text(String)
    case list([JSONValue])
    case object([String: JSONValue])
}

/// What is not known is null, so that no key of a document ever depends on what is known.
extension JSONValue {
    init(_ text: String?) { self = text.map(Self.text) ?? .null }

    init(_ number: Int?) { self = number.map(Self.number) ?? .null }

    init<Word: RawRepresentable>(_ word: Word?) where Word.RawValue == String { self.init(word?.rawValue) }

    /// RFC 3339 in UTC with three digits of a second; null outside the years 0 to 9999, which it cannot name.
    init(_ time: UnixTime?) { self.init(time?.rfc3339) }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
    package init(stringLiteral value: String) { self = .text(value) }

    package init(integerLiteral value: Int) { self = .number(value) }

    package init(booleanLiteral value: Bool) { self = .flag(value) }
}

extension JSONValue: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    package init(arrayLiteral elements: JSONValue...) { self = .list(elements) }

    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements) { first, _ in first })
    }
}
