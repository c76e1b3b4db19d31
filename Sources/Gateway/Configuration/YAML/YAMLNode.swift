/// One value of a YAML document, and where it begins.
struct YAMLNode: Hashable {
    enum Content: Hashable {
        /// A plain scalar may mean "nothing" (`~`); a quoted one is always text.
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        /// In the order of the file; a key given twice is there twice.
        case mapping([Pair])
        /// Something that a mistake has been reported for. It has no meaning and deserves no second report.
        case unusable
    }

    struct Pair: Hashable {
        let key: String
        let keyPosition: FilePosition
        let value: YAMLNode
    }

    let content: Content
    let position: FilePosition

    /// What an empty place stands for: `key:` with nothing behind it, `~` or `null`.
    var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }
}
