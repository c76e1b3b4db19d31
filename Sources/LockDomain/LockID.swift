/// The name of a lock in configuration, topics and paths: 1 to 64 of `a-z`, `0-9` and `_`.
///
/// No other character is possible, so no topic or URL path that is built from it can be wrong.
package struct LockID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let rawValue: String

    package init?(_ rawValue: String) {
        let allowed = rawValue.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || byte == UInt8(ascii: "_")
        }
        guard (1...64).contains(rawValue.utf8.count), allowed else { return nil }
        self.rawValue = rawValue
    }

    package var description: String { rawValue }

    package static func < (left: LockID, right: LockID) -> Bool { left.rawValue < right.rawValue }
}
