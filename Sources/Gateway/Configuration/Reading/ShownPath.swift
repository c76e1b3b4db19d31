/// The name of a file as it may be shown: itself, or `?` for what looks like a secret that was given in its place.
///
/// LOQED's keys are 44 characters of base64, which has `/` in it; the last is a `=`, which a double click leaves out. The
/// portal shows them in JSON.
package struct ShownPath {
    package let text: String

    package init(_ path: String) { text = Self.mayHoldSecret(path) ? "?" : path }

    /// Whether that is no name of a file, but a key or the JSON that holds them.
    ///
    /// Certain enough to refuse it: a path that people have is none.
    package static func isSecret(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard !hasMarks(bytes) else { return true }
        let words = bytes.split(separator: UInt8(ascii: " "))
        guard words.count == 1, let word = words.first else { return false }
        if word.count >= 24, word.last == UInt8(ascii: "=") { return true }
        let letters = Letters(word)
        return word.count == 43 && word.first != UInt8(ascii: "/") && letters.areOfBase64 && letters.areMixed
    }

    /// Whether some of it may be a secret, also among other words.
    private static func mayHoldSecret(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        if isSecret(text) || hasMarks(bytes) { return true }
        let runs = bytes.split { !Letters.isOfBase64($0) }
        if runs.contains(where: { 40...48 ~= $0.count && Letters($0).haveBothCases }) { return true }
        let words = bytes.split { !Letters.isOfBase64($0) || $0 == UInt8(ascii: "/") }
        return words.contains { $0.count >= 24 && Letters($0).areMixed }
            || bytes.split(separator: UInt8(ascii: "/")).contains { $0.count >= 24 && $0.last == UInt8(ascii: "=") }
    }

    private static func hasMarks(_ bytes: [UInt8]) -> Bool {
        bytes.contains { $0 < 0x20 || $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "\"") }
    }

    private struct Letters {
        var areOfBase64 = true
        private var haveDigit = false
        private var haveCapital = false
        private var haveSmall = false

        var haveBothCases: Bool { haveCapital && haveSmall }
        /// Letters and digits that make up no word.
        var areMixed: Bool { haveBothCases && haveDigit }

        init(_ word: ArraySlice<UInt8>) {
            for byte in word {
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"): haveDigit = true
                case UInt8(ascii: "A")...UInt8(ascii: "Z"): haveCapital = true
                case UInt8(ascii: "a")...UInt8(ascii: "z"): haveSmall = true
                default: if !Self.isOfBase64(byte) { areOfBase64 = false }
                }
            }
        }

        static func isOfBase64(_ byte: UInt8) -> Bool {
            let (letter, digits) = (UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"))
            return letter.contains(byte | 0x20) && byte > 0x40 || digits.contains(byte)
                || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/")
        }
    }
}
