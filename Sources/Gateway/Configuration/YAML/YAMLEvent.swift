/// One step through a YAML text, copied out of the library.
struct YAMLEvent {
    enum Kind: Equatable {
        case documentStart
        case alias
        case scalar(String, isPlain: Bool)
        case sequenceStart
        case sequenceEnd
        case mappingStart
        case mappingEnd
        case streamEnd
        /// Has no meaning for a reader of values.
        case other
    }

    let kind: Kind
    let position: FilePosition
    var hasAnchor = false
    /// An explicit type, such as `!secret`.
    var hasTag = false
}
