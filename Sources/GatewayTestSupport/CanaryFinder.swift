/// Finds secrets in what a program let out, whichever way it wrote them.
///
/// A secret is found by any eight of its bytes in a row: as they are, in base64 or base64url at any alignment, in hexadecimal
/// digits, percent-encoded, with JSON's escapes, and in these inside one another to the depth of two.
package struct CanaryFinder: Sendable {
    private static let length = 8

    private let names: [UInt64: String]
    /// Says quickly that a window is none of theirs.
    private let hints: [Bool]

    /// - Parameter canaries: the bytes that nobody may see, by what they are; at least eight each.
    package init(_ canaries: [(name: String, bytes: [UInt8])]) {
        var names: [UInt64: String] = [:]
        var hints = [Bool](repeating: false, count: 1 << 16)
        for canary in canaries {
            precondition(canary.bytes.count >= Self.length, "\(canary.name) is too short to be told from chance")
            for window in Self.windows(of: canary.bytes) {
                names[window] = canary.name
                hints[Int(window & 0xFFFF)] = true
            }
        }
        self.names = names
        self.hints = hints
    }

    /// The names of the canaries that are in it, sorted.
    package func found(in bytes: [UInt8]) -> [String] {
        var names: Set<String> = []
        var texts = [bytes]
        for _ in 0..<2 {
            for text in texts { names.formUnion(scan(text)) }
            texts = texts.flatMap(Self.decodings)
        }
        for text in texts { names.formUnion(scan(text)) }
        return names.sorted()
    }

    package func found(in text: String) -> [String] { found(in: Array(text.utf8)) }

    private func scan(_ bytes: [UInt8]) -> Set<String> {
        guard bytes.count >= Self.length else { return [] }
        var names: Set<String> = []
        bytes.withUnsafeBufferPointer { bytes in
            hints.withUnsafeBufferPointer { hints in
                var window: UInt64 = 0
                for index in 0..<bytes.count {
                    window = window << 8 | UInt64(bytes[index])
                    guard index >= Self.length - 1, hints[Int(window & 0xFFFF)] else { continue }
                    if let name = self.names[window] { names.insert(name) }
                }
            }
        }
        return names
    }

    private static func windows(of bytes: [UInt8]) -> [UInt64] {
        (0...(bytes.count - length)).map { start in
            bytes[start..<(start + length)].reduce(0) { $0 << 8 | UInt64($1) }
        }
    }

    // MARK: What a text may be the writing of

    private static func decodings(_ bytes: [UInt8]) -> [[UInt8]] {
        let plain = [
            unescaped(bytes, mark: "%", digits: 2, skipping: 1), unescaped(bytes, mark: "\\", digits: 4, skipping: 2),
        ]
        let digits = runs(in: bytes, of: hexDigit, atLeast: 2 * length).flatMap { run in
            [pairs(run[...]), pairs(run.dropFirst())]
        }
        // With a slash escaped as JSON may have it.
        let flat = bytes.contains(UInt8(ascii: "\\")) ? bytes.filter { $0 != UInt8(ascii: "\\") } : bytes
        let sextets = runs(in: flat, of: base64Digit, atLeast: length * 4 / 3 + 1).flatMap { run in
            (0..<4).map { quads(run.dropFirst($0)) }
        }
        // Runs far from one another are parted by bytes that no canary has in a row.
        return (plain.compactMap { $0 }) + [joined(digits), joined(sextets)].filter { !$0.isEmpty }
    }

    private static func joined(_ parts: [[UInt8]]) -> [UInt8] {
        Array(parts.joined(separator: [UInt8](repeating: 0x0A, count: length)))
    }

    /// Bytes that stand as a mark and digits; nil when there are none.
    private static func unescaped(_ bytes: [UInt8], mark: Unicode.Scalar, digits: Int, skipping: Int) -> [UInt8]? {
        let mark = UInt8(ascii: mark)
        guard bytes.contains(mark) else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let start = index + skipping
            let isMarked =
                bytes[index] == mark
                && (skipping == 1 || index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: "u"))
            if isMarked, start + digits <= bytes.count,
                let value = Self.value(bytes[start..<(start + digits)])
            {
                result.append(UInt8(truncatingIfNeeded: value))
                index = start + digits
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return result
    }

    private static func value(_ digits: ArraySlice<UInt8>) -> Int? {
        var value = 0
        for digit in digits {
            guard let number = hexDigit(digit) else { return nil }
            value = value << 4 | Int(number)
        }
        return value
    }

    private static func runs(in bytes: [UInt8], of digit: (UInt8) -> UInt8?, atLeast minimum: Int) -> [[UInt8]] {
        var runs: [[UInt8]] = []
        var run: [UInt8] = []
        for byte in bytes {
            if let digit = digit(byte) {
                run.append(digit)
            } else {
                if run.count >= minimum { runs.append(run) }
                run.removeAll(keepingCapacity: true)
            }
        }
        if run.count >= minimum { runs.append(run) }
        return runs
    }

    private static func pairs(_ digits: ArraySlice<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        var index = digits.startIndex
        while index + 1 < digits.endIndex {
            bytes.append(digits[index] << 4 | digits[index + 1])
            index += 2
        }
        return bytes
    }

    private static func quads(_ digits: ArraySlice<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        var (bits, count) = (0, 0)
        for digit in digits {
            bits = (bits << 6 | Int(digit)) & 0xFFFF
            count += 6
            guard count >= 8 else { continue }
            count -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> count))
        }
        return bytes
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private static func base64Digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
