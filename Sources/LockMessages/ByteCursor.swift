/// Reads bytes from front to back and never past their end.
struct ByteCursor {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: some Sequence<UInt8>) { rest = ArraySlice(bytes) }

    var isAtEnd: Bool { rest.isEmpty }

    var next: UInt8? { rest.first }

    /// The next byte, nil at the end.
    mutating func take() -> UInt8? { rest.popFirst() }

    /// Takes the next byte if it is this ASCII character.
    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard character.isASCII, rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    /// The next byte's value as a digit, taken only if it is one.
    mutating func takeDigit() -> Int? {
        guard let byte = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        rest.removeFirst()
        return Int(byte - UInt8(ascii: "0"))
    }

    /// A number of exactly this many digits, at most 18; nil, with some digits perhaps taken, when there are fewer.
    mutating func takeNumber(digits: Int) -> Int? {
        var number = 0
        for _ in 0..<min(digits, 18) {
            guard let digit = takeDigit() else { return nil }
            number = number * 10 + digit
        }
        return number
    }
}
