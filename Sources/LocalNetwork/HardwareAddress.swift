/// The MAC address of a network card.
package struct HardwareAddress: Hashable, Sendable {
    /// Six bytes.
    let bytes: [UInt8]

    /// Absent when they are not six, or belong to no card: all zero, or a group.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == 6, bytes.contains(where: { $0 != 0 }), bytes[0] & 1 == 0 else { return nil }
        self.bytes = bytes
    }

    /// From 12 hex digits of either case, alone or with `:` or `-` between the pairs.
    package init?(_ text: some StringProtocol) {
        var digits = Array(text.utf8)
        if digits.count == 17, digits[2] == UInt8(ascii: ":") || digits[2] == UInt8(ascii: "-") {
            let separator = digits[2]
            guard stride(from: 2, to: 17, by: 3).allSatisfy({ digits[$0] == separator }) else { return nil }
            digits = digits.indices.filter { $0 % 3 != 2 }.map { digits[$0] }
        }
        guard digits.count == 12, digits.allSatisfy(\.isHexDigit) else { return nil }
        let pairs = stride(from: 0, to: 12, by: 2).map { String(decoding: digits[$0..<$0 + 2], as: UTF8.self) }
        self.init(pairs.compactMap { UInt8($0, radix: 16) })
    }
}

extension HardwareAddress {
    /// The one in a service's text, under `mac_wifi` as LOQED calls it elsewhere, or under `mac`.
    ///
    /// - Parameter strings: each a key, `=`, and a value; the first of a key counts (RFC 6763 section 6.4).
    init?(toldIn strings: [[UInt8]]) {
        let pairs = strings.map { String(decoding: $0, as: UTF8.self).split(separator: "=", maxSplits: 1) }
        for key in ["mac_wifi", "mac"] {
            guard let pair = pairs.first(where: { $0.count == 2 && $0[0].lowercased() == key }) else { continue }
            self.init(pair[1])
            return
        }
        return nil
    }
}

extension HardwareAddress: CustomStringConvertible {
    /// 12 lower-case hex digits, as LOQED writes it.
    package var description: String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
