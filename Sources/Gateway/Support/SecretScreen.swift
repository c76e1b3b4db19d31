/// The last look at a text before it leaves: whatever may be a secret is taken out, whoever let it in.
struct SecretScreen {
    private let known: [String]

    /// - Parameter known: secrets that are texts; those of LOQED are known by their form too.
    init(_ known: [Secret<String>]) {
        // A gap wherever a word of everybody stands would tell what the password is.
        let texts = known.compactMap { secret in
            secret.reveal { $0.utf8.count >= 4 && !CommonWords.contains($0) ? $0 : nil }
        }
        // The padding of base64 is often left out.
        let bare = texts.filter { $0.hasSuffix("=") && $0.utf8.count >= 24 }.map { String($0.prefix { $0 != "=" }) }
        self.known = Set(texts + bare + texts.map(\.inQuotes)).sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
    }

    /// The text without them, and how many there were.
    func cleared(_ text: String) -> (text: String, count: Int) {
        var (result, count) = (text, 0)
        for secret in known {
            let parts = result.split(separator: secret, omittingEmptySubsequences: false)
            guard parts.count > 1 else { continue }
            count += parts.count - 1
            result = parts.joined(separator: "<redacted>")
        }
        return (clearedOfForms(result, &count), count)
    }

    /// Runs of 40 and more characters of base64 or hexadecimal digits that are not paths or words: keys and tokens.
    private func clearedOfForms(_ text: String, _ count: inout Int) -> String {
        var output: [UInt8] = []
        var run: [UInt8] = []
        var isBehindSecret = false
        for byte in Array(text.utf8) + [0] {
            if Self.isDigit(byte) {
                run.append(byte)
                continue
            }
            if Self.isSecretive(run) {
                count += 1
                output += Array("<redacted>".utf8)
                isBehindSecret = true
            } else if !run.isEmpty {
                output += run
                isBehindSecret = false
            }
            run.removeAll(keepingCapacity: true)
            // The padding goes with it.
            if isBehindSecret, byte == UInt8(ascii: "=") { continue }
            isBehindSecret = false
            if byte != 0 { output.append(byte) }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
            true
        default: false
        }
    }

    /// Chance mixes small and capital letters and figures; the folders of a path do not.
    private static func isSecretive(_ run: [UInt8]) -> Bool {
        guard run.count >= 40 else { return false }
        if run.contains(UInt8(ascii: "+")) { return true }
        return run.split(separator: UInt8(ascii: "/")).contains { part in
            let hasFigure = part.contains { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            let hasCapital = part.contains { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
            let hasSmall = part.contains { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
            return part.count >= 32 && hasFigure || part.count >= 16 && hasFigure && hasCapital && hasSmall
        }
    }
}
