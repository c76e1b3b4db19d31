// Single values: each says what is wrong with it and gives an example of a right one.

extension ConfigurationReader.Section {
    func string(_ name: String, default standard: String? = nil) -> String? { entry(name)?.text ?? standard }

    func whole(_ name: String, in range: ClosedRange<Int>, default standard: Int?) -> Int? {
        read(name, default: standard, "is not a whole number from \(range.lowerBound) to \(range.upperBound)") {
            Int($0).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    func flag(_ name: String, default standard: Bool) -> Bool {
        read(name, default: standard, "is neither true nor false") {
            ["true": true, "yes": true, "on": true, "false": false, "no": false, "off": false][$0.lowercased()]
        } ?? standard
    }

    func duration(_ name: String, in range: ClosedRange<Duration>, default standard: Duration) -> Duration {
        let limits = "from \(DurationText.text(range.lowerBound)) to \(DurationText.text(range.upperBound))"
        return read(
            name,
            default: standard,
            "is not a duration \(limits)",
            example: "\(name): \(DurationText.text(standard))"
        ) {
            DurationText.parse($0).flatMap { range.contains($0) ? $0 : nil }
        } ?? standard
    }

    func word<Value>(_ name: String, _ words: [(String, Value)], default standard: Value) -> Value {
        let list = words.map { "\"\($0.0)\"" }.joined(separator: ", ")
        return read(name, default: standard, "is none of \(list)") { text in
            words.first { $0.0 == text.lowercased() }?.1
        } ?? standard
    }

    /// Reads a value by `parse`; a value that it does not take is reported with the key, never with the value.
    func read<Value>(
        _ name: String,
        default standard: Value?,
        _ reason: String,
        example: String? = nil,
        parse: (String) -> Value?
    ) -> Value? {
        guard let entry = entry(name) else { return standard }
        if let value = parse(entry.text) { return value }
        reader.complain(entry.key, at: entry.origin, reason, remedy: example.map { "for example: \($0)" })
        return nil
    }

    /// A secret that is given as `name` or in a file as `name_file`, exactly one of them.
    func secret<Value>(_ name: String, isRequired: Bool, parse: (String) throws -> Value) -> Value? {
        let direct = entry(name)
        let file = entry("\(name)_file")
        switch (direct, file) {
        case (.some, .some):
            complain("\(name)_file", "and \(name) are both given; keep one")
            return nil
        case (let direct?, nil):
            return check(direct, direct.text, parse)
        case (nil, let file?):
            do throws(FileFailure) {
                return check(file, try reader.environment.secret(at: file.text), parse)
            } catch {
                reader.complain(file.key, at: file.origin, error.description)
                return nil
            }
        case (nil, nil):
            if isRequired {
                complain(name, "is missing", remedy: "write \(name): \"…\", or \(name)_file: with the name of a file")
            }
            return nil
        }
    }

    private func check<Value>(
        _ entry: ConfigurationReader.Entry,
        _ text: String,
        _ parse: (String) throws -> Value
    ) -> Value? {
        do {
            return try parse(text)
        } catch {
            reader.complain(entry.key, at: entry.origin, "\(error)")
            return nil
        }
    }
}

/// Durations as people write them.
enum DurationText {
    private static let units: [(String, Int64)] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)]

    /// Reads `500ms`, `20s`, `5m`, `1h`.
    static func parse(_ text: String) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let unit = units.first(where: { $0.0 == text.dropFirst(digits.count) }), digits.count <= 9,
            let number = Int64(digits)
        else { return nil }
        return .milliseconds(number * unit.1)
    }

    static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        let unit = units.last { milliseconds % $0.1 == 0 && milliseconds >= $0.1 } ?? ("ms", 1)
        return "\(milliseconds / unit.1)\(unit.0)"
    }
}
