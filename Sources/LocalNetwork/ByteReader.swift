/// Reads bytes from the front and knows where they end; absent answers where there are too few.
struct ByteReader {
    private let bytes: [UInt8]
    /// Counted from the start of all bytes, also after a cut.
    private(set) var position: Int
    let end: Int

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        position = 0
        end = bytes.count
    }

    private init(_ bytes: [UInt8], from start: Int, to end: Int) {
        self.bytes = bytes
        position = start
        self.end = end
    }

    var remaining: Int { end - position }
    var isAtEnd: Bool { position >= end }

    /// The same bytes from another place on; absent outside them.
    func moved(to place: Int) -> ByteReader? {
        guard (0...end).contains(place) else { return nil }
        return ByteReader(bytes, from: place, to: end)
    }

    /// A reader of the next bytes alone, which this one passes over.
    mutating func cut(_ count: Int) -> ByteReader? {
        guard count >= 0, count <= remaining else { return nil }
        defer { position += count }
        return ByteReader(bytes, from: position, to: position + count)
    }

    /// Passes over bytes, at most to the end.
    mutating func skipAtMost(_ count: Int) { position += min(max(0, count), remaining) }

    mutating func take(_ count: Int) -> [UInt8]? {
        guard count >= 0, count <= remaining else { return nil }
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    mutating func byte() -> UInt8? {
        guard remaining > 0 else { return nil }
        defer { position += 1 }
        return bytes[position]
    }

    /// 16 bits in network order.
    mutating func network16() -> UInt16? {
        guard remaining >= 2 else { return nil }
        defer { position += 2 }
        return UInt16(bytes[position]) << 8 | UInt16(bytes[position + 1])
    }

    /// 32 bits in network order.
    mutating func network32() -> UInt32? {
        guard remaining >= 4, let high = network16(), let low = network16() else { return nil }
        return UInt32(high) << 16 | UInt32(low)
    }

    /// 16 bits in this machine's order.
    mutating func native16() -> UInt16? { network16().map { UInt16(bigEndian: $0) } }

    /// 32 bits in this machine's order.
    mutating func native32() -> UInt32? { network32().map { UInt32(bigEndian: $0) } }
}

extension [UInt8] {
    /// Appends 16 bits in network order.
    mutating func appendNetwork(_ value: UInt16) { self += [UInt8(value >> 8), UInt8(truncatingIfNeeded: value)] }

    /// Appends 32 bits in network order.
    mutating func appendNetwork(_ value: UInt32) {
        appendNetwork(UInt16(value >> 16))
        appendNetwork(UInt16(truncatingIfNeeded: value))
    }

    /// Appends 16 bits in this machine's order.
    mutating func appendNative(_ value: UInt16) { appendNetwork(UInt16(bigEndian: value)) }

    /// Appends 32 bits in this machine's order.
    mutating func appendNative(_ value: UInt32) { appendNetwork(UInt32(bigEndian: value)) }
}
