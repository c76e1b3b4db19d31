/// A key and its value as the command line gives them: `mqtt.host=192.168.1.5`.
package struct KeyAssignment: Hashable, Sendable {
    let key: String
    /// Nil: there was no equals sign.
    let value: String?

    /// Reads what stands behind `--set`.
    package init(_ text: String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        key = String(parts[0])
        value = parts.count > 1 ? String(parts[1]) : nil
    }

    /// The key as it may be shown: each part that looks like a key, and `?` for the others.
    var shownKey: String {
        key.split(separator: ".", omittingEmptySubsequences: false).map { ShownName(String($0)).text }
            .joined(separator: ".")
    }
}
