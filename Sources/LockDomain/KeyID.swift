/// The number of a key inside one lock, 0 to 254.
///
/// LOQED documents 0 to 250; 251 to 254 are taken as keys too. 255 is LOQED's word for "no key": by hand, or by the
/// lock itself. It has no `KeyID`.
package struct KeyID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let rawValue: UInt8

    package init?(_ number: Int) {
        guard let byte = UInt8(exactly: number), byte != 255 else { return nil }
        rawValue = byte
    }

    package var description: String { String(rawValue) }

    package static func < (left: KeyID, right: KeyID) -> Bool { left.rawValue < right.rawValue }
}
