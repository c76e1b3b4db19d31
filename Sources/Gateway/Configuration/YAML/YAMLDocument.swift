/// The one YAML document of a file, read as far as it can be.
///
/// What a configuration needs and no more: mappings, sequences and scalars. Anchors, aliases and tags are mistakes, so
/// nothing can grow beyond the size of the file, and nothing means anything but what it says.
struct YAMLDocument {
    static let maximumSize = 1 << 20
    static let maximumDepth = 16

    /// An empty file is a null scalar; a file that is not YAML is unusable.
    let root: YAMLNode
    /// Each made a node unusable, or, as the last one, the rest of the file.
    let mistakes: [YAMLMistake]

    init(_ bytes: [UInt8]) {
        var composer = YAMLComposer()
        do throws(YAMLMistake) {
            root = try composer.compose(try Self.plainText(of: bytes))
            mistakes = composer.mistakes
        } catch {
            root = YAMLNode(content: .unusable, position: .start)
            mistakes = composer.mistakes + [error]
        }
    }

    /// The bytes without their byte order mark.
    private static func plainText(of bytes: [UInt8]) throws(YAMLMistake) -> [UInt8] {
        guard bytes.count <= maximumSize else {
            throw YAMLMistake(
                position: .start,
                reason: "is larger than 1 MiB",
                remedy: "Give the configuration file, not another one."
            )
        }
        guard !bytes.starts(with: [0xFF, 0xFE]), !bytes.starts(with: [0xFE, 0xFF]) else {
            throw YAMLMistake(position: .start, reason: "is UTF-16 text", remedy: "Save the file as UTF-8.")
        }
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        if let zero = text.firstIndex(of: 0) {
            throw YAMLMistake(
                position: FilePosition(after: text[..<zero]),
                reason: "holds a zero byte",
                remedy: "Save the file as plain UTF-8 text."
            )
        }
        do {
            _ = try UTF8Span(validating: text.span)
        } catch {
            throw YAMLMistake(
                position: FilePosition(after: text[..<error.byteOffsets.lowerBound]),
                reason: "is not UTF-8 text",
                remedy: "Save the file as UTF-8."
            )
        }
        return text
    }
}

extension FilePosition {
    /// The place of the character that follows these bytes of UTF-8.
    init(after bytes: some BidirectionalCollection<UInt8>) {
        let newline = UInt8(ascii: "\n")
        let lastLine = bytes.reversed().prefix { $0 != newline }
        self.init(
            line: bytes.count { $0 == newline } + 1,
            column: lastLine.count { $0 & 0b1100_0000 != 0b1000_0000 } + 1
        )
    }
}
