import FoundationEssentials

/// Any JSON, as FoundationEssentials reads and writes it: the other implementation that ours is held against.
package indirect enum AnyJSON: Hashable, Codable {
    case null
    case flag(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([AnyJSON])
    case object([String: AnyJSON])

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let integer = try? container.decode(Int.self) {
            self = .integer(integer)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let list = try? container.decode([AnyJSON].self) {
            self = .list(list)
        } else {
            self = .object(try container.decode([String: AnyJSON].self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .flag(let flag): try container.encode(flag)
        case .integer(let integer): try container.encode(integer)
        case .number(let number): try container.encode(number)
        case .text(let text): try container.encode(text)
        case .list(let list): try container.encode(list)
        case .object(let object): try container.encode(object)
        }
    }

    package init(_ bytes: [UInt8]) throws { self = try JSONDecoder().decode(AnyJSON.self, from: Data(bytes)) }

    package var canonicalBytes: [UInt8] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return Array(try encoder.encode(self))
        }
    }

    package subscript(key: String) -> AnyJSON? {
        guard case .object(let members) = self else { return nil }
        return members[key]
    }

    package var keys: Set<String> {
        guard case .object(let members) = self else { return [] }
        return Set(members.keys)
    }

    /// The paths of all members of objects inside objects, such as `battery.level`.
    package var keyPaths: Set<String> {
        guard case .object(let members) = self else { return [] }
        return members.reduce(into: []) { paths, member in
            paths.insert(member.key)
            paths.formUnion(member.value.keyPaths.map { "\(member.key).\($0)" })
        }
    }

    /// The members of an object, the items of a list; nil for anything else.
    package var members: [String: AnyJSON]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    package var items: [AnyJSON]? {
        guard case .list(let items) = self else { return nil }
        return items
    }
}
