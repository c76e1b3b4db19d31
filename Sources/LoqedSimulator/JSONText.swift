/// A JSON value to be written, compact and with its members in the order in which they are given.
///
/// For words and numbers of the simulator's own: text is not escaped.
indirect enum JSONText {
    case number(Int)
    /// A number with a fraction, as it is to be written.
    case decimal(String)
    case text(String)
    case flag(Bool)
    case null
    case list([JSONText])
    case object([(name: String, value: JSONText)])

    /// Numbers by name, in order of their names.
    static func numbers(_ numbers: [String: Int]) -> JSONText {
        .object(numbers.sorted { $0.key < $1.key }.map { ($0.key, .number($0.value)) })
    }

    func text(numbersAsText: Bool = false) -> String {
        switch self {
        case .number(let number): numbersAsText ? "\"\(number)\"" : "\(number)"
        case .decimal(let digits): numbersAsText ? "\"\(digits)\"" : digits
        case .text(let text): "\"\(text)\""
        case .flag(let flag): "\(flag)"
        case .null: "null"
        case .list(let elements):
            "[" + elements.map { $0.text(numbersAsText: numbersAsText) }.joined(separator: ",") + "]"
        case .object(let members):
            "{"
                + members.map { "\"\($0.name)\":\($0.value.text(numbersAsText: numbersAsText))" }.joined(separator: ",")
                + "}"
        }
    }

    /// The members of an object that have a plain value, as they stand in a URL.
    var values: [String: String] {
        guard case .object(let members) = self else { return [:] }
        var values: [String: String] = [:]
        for (name, value) in members {
            switch value {
            case .number(let number): values[name] = "\(number)"
            case .decimal(let text), .text(let text): values[name] = text
            case .flag, .null, .list, .object: break
            }
        }
        return values
    }
}
