/// The address of a network interface as people write it: `a0:b1:c2:d3:e4:f1`.
struct HardwareAddress: Hashable, CustomStringConvertible {
    let description: String

    /// - Parameter digits: 12 lower-case hexadecimal digits; nil for anything else.
    init?(_ digits: String) {
        let characters = Array(digits.utf8)
        let allowed = characters.allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
        }
        guard characters.count == 12, allowed else { return nil }
        description = stride(from: 0, to: 12, by: 2)
            .map { String(decoding: characters[$0...$0 + 1], as: UTF8.self) }
            .joined(separator: ":")
    }
}
