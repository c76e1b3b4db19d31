/// A name in the DNS; equal whatever the case of its letters (RFC 6762 section 16).
struct DNSName: Sendable {
    /// Each 1 to 63 bytes; all together at most 255 bytes on the wire (RFC 1035 section 2.3.4).
    let labels: [[UInt8]]
    private let folded: [[UInt8]]

    /// Absent when a label or the whole is too long; no labels at all are the root.
    init?(labels: [[UInt8]]) {
        guard labels.allSatisfy({ (1...63).contains($0.count) }) else { return nil }
        self.labels = labels
        folded = labels.map { label in label.map(Self.lowerCased) }
        guard encodedCount <= 255 else { return nil }
    }

    /// Its bytes on the wire, when it is not compressed.
    var encodedCount: Int { labels.reduce(1) { $0 + $1.count + 1 } }

    /// A host or service name such as `LOQED-a0b1c2d3e4f1.local`, with or without a dot at its end.
    init?(_ text: String) {
        let text = text.hasSuffix(".") ? text.dropLast() : text[...]
        let labels = text.split(separator: ".", omittingEmptySubsequences: false).map { Array($0.utf8) }
        self.init(labels: labels)
    }

    /// Whether it is one label longer than a service's name and else the same (RFC 6763 section 4.1).
    func isInstance(of service: DNSName) -> Bool { folded.count > 1 && Array(folded.dropFirst()) == service.folded }

    /// Whether its first label begins like this, whatever the case.
    func begins(with prefix: String) -> Bool { (folded.first ?? []).starts(with: prefix.utf8.map(Self.lowerCased)) }

    /// The first label as text; what is no UTF-8 is replaced.
    var firstLabel: String { String(decoding: labels.first ?? [], as: UTF8.self) }

    private static func lowerCased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}

extension DNSName: Hashable {
    static func == (one: DNSName, other: DNSName) -> Bool { one.folded == other.folded }

    func hash(into hasher: inout Hasher) { hasher.combine(folded) }
}

extension DNSName: CustomStringConvertible {
    /// Without a dot at its end; a dot or backslash inside a label has a backslash before it (RFC 6763 section 4.3).
    var description: String {
        labels.map { label in
            String(decoding: label, as: UTF8.self).replacing("\\", with: "\\\\").replacing(".", with: "\\.")
        }.joined(separator: ".")
    }
}
