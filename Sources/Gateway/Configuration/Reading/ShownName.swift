/// A key from outside as it may be shown: itself, or `?`.
///
/// Anything that does not look like a key may be a secret that slipped into its place (`{password:hunter2}` has one
/// long key and no value), or may move the cursor of a terminal.
struct ShownName {
    let text: String

    init(_ name: String) {
        let isPlain = name.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
        }
        text = isPlain && (1...40).contains(name.utf8.count) ? name : "?"
    }
}
