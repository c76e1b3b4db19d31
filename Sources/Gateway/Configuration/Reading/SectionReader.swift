/// Reads the keys of one mapping.
///
/// Every mistake is reported where it is found, and reading goes on.
///
/// A result of nil means "not given" or "wrong and reported"; where the difference matters there is ``isGiven(_:)``.
/// The keys that are asked for are the keys that exist: all others are reported at the end.
struct SectionReader {
    let session: ReadingSession
    /// Empty for the whole document.
    private let keyPath: String
    /// Where a missing key is reported.
    private let position: FilePosition
    /// Whether the environment and the command line go before the file.
    private let isOverridable: Bool
    /// False where the whole section is wrong already.
    private var reportsMissingKeys: Bool
    private let pairs: [YAMLNode.Pair]
    /// Whether the section is in the file, or one of its variables is set.
    private(set) var isPresent: Bool
    private var knownKeys: [String] = []

    /// Opens a section: nil where it is absent, null where it has no keys.
    ///
    /// Missing keys are reported at the position.
    init(
        _ node: YAMLNode?,
        at position: FilePosition,
        keyPath: String,
        isOverridable: Bool,
        session: ReadingSession
    ) {
        self.session = session
        self.keyPath = keyPath
        self.position = position
        self.isOverridable = isOverridable
        isPresent = node != nil
        switch node?.content {
        case .mapping(let pairs):
            self.pairs = pairs
            reportsMissingKeys = true
        case .some(let content) where node?.isNull == false:
            self.pairs = []
            reportsMissingKeys = false
            guard content != .unusable else { return }
            let remedy = "Write its keys below it, indented, one `key: value` on each line."
            session.report(session.place(node?.position ?? position), keyPath, "must be a mapping", remedy)
        default:
            self.pairs = []
            reportsMissingKeys = true
        }
    }

    func keyPath(of key: String) -> String { keyPath.isEmpty ? key : "\(keyPath).\(key)" }

    /// Whether somebody wrote the key, rightly or wrongly.
    func isGiven(_ key: String) -> Bool { pairs.contains { $0.key == key } || override(key) != nil }

    /// A key that may be left out.
    mutating func value<Value>(_ key: String, _ kind: ValueKind<Value>) -> Value? {
        setting(key, example: kind.example).flatMap { value(of: $0, kind) }
    }

    /// A key that must be there.
    mutating func required<Value>(_ key: String, _ kind: ValueKind<Value>) -> Value? {
        reportMissing(key, "Example: \(key): \(kind.example)")
        return value(key, kind)
    }

    /// A key that must be there, with a value that no other section has.
    ///
    /// The values of the other sections, and where they stand, are in `taken`.
    mutating func unique<Value: Hashable>(
        _ key: String,
        _ kind: ValueKind<Value>,
        among taken: inout [Value: String],
        remedy: String
    ) -> Value? {
        reportMissing(key, "Example: \(key): \(kind.example)")
        guard let setting = setting(key, example: kind.example), let value = value(of: setting, kind) else {
            return nil
        }
        if let other = taken[value] {
            session.report(setting.place, setting.keyPath, "is the same as \(other)", remedy)
            return nil
        }
        taken[value] = setting.keyPath
        return value
    }

    /// A mapping of its own, which may be left out.
    mutating func section<Value>(_ key: String, _ read: (inout SectionReader) -> Value) -> Value {
        let pair = pair(key)
        var reader = SectionReader(
            pair?.value,
            at: pair?.keyPosition ?? position,
            keyPath: keyPath(of: key),
            isOverridable: isOverridable,
            session: session
        )
        reader.reportsMissingKeys = reader.reportsMissingKeys && reportsMissingKeys
        let value = read(&reader)
        reader.reportUnknownKeys()
        isPresent = isPresent || reader.isPresent
        return value
    }

    /// The text of a key, from the command line, else from the environment, else from the file.
    mutating func setting(_ key: String, example: String) -> Setting? {
        let pair = pair(key)
        if let other = override(key) {
            isPresent = true
            session.note(keyPath(of: key), from: other.place)
            guard other.text.isEmpty else { return other }
            let remedy = other.layer == .environment ? "Give it a value, or unset it." : other.example(example)
            session.report(other.place, other.keyPath, "is empty", remedy)
            return nil
        }
        return pair.flatMap { text(of: $0.value, keyPath(of: key), remedy: "Example: \(key): \(example)") }
    }

    /// The pair of a key that has a text which is not empty.
    func filledPair(_ key: String) -> YAMLNode.Pair? {
        pairs.first { pair in
            guard pair.key == key, case .scalar(let text, _) = pair.value.content else { return false }
            return !text.isEmpty && !pair.value.isNull
        }
    }

    /// Where the value of a key stands in the file.
    func place(of key: String) -> ConfigurationProblem.Place? {
        pairs.first { $0.key == key }.map { session.place($0.value.position) }
    }

    /// The pair of a key that exists from now on.
    mutating func pair(_ key: String) -> YAMLNode.Pair? {
        if !knownKeys.contains(key) { knownKeys.append(key) }
        let pair = pairs.first { $0.key == key }
        if let pair { session.note(keyPath(of: key), from: session.place(pair.value.position)) }
        return pair
    }

    /// The text of a scalar.
    func text(of node: YAMLNode, _ keyPath: String, remedy: String) -> Setting? {
        let place = session.place(node.position)
        switch node.content {
        case .scalar where node.isNull: session.report(place, keyPath, "has no value", remedy)
        case .scalar(let text, _): return Setting(text: text, place: place, keyPath: keyPath)
        case .sequence: session.report(place, keyPath, "must be a single value, not a list", remedy)
        case .mapping: session.report(place, keyPath, "must be a single value, not a mapping", remedy)
        case .unusable: break
        }
        return nil
    }

    /// What the text of a setting means.
    ///
    /// A remedy given here replaces the example of the kind.
    func value<Value>(of setting: Setting, _ kind: ValueKind<Value>, remedy: String? = nil) -> Value? {
        do throws(ValueMistake) {
            return try kind.parse(setting.text)
        } catch {
            let remedy = error.remedy ?? remedy ?? setting.example(kind.example)
            session.report(setting.place, setting.keyPath, error.reason, remedy)
            return nil
        }
    }

    /// Reports the key unless it is given.
    func reportMissing(_ key: String, _ remedy: String) {
        guard reportsMissingKeys, !isGiven(key) else { return }
        session.report(session.place(position), keyPath(of: key), "is missing", remedy)
    }

    /// Reports the keys that nobody asked for, and those that are there twice.
    func reportUnknownKeys() {
        var lines: [String: Int] = [:]
        for pair in pairs {
            let place = session.place(pair.keyPosition)
            let path = keyPath(of: ShownName(pair.key).text)
            if let line = lines[pair.key] {
                session.report(place, path, "is given twice, first in line \(line)", "Remove one of the two.")
            } else if !knownKeys.contains(pair.key) {
                session.report(place, path, "is not a key that exists here", remedy(forUnknown: pair.key))
            }
            lines[pair.key] = lines[pair.key] ?? pair.keyPosition.line
        }
    }

    private func remedy(forUnknown key: String) -> String {
        if let colon = key.firstIndex(of: ":"), knownKeys.contains(String(key[..<colon])) {
            return "A blank is missing after the colon."
        }
        let nearest = WordDistance(of: key).nearest(of: knownKeys)
        return nearest.map { "Did you mean \($0)?" } ?? "Keys here: \(knownKeys.joined(separator: ", "))"
    }

    private func override(_ key: String) -> Setting? { isOverridable ? session.override(for: keyPath(of: key)) : nil }
}
