import CYAML

/// Owns one libyaml parser and the bytes it reads.
///
/// Nothing of the library is seen outside.
struct YAMLParser: ~Copyable {
    /// On the heap: libyaml keeps a pointer to the parser in the parser.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>

    /// Takes UTF-8 without a byte order mark.
    init(_ bytes: [UInt8]) throws(YAMLMistake) {
        parser = .allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        input = .allocate(capacity: bytes.count)
        _ = input.initialize(from: bytes)
        guard yaml_parser_initialize(parser) == 1 else { throw .outOfMemory }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, input.baseAddress, input.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    /// The next event.
    ///
    /// After `.streamEnd` or an error there is none, and it must not be asked for.
    mutating func next() throws(YAMLMistake) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw mistake() }
        defer { yaml_event_delete(&event) }
        return YAMLEvent(event)
    }

    /// What stopped the parser, in libyaml's words: constants that hold nothing of the text.
    private func mistake() -> YAMLMistake {
        guard let problem = parser.pointee.problem else { return .outOfMemory }
        var reason = String(cString: problem)
        if let context = parser.pointee.context {
            reason += " \(String(cString: context))"
            let line = Int(parser.pointee.context_mark.line) + 1
            if line <= Int(parser.pointee.problem_mark.line) { reason += " that begins in line \(line)" }
        }
        // The reader, which knows no lines, gives the byte; all others give the line.
        guard parser.pointee.error == YAML_READER_ERROR else {
            return .syntax(
                FilePosition(parser.pointee.problem_mark),
                reason,
                isTab: isTab(at: parser.pointee.problem_mark)
            )
        }
        let before = input.prefix(Int(parser.pointee.problem_offset))
        return .syntax(FilePosition(after: before), reason, isTab: false)
    }

    private func isTab(at mark: yaml_mark_t) -> Bool {
        var line = input[...]
        for _ in 0..<mark.line {
            guard let end = line.firstIndex(of: UInt8(ascii: "\n")) else { return false }
            line = line[(end + 1)...]
        }
        return line.prefix { $0 != UInt8(ascii: "\n") }.dropFirst(Int(mark.column)).first == UInt8(ascii: "\t")
    }
}

extension YAMLEvent {
    fileprivate init(_ event: yaml_event_t) {
        let position = FilePosition(event.start_mark)
        switch event.type {
        case YAML_DOCUMENT_START_EVENT: self.init(kind: .documentStart, position: position)
        case YAML_ALIAS_EVENT: self.init(kind: .alias, position: position)
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            self.init(
                kind: .scalar(String(decoding: bytes, as: UTF8.self), isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE),
                position: position,
                hasAnchor: scalar.anchor != nil,
                hasTag: scalar.tag != nil
            )
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            self.init(
                kind: .sequenceStart,
                position: position,
                hasAnchor: start.anchor != nil,
                hasTag: start.tag != nil
            )
        case YAML_SEQUENCE_END_EVENT: self.init(kind: .sequenceEnd, position: position)
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            self.init(kind: .mappingStart, position: position, hasAnchor: start.anchor != nil, hasTag: start.tag != nil)
        case YAML_MAPPING_END_EVENT: self.init(kind: .mappingEnd, position: position)
        case YAML_STREAM_END_EVENT: self.init(kind: .streamEnd, position: position)
        default: self.init(kind: .other, position: position)
        }
    }
}

extension FilePosition {
    fileprivate init(_ mark: yaml_mark_t) {
        self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }
}

extension YAMLMistake {
    fileprivate static let outOfMemory = YAMLMistake(
        position: .start,
        reason: "does not fit into memory",
        remedy: "Free some memory and try again."
    )

    fileprivate static func syntax(_ position: FilePosition, _ reason: String, isTab: Bool) -> YAMLMistake {
        YAMLMistake(
            position: position,
            reason: reason,
            remedy: isTab
                ? "YAML takes no tabs for indentation: use blanks."
                : "Look at the indentation, the quotes and the blank after each colon, here and in the line above."
        )
    }
}
