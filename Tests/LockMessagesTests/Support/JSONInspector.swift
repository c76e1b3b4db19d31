import FoundationEssentials

/// Any JSON, as FoundationEssentials reads and writes it: the other implementation that ours is held against.
indirect enum AnyJSON: Hashable, Codable {
    case null
    case flag(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([AnyJSON])
    case object([String: AnyJSON])

    init(from decoder: any Decoder) throws {
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

    func encode(to encoder: any Encoder) throws {
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

    init(_ bytes: [UInt8]) throws { self = try JSONDecoder().decode(AnyJSON.self, from: Data(bytes)) }

    var canonicalBytes: [UInt8] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return Array(try encoder.encode(self))
        }
    }

    subscript(key: String) -> AnyJSON? {
        guard case .object(let members) = self else { return nil }
        return members[key]
    }

    var keys: Set<String> {
        guard case .object(let members) = self else { return [] }
        return Set(members.keys)
    }

    /// The paths of all members of objects inside objects, such as `battery.level`.
    var keyPaths: Set<String> {
        guard case .object(let members) = self else { return [] }
        return members.reduce(into: []) { paths, member in
            paths.insert(member.key)
            paths.formUnion(member.value.keyPaths.map { "\(member.key).\($0)" })
        }
    }
}

/// Counts what a decoder hides: how many members the objects of a text have as written, repeated ones included.
enum MemberCount {
    /// Outside strings every member has exactly one colon.
    static func written(in bytes: [UInt8]) -> Int {
        var count = 0
        var isInString = false
        var isEscaped = false
        for byte in bytes {
            if isEscaped {
                isEscaped = false
            } else if isInString, byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInString.toggle()
            } else if !isInString, byte == UInt8(ascii: ":") {
                count += 1
            }
        }
        return count
    }

    static func decoded(in json: AnyJSON) -> Int {
        switch json {
        case .null, .flag, .integer, .number, .text: 0
        case .list(let elements): elements.reduce(0) { $0 + decoded(in: $1) }
        case .object(let members): members.values.reduce(members.count) { $0 + decoded(in: $1) }
        }
    }
}
