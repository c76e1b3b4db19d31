/// A JSON object that is not nested, member by member as it was written, repeated keys included.
///
/// Foundation's decoder is no help here: it keeps one of two members of the same name, lets a trailing comma pass,
/// reads UTF-16 too, and says nothing of it. This is strict about JSON itself: no comment, no trailing comma, no lone
/// surrogate, nothing behind the closing brace. It needs no recursion, so no message can exhaust the stack.
struct FlatJSONObject: Hashable {
    enum Value: Hashable {
        case text(String)
        /// Anything bare, such as a number, `true` or `null`: read over, not examined.
        case other
    }

    struct Member: Hashable {
        let key: String
        let value: Value
    }

    let members: [Member]

    /// Nil for a text that is not such an object.
    init?(_ text: String) {
        var cursor = ByteCursor(text.utf8)
        var members: [Member] = []
        cursor.skipBlanks()
        guard cursor.take("{") else { return nil }
        cursor.skipBlanks()
        if !cursor.take("}") {
            repeat {
                guard let member = cursor.takeMember() else { return nil }
                members.append(member)
            } while cursor.take(",")
            guard cursor.take("}") else { return nil }
        }
        cursor.skipBlanks()
        guard cursor.isAtEnd else { return nil }
        self.members = members
    }
}

extension ByteCursor {
    fileprivate mutating func skipBlanks() {
        while take(" ") || take("\t") || take("\n") || take("\r") {}
    }

    /// One member with the blanks around it.
    fileprivate mutating func takeMember() -> FlatJSONObject.Member? {
        skipBlanks()
        guard let key = takeText() else { return nil }
        skipBlanks()
        guard take(":") else { return nil }
        skipBlanks()
        guard let value = takeValue() else { return nil }
        skipBlanks()
        return FlatJSONObject.Member(key: key, value: value)
    }

    private mutating func takeValue() -> FlatJSONObject.Value? {
        if next == UInt8(ascii: "\"") { return takeText().map { .text($0) } }
        var length = 0
        while let byte = next, Self.mayStandInBareValue(byte) {
            _ = take()
            length += 1
        }
        return length > 0 ? .other : nil
    }

    private static func mayStandInBareValue(_ byte: UInt8) -> Bool {
        let upper = byte & 0xDF
        return (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(upper) || "0123456789+-.".utf8.contains(byte)
    }

    private mutating func takeText() -> String? {
        guard take("\"") else { return nil }
        var text: [UInt8] = []
        while let byte = take() {
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let scalar = takeEscape() else { return nil }
                text += Character(scalar).utf8
            case 0x00..<0x20: return nil
            default: text.append(byte)
            }
        }
        return nil
    }

    private mutating func takeEscape() -> Unicode.Scalar? {
        switch take() {
        case UInt8(ascii: "\""): "\""
        case UInt8(ascii: "\\"): "\\"
        case UInt8(ascii: "/"): "/"
        case UInt8(ascii: "b"): "\u{8}"
        case UInt8(ascii: "f"): "\u{C}"
        case UInt8(ascii: "n"): "\n"
        case UInt8(ascii: "r"): "\r"
        case UInt8(ascii: "t"): "\t"
        case UInt8(ascii: "u"): takeEscapedScalar()
        default: nil
        }
    }

    private mutating func takeEscapedScalar() -> Unicode.Scalar? {
        guard let first = takeHexadecimal() else { return nil }
        guard (0xD800...0xDBFF).contains(first) else { return Unicode.Scalar(first) }
        guard take("\\"), take("u"), let second = takeHexadecimal(), (0xDC00...0xDFFF).contains(second) else {
            return nil
        }
        return Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
    }

    private mutating func takeHexadecimal() -> UInt32? {
        var number: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = take(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            number = (number << 4) + UInt32(digit)
        }
        return number
    }
}
