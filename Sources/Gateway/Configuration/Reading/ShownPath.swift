/// The name of a file as it may be shown: itself, or `?` for what looks like a secret that was given in its place.
package struct ShownPath {
    package let text: String

    package init(_ path: String) { text = Self.looksLikeSecret(path) ? "?" : path }

    /// Whether that is a key of LOQED's or the JSON that holds them, more or less whole, and no name of a file.
    ///
    /// The keys are 44 characters of base64, which has `/` in it; the last is a `=`, which a double click leaves out.
    static func looksLikeSecret(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        let hasMarks = bytes.contains { $0 < 0x20 || $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "\"") }
        return hasMarks || isKey(bytes[...])
            || bytes.split(separator: UInt8(ascii: "/")).contains { isKey($0) || isPartOfKey($0) }
    }

    /// As long as a key, and of its letters.
    private static func isKey(_ bytes: ArraySlice<UInt8>) -> Bool {
        let isBlank: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") }
        guard let first = bytes.firstIndex(where: { !isBlank($0) }), let last = bytes.lastIndex(where: { !isBlank($0) })
        else { return false }
        let word = bytes[first...last]
        if word.count >= 24, word.last == UInt8(ascii: "=") { return true }
        let letters = Letters(word)
        return 40...48 ~= word.count && letters.areOfBase64 && letters.haveBothCases
    }

    /// Letters that make up no word.
    private static func isPartOfKey(_ word: ArraySlice<UInt8>) -> Bool {
        let letters = Letters(word)
        return word.count >= 24 && letters.areOfBase64 && letters.haveBothCases && letters.haveDigit
    }

    private struct Letters {
        var areOfBase64 = true
        var haveDigit = false
        private var haveCapital = false
        private var haveSmall = false

        var haveBothCases: Bool { haveCapital && haveSmall }

        init(_ word: ArraySlice<UInt8>) {
            for byte in word {
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"): haveDigit = true
                case UInt8(ascii: "A")...UInt8(ascii: "Z"): haveCapital = true
                case UInt8(ascii: "a")...UInt8(ascii: "z"): haveSmall = true
                case UInt8(ascii: "+"), UInt8(ascii: "/"): break
                default: areOfBase64 = false
                }
            }
        }
    }
}
