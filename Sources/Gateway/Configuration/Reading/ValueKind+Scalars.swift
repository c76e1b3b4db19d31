extension ValueKind where Value == String {
    /// One line of text, not empty.
    static func text(maximum: Int, example: String) -> ValueKind {
        ValueKind(example: example) { text throws(ValueMistake) in
            guard !text.isEmpty else { throw ValueMistake(reason: "is empty") }
            guard text.utf8.count <= maximum else {
                throw ValueMistake(reason: "is longer than \(maximum) bytes")
            }
            let isPrintable = text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
            guard isPrintable else {
                throw ValueMistake(reason: "holds a control character, such as a line break")
            }
            return text
        }
    }
}

extension ValueKind where Value == Bool {
    static var boolean: ValueKind {
        ValueKind(example: "true") { text throws(ValueMistake) in
            switch text.lowercased() {
            case "true", "yes", "on": return true
            case "false", "no", "off": return false
            default: throw ValueMistake(reason: "must be true or false")
            }
        }
    }
}

extension ValueKind where Value == Int {
    /// Decimal digits only: YAML's other spellings (`0x1F`, `017`, `1_000`) are more often slips than wishes.
    static func integer(in range: ClosedRange<Int>, example: String) -> ValueKind {
        ValueKind(example: example) { text throws(ValueMistake) in
            let isPlain = text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard isPlain, text == "0" || !text.hasPrefix("0"), let number = Int(text), range.contains(number) else {
                throw ValueMistake(reason: "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
    }
}

extension ValueKind where Value == UInt16 {
    static func port(example: String) -> ValueKind {
        ValueKind(example: example) { text throws(ValueMistake) in
            guard let port = NetworkAddress.port(text) else {
                throw ValueMistake(reason: "must be a port, a whole number from 1 to 65535")
            }
            return port
        }
    }
}

extension ValueKind {
    /// One word of a list.
    ///
    /// Its case does not matter.
    static func word(of words: [(name: String, value: Value)]) -> ValueKind {
        ValueKind(example: words.first?.name ?? "") { text throws(ValueMistake) in
            if let word = words.first(where: { $0.name == text.lowercased() }) { return word.value }
            let names = words.map(\.name)
            throw ValueMistake(reason: "must be \(names.dropLast().joined(separator: ", ")) or \(names.last ?? "")")
        }
    }
}
