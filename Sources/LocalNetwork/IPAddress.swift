import Glibc

/// An IPv4 or IPv6 address, with its link where it means nothing without one.
package struct IPAddress: Hashable, Sendable {
    /// The version of IP.
    package enum Family: Hashable, Sendable { case v4, v6 }

    /// 4 or 16 bytes in network order.
    package let bytes: [UInt8]
    /// The name or number of the link; only for IPv6 addresses of a link (RFC 4007 section 11).
    package let zone: String?

    package var family: Family { bytes.count == 4 ? .v4 : .v6 }

    /// An address from its bytes; absent when they are not 4 or 16.
    ///
    /// An IPv4 address inside an IPv6 one (`::ffff:192.0.2.1`) becomes the IPv4 address.
    ///
    /// - Parameters:
    ///   - bytes: in network order.
    ///   - zone: the link; dropped from an address that is not of a link.
    package init?(bytes: [UInt8], zone: String? = nil) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        if bytes.count == 16, bytes.starts(with: Self.mappedPrefix) {
            self.bytes = Array(bytes.suffix(4))
        } else {
            self.bytes = bytes
        }
        let isOfLink = self.bytes.count == 16 && Self.isOfLink(self.bytes)
        self.zone = isOfLink ? zone : nil
    }

    /// An address as people write it, such as `192.0.2.1` or `fe80::1%eth0`, without brackets.
    package init?(_ text: String) {
        let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = parts.first, !text.utf8.contains(0) else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16)
        if address.utf8.contains(UInt8(ascii: ":")) {
            guard unsafe inet_pton(AF_INET6, String(address), &bytes) == 1 else { return nil }
        } else {
            guard parts.count == 1, unsafe inet_pton(AF_INET, String(address), &bytes) == 1 else { return nil }
            bytes.removeLast(12)
        }
        var zone: String?
        if parts.count == 2 {
            guard Self.isZone(parts[1]) else { return nil }
            zone = String(parts[1])
        }
        self.init(bytes: bytes, zone: zone)
    }

    /// The same address on a link, or on none.
    package func on(zone: String?) -> IPAddress { IPAddress(bytes: bytes, zone: zone) ?? self }
}

extension IPAddress {
    package var isLoopback: Bool {
        switch family {
        case .v4: bytes[0] == 127
        case .v6: bytes == Self.zeros(15) + [1]
        }
    }

    /// `0.0.0.0` or `::`: every address of this machine, and none.
    package var isWildcard: Bool { bytes.allSatisfy { $0 == 0 } }

    /// Means something on one link alone: 169.254.0.0/16, fe80::/10 (RFC 3927, RFC 4291 section 2.5.6).
    package var isLinkLocal: Bool {
        switch family {
        case .v4: bytes[0] == 169 && bytes[1] == 254
        case .v6: bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80
        }
    }

    package var isMulticast: Bool {
        switch family {
        case .v4: bytes[0] & 0xF0 == 0xE0
        case .v6: bytes[0] == 0xFF
        }
    }

    package var isBroadcast: Bool { bytes == [255, 255, 255, 255] }

    /// Whether both lie in one subnet.
    ///
    /// - Parameters:
    ///   - other: an address of that subnet.
    ///   - prefixLength: in bits; 0 takes in every address of the family.
    /// - Returns: false for different families and impossible prefixes.
    package func sharesSubnet(with other: IPAddress, prefixLength: Int) -> Bool {
        guard family == other.family, (0...bytes.count * 8).contains(prefixLength) else { return false }
        let whole = prefixLength / 8
        guard bytes.prefix(whole) == other.bytes.prefix(whole) else { return false }
        let rest = prefixLength % 8
        guard rest > 0 else { return true }
        return (bytes[whole] ^ other.bytes[whole]) >> (8 - rest) == 0
    }

    private static let mappedPrefix = zeros(10) + [0xFF, 0xFF]

    private static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

    private static func isOfLink(_ bytes: [UInt8]) -> Bool {
        (bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80) || (bytes[0] == 0xFF && bytes[1] & 0x0F <= 2)
    }

    /// Interface names have at most 15 bytes; anything that could end a URL's host is refused.
    private static func isZone(_ text: Substring) -> Bool {
        (1...15).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}

extension IPAddress: CustomStringConvertible {
    /// As people write it, with its zone.
    package var description: String { zone.map { "\(textWithoutZone)%\($0)" } ?? textWithoutZone }

    /// As it stands in a URL: IPv6 in brackets, without its zone, which means nothing to another machine.
    package var urlHost: String { family == .v4 ? textWithoutZone : "[\(textWithoutZone)]" }

    private var textWithoutZone: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = family == .v4 ? AF_INET : AF_INET6
        guard unsafe inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
