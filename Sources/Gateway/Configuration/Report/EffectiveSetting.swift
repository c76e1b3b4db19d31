import LockMessages

/// One key as it counts, and where it comes from.
struct EffectiveSetting: Hashable {
    /// As in a file: `mqtt.host`, `locks[0].id`.
    let keyPath: String
    /// What is shown of a secret is ``redacted``.
    let value: JSONValue
    /// Nil: nobody gave it, so it has its default.
    let place: ConfigurationProblem.Place?

    static let redacted = JSONValue.text("<redacted>")
}

extension EffectiveSetting {
    /// Where it comes from, in words of one line.
    var origin: String { place?.description ?? "default" }

    /// As `loqed-gateway check --print --json` shows it.
    var json: JSONValue {
        ["key": .text(keyPath), "value": value, "secret": .flag(value == Self.redacted), "origin": place.json]
    }
}

extension ConfigurationProblem.Place? {
    fileprivate var json: JSONValue {
        guard let self else { return ["kind": "default"] }
        return switch self {
        case .file(let path, let position):
            ["kind": "file", "path": .text(path), "line": .number(position.line), "column": .number(position.column)]
        case .variable(let name): ["kind": "environment", "name": .text(name)]
        case .option(let name): ["kind": "option", "name": .text(name)]
        case .assignment: ["kind": "option", "name": "--set"]
        }
    }
}

/// The settings as a configuration file would have them, each with its origin behind it.
struct EffectiveText {
    private static let widestValue = 60
    private var lines: [(text: String, origin: String?)] = []
    private var open: [Substring] = []

    init(_ settings: [EffectiveSetting]) {
        for setting in settings { add(setting) }
    }

    var text: String {
        let width = lines.filter { $0.origin != nil }.map(\.text.count).filter { $0 <= Self.widestValue }.max() ?? 0
        return lines.map { line in
            guard let origin = line.origin else { return line.text }
            return line.text + String(repeating: " ", count: max(0, width - line.text.count)) + "  # \(origin)"
        }.joined(separator: "\n")
    }

    private mutating func add(_ setting: EffectiveSetting) {
        var sections = setting.keyPath.split(separator: ".")
        let key = sections.removeLast()
        let shared = zip(sections, open).prefix { $0 == $1 }.count
        var dash = ""
        for (depth, section) in sections.enumerated().dropFirst(shared) {
            guard let bracket = section.firstIndex(of: "[") else {
                lines.append((String(repeating: "  ", count: depth) + section + ":", nil))
                continue
            }
            if section.hasSuffix("[0]") { lines.append((section[..<bracket] + ":", nil)) }
            dash = "- "
        }
        open = sections
        let isItem = sections.contains { $0.contains("[") }
        let indent = String(repeating: "  ", count: sections.count + (isItem ? 1 : 0))
        let start = dash.isEmpty ? indent : indent.dropLast(2) + dash
        lines.append(("\(start)\(key): \(Self.yaml(setting.value))", setting.origin))
    }

    private static func yaml(_ value: JSONValue) -> String {
        switch value {
        case .text(let text):
            return isPlain(text) ? text : String(decoding: value.bytes, as: UTF8.self)
        case .list(let items): return "[\(items.map(yaml).joined(separator: ", "))]"
        case .object(let members):
            let pairs = members.sorted { (Int($0.key) ?? 0, $0.key) < (Int($1.key) ?? 0, $1.key) }
            return "{\(pairs.map { "\($0.key): \(yaml($0.value))" }.joined(separator: ", "))}"
        default: return String(decoding: value.bytes, as: UTF8.self)
        }
    }

    /// Whether nobody could take it for anything but this text without quotes.
    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.last != UInt8(ascii: ":"), Double(text) == nil else {
            return false
        }
        let isSafe = text.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "_./-:@<>".utf8.contains(byte)
        }
        return isSafe && !"-:@>".utf8.contains(first)
    }
}
