import CYAML

/// A place in a file; lines and columns count from 1.
package struct SourcePosition: Hashable, Comparable, Sendable {
    package let line: Int
    package let column: Int

    package static func < (left: SourcePosition, right: SourcePosition) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

/// One value of a YAML file, with where it stands.
struct YAMLNode: Sendable {
    struct Member: Sendable {
        let key: String
        let keyPosition: SourcePosition
        let value: YAMLNode
    }

    enum Content: Sendable {
        /// `isPlain` when it stands there without quotes.
        case scalar(String, isPlain: Bool)
        case list([YAMLNode])
        case mapping([Member])
    }

    let content: Content
    let position: SourcePosition

    /// Nothing was written behind the key.
    var isEmpty: Bool {
        if case .scalar(let text, isPlain: true) = content { ["", "~", "null"].contains(text) } else { false }
    }
}

/// Why a text is not YAML that we take.
struct YAMLFailure: Error {
    let reason: String
    let position: SourcePosition
}

extension YAMLNode {
    /// The largest file, in bytes, and the deepest nesting that are read.
    static let maximumSize = 1 << 20
    static let maximumDepth = 16

    /// Reads one document. Anchors and aliases are refused: a small file could grow without bound by them.
    static func parse(_ bytes: [UInt8]) throws(YAMLFailure) -> YAMLNode {
        let start = SourcePosition(line: 1, column: 1)
        guard bytes.count <= maximumSize else {
            throw YAMLFailure(reason: "the file is larger than 1 MiB", position: start)
        }
        return try YAMLReader.read(bytes)
    }
}

/// Walks over libyaml's events. Used once.
private struct YAMLReader {
    private var parser: UnsafeMutablePointer<yaml_parser_t>

    static func read(_ bytes: [UInt8]) throws(YAMLFailure) -> YAMLNode {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        defer { parser.deallocate() }
        guard yaml_parser_initialize(parser) == 1 else {
            throw YAMLFailure(reason: "libyaml could not be started", position: SourcePosition(line: 1, column: 1))
        }
        defer { yaml_parser_delete(parser) }
        let result: Result<YAMLNode, YAMLFailure> = bytes.withUnsafeBufferPointer { buffer in
            yaml_parser_set_input_string(parser, buffer.baseAddress, buffer.count)
            let reader = YAMLReader(parser: parser)
            do throws(YAMLFailure) {
                return .success(try reader.document())
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func document() throws(YAMLFailure) -> YAMLNode {
        var root: YAMLNode?
        while true {
            let event = try next()
            switch event.kind {
            case .streamEnd:
                let start = SourcePosition(line: 1, column: 1)
                return root ?? YAMLNode(content: .mapping([]), position: start)
            case .streamStart, .documentStart, .documentEnd: continue
            default:
                guard root == nil else {
                    throw YAMLFailure(reason: "there is more than one document in the file", position: event.position)
                }
                root = try node(event, depth: 1)
            }
        }
    }

    private func node(_ event: Event, depth: Int) throws(YAMLFailure) -> YAMLNode {
        guard depth <= YAMLNode.maximumDepth else {
            throw YAMLFailure(reason: "the nesting is too deep", position: event.position)
        }
        switch event.kind {
        case .scalar(let text, let isPlain):
            return YAMLNode(content: .scalar(text, isPlain: isPlain), position: event.position)
        case .listStart:
            var elements: [YAMLNode] = []
            while true {
                let element = try next()
                if case .listEnd = element.kind { break }
                elements.append(try node(element, depth: depth + 1))
            }
            return YAMLNode(content: .list(elements), position: event.position)
        case .mappingStart:
            var members: [YAMLNode.Member] = []
            while true {
                let key = try next()
                if case .mappingEnd = key.kind { break }
                guard case .scalar(let name, _) = key.kind else {
                    throw YAMLFailure(reason: "a key must be plain text", position: key.position)
                }
                let value = try node(try next(), depth: depth + 1)
                members.append(YAMLNode.Member(key: name, keyPosition: key.position, value: value))
            }
            return YAMLNode(content: .mapping(members), position: event.position)
        case .streamStart, .streamEnd, .documentStart, .documentEnd, .listEnd, .mappingEnd:
            throw YAMLFailure(reason: "the file ends in the middle", position: event.position)
        }
    }

    private struct Event {
        enum Kind {
            case streamStart, streamEnd, documentStart, documentEnd
            case listStart, listEnd, mappingStart, mappingEnd
            case scalar(String, isPlain: Bool)
        }

        let kind: Kind
        let position: SourcePosition
    }

    private func next() throws(YAMLFailure) -> Event {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw failure() }
        defer { yaml_event_delete(&event) }
        let position = SourcePosition(line: event.start_mark.line + 1, column: event.start_mark.column + 1)
        func refuseAnchor(_ anchor: UnsafeMutablePointer<yaml_char_t>?) throws(YAMLFailure) {
            guard anchor != nil else { return }
            throw YAMLFailure(reason: "anchors (&) are not taken; write the value where it is needed", position: position)
        }
        switch event.type {
        case YAML_STREAM_START_EVENT: return Event(kind: .streamStart, position: position)
        case YAML_STREAM_END_EVENT: return Event(kind: .streamEnd, position: position)
        case YAML_DOCUMENT_START_EVENT: return Event(kind: .documentStart, position: position)
        case YAML_DOCUMENT_END_EVENT: return Event(kind: .documentEnd, position: position)
        case YAML_SEQUENCE_START_EVENT:
            try refuseAnchor(event.data.sequence_start.anchor)
            return Event(kind: .listStart, position: position)
        case YAML_SEQUENCE_END_EVENT: return Event(kind: .listEnd, position: position)
        case YAML_MAPPING_START_EVENT:
            try refuseAnchor(event.data.mapping_start.anchor)
            return Event(kind: .mappingStart, position: position)
        case YAML_MAPPING_END_EVENT: return Event(kind: .mappingEnd, position: position)
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            try refuseAnchor(scalar.anchor)
            let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            return Event(kind: .scalar(text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE), position: position)
        default:
            throw YAMLFailure(reason: "aliases (*) are not taken; write the value where it is needed", position: position)
        }
    }

    private func failure() -> YAMLFailure {
        let state = parser.pointee
        let mark = state.problem.map { _ in state.problem_mark } ?? state.mark
        let words = state.problem.map { String(cString: $0) } ?? "this is not YAML"
        let context = state.context.map { " " + String(cString: $0) } ?? ""
        return YAMLFailure(
            reason: words + context,
            position: SourcePosition(line: mark.line + 1, column: mark.column + 1)
        )
    }
}
