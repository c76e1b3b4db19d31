/// A host and a port.
///
/// The host is a name in lower case, an IPv4 address, or an IPv6 address without brackets.
package struct NetworkAddress: Hashable, Sendable, CustomStringConvertible {
    package let host: String
    package let port: UInt16

    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// `host:port`, with brackets around an IPv6 address.
    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

extension NetworkAddress {
    /// Where a bridge answers, unless something else is known.
    static let bridgePort = 80

    /// A name that only its bearer answers for, on the link.
    var isMulticastName: Bool { host.hasSuffix(".local") }

    /// The Wi-Fi MAC that is part of the name of a bridge, `loqed-a0b1c2d3e4f1.local`: 12 lower-case hexadecimal digits.
    package var bridgeMAC: String? {
        let (start, end) = ("loqed-", ".local")
        guard host.hasPrefix(start), host.hasSuffix(end) else { return nil }
        return Self.macDigits(host.dropFirst(start.count).dropLast(end.count))
    }

    /// 12 hexadecimal digits, alone or in pairs between `:` or `-`, in lower case and without separators.
    static func macDigits(_ text: some StringProtocol) -> String? {
        let digits: [Character]
        switch text.count {
        case 12: digits = Array(text)
        case 17:
            let separators = Set(stride(from: 2, to: 17, by: 3).map { Array(text)[$0] })
            guard separators == [":"] || separators == ["-"] else { return nil }
            digits = text.enumerated().filter { $0.offset % 3 != 2 }.map(\.element)
        default: return nil
        }
        guard digits.allSatisfy({ $0.isASCII && $0.isHexDigit }) else { return nil }
        return String(digits).lowercased()
    }

    /// Reads a bridge: an address or a name as ever, or the Wi-Fi MAC of the bridge, which is part of its name.
    package init?(bridge text: String) {
        if let mac = Self.macDigits(text) {
            self.init(host: "loqed-\(mac).local", port: UInt16(Self.bridgePort))
            return
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count == 2, let mac = Self.macDigits(parts[0]), let port = Self.port(parts[1]) {
            self.init(host: "loqed-\(mac).local", port: port)
            return
        }
        self.init(text, defaultPort: UInt16(Self.bridgePort))
    }

    /// As people know a bridge: without the port that all bridges have.
    var shownName: String { port == 80 ? host : description }

    /// Whether a listener at the other address leaves no place for one here.
    func isTaken(by other: NetworkAddress) -> Bool {
        let isSameHost = host == other.host || covers(other) || other.covers(self)
        // Port 0 is any that is free.
        return isSameHost && port == other.port && port != 0
    }

    /// Whether all addresses are meant, and the other is one of them: `::` are those of IPv4 too.
    private func covers(_ other: NetworkAddress) -> Bool {
        host == "::" || host == "0.0.0.0" && !Self.isIPv6(other.host)
    }

    /// The host is an address and no name.
    var isNumeric: Bool { Self.isIPv4(host) || Self.isIPv6(host) }

    /// Reads `host`, `host:port`, `[IPv6]` or `[IPv6]:port`.
    ///
    /// Without a default port the port must be there.
    package init?(_ text: String, defaultPort: UInt16?) {
        let rest: Substring
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = String(text[text.index(after: text.startIndex)..<end]).lowercased()
            rest = text[text.index(after: end)...]
            guard Self.isIPv6(host) else { return nil }
        } else {
            let end = text.firstIndex(of: ":") ?? text.endIndex
            host = text[..<end].lowercased()
            rest = text[end...]
            guard Self.isIPv4(host) || Self.isName(host) else { return nil }
        }
        guard let port = rest.isEmpty ? defaultPort : Self.port(rest.dropFirst()), rest.isEmpty || rest.hasPrefix(":")
        else { return nil }
        self.port = port
    }

    /// A port that somebody can be reached at: decimal digits only, not 0.
    static func port(_ text: some StringProtocol) -> UInt16? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), !text.hasPrefix("0")
        else { return nil }
        return UInt16(text)
    }

    /// Four numbers from 0 to 255.
    ///
    /// A leading zero is refused: some read it as octal.
    static func isIPv4(_ text: some StringProtocol) -> Bool {
        let numbers = text.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4
            && numbers.allSatisfy { number in
                number.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
                    && UInt8(number) != nil && (number.count == 1 || !number.hasPrefix("0"))
            }
    }

    /// Eight groups of up to four hexadecimal digits; `::` may stand for those that are zero.
    static func isIPv6(_ text: some StringProtocol) -> Bool {
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard halves.count <= 2 else { return false }
        let groups = halves.flatMap { $0.isEmpty ? [] : $0.split(separator: ":", omittingEmptySubsequences: false) }
        let areHexadecimal = groups.allSatisfy { group in
            (1...4).contains(group.utf8.count) && group.allSatisfy { $0.isASCII && $0.isHexDigit }
        }
        return areHexadecimal && (halves.count == 2 ? groups.count < 8 : groups.count == 8)
    }

    /// Labels of letters, digits, `-` and `_`.
    ///
    /// One whose last label is a number is a mistyped IPv4 address, not a name.
    static func isName(_ text: some StringProtocol) -> Bool {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= 253, labels.last?.allSatisfy(\.isNumber) == false else { return false }
        return labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
        }
    }
}
