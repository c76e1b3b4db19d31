/// Builds the nodes of one document out of the parser's events.
struct YAMLComposer {
    private(set) var mistakes: [YAMLMistake] = []

    /// - Throws: the mistake that makes the rest of the text unreadable.
    mutating func compose(_ text: [UInt8]) throws(YAMLMistake) -> YAMLNode {
        var parser = try YAMLParser(text)
        var root: YAMLNode?
        while true {
            let event = try parser.next()
            switch event.kind {
            case .streamEnd: return root ?? YAMLNode(content: .scalar("", isPlain: true), position: .start)
            case .documentStart where root != nil:
                throw YAMLMistake(
                    position: event.position,
                    reason: "begins a second document",
                    remedy: "Remove the line `---`: a configuration is one document."
                )
            case .documentStart: root = try node(from: try parser.next(), in: &parser, depth: 1)
            default: continue
            }
        }
    }

    private mutating func node(
        from event: YAMLEvent,
        in parser: inout YAMLParser,
        depth: Int
    ) throws(YAMLMistake) -> YAMLNode {
        guard depth <= YAMLDocument.maximumDepth else {
            throw YAMLMistake(
                position: event.position,
                reason: "is nested more than \(YAMLDocument.maximumDepth) deep",
                remedy: "Look at the brackets and the indentation."
            )
        }
        let isAccepted = accept(event)
        let content: YAMLNode.Content
        switch event.kind {
        case .scalar(let text, let isPlain): content = .scalar(text, isPlain: isPlain)
        case .sequenceStart: content = .sequence(try items(in: &parser, depth: depth))
        case .mappingStart: content = .mapping(try pairs(in: &parser, depth: depth))
        default: content = .unusable
        }
        return YAMLNode(content: isAccepted ? content : .unusable, position: event.position)
    }

    private mutating func items(in parser: inout YAMLParser, depth: Int) throws(YAMLMistake) -> [YAMLNode] {
        var items: [YAMLNode] = []
        while true {
            let event = try parser.next()
            guard event.kind != .sequenceEnd else { return items }
            items.append(try node(from: event, in: &parser, depth: depth + 1))
        }
    }

    private mutating func pairs(in parser: inout YAMLParser, depth: Int) throws(YAMLMistake) -> [YAMLNode.Pair] {
        var pairs: [YAMLNode.Pair] = []
        while true {
            let event = try parser.next()
            guard event.kind != .mappingEnd else { return pairs }
            let key = try node(from: event, in: &parser, depth: depth + 1)
            let value = try node(from: try parser.next(), in: &parser, depth: depth + 1)
            switch key.content {
            case .scalar(let text, _):
                pairs.append(YAMLNode.Pair(key: text, keyPosition: key.position, value: value))
            case .sequence, .mapping:
                mistakes.append(
                    YAMLMistake(
                        position: key.position,
                        reason: "is a list or a mapping where a key is expected",
                        remedy: "A line has the form `key: value`; text with brackets or braces needs quotes."
                    )
                )
            case .unusable: break
            }
        }
    }

    /// Notes what this file must not use.
    ///
    /// Says whether the value still means what it says.
    private mutating func accept(_ event: YAMLEvent) -> Bool {
        if event.kind == .alias || event.hasAnchor {
            mistakes.append(
                YAMLMistake(
                    position: event.position,
                    reason: "uses an anchor or an alias (`&` or `*`), which a configuration cannot have",
                    remedy: "Write the value out; text that begins with `&` or `*` needs quotes."
                )
            )
            return false
        }
        if event.hasTag {
            mistakes.append(
                YAMLMistake(
                    position: event.position,
                    reason: "uses a tag such as `!secret`, which a configuration cannot have",
                    remedy:
                        "Write the value itself, or keep a secret in a file of its own: password_file: mqtt.password"
                )
            )
            return false
        }
        return true
    }
}
