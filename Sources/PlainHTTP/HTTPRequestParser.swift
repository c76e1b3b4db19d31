import NIOCore

/// Why the bytes of a connection are no request that the server takes.
enum HTTPRefusal: Error, Hashable {
    /// Answered with this status, and closed.
    case answer(Int)
    /// Another protocol was spoken: closed without an answer, which the sender could not read anyway.
    case foreign(HTTPNotice)

    static let malformed = HTTPRefusal.answer(400)
}

/// What a request may measure.
package struct HTTPRequestSize: Hashable, Sendable {
    /// The first line, in bytes without its end.
    package var requestLine = 4096
    /// All header lines together, trailers included, in bytes without their ends.
    package var fieldBytes = 8192
    /// Header lines, trailers included.
    package var fieldCount = 64
    /// What stands behind the sizes of chunks, over the whole body.
    package var extensionBytes = 1024

    package init() {}
}

/// The first part of a request, as it was read.
struct ParsedHead: Hashable {
    let method: String
    /// Path and query as they stood on the wire.
    let target: String
    let isVersion1Dot1: Bool
    let fields: HTTPFields
    let isKeepAlive: Bool
    /// The sender waits for a word before it sends the body.
    let awaitsContinue: Bool
}

/// Reads requests out of the bytes of a connection, strictly, with a limit on everything.
///
/// What two readers could understand in two ways is refused: folded lines, bare line ends, doubled or signed lengths, two
/// framings at once, paths with dots, empty segments or percent signs. It stops at the first byte that is too much and never
/// looks at those after it. A value without input or output: the same bytes give the same requests, however they are cut.
struct HTTPRequestParser {
    /// What was found.
    enum Step: Hashable {
        /// A head; goes on after ``admitBody(upTo:)``.
        case head(ParsedHead)
        /// The end of the request, with its whole body.
        case end(body: [UInt8])
    }

    enum Phase: Hashable {
        case requestLine
        case fields
        /// A head was handed out, and nobody has said yet how large its body may be.
        case waiting
        case sized(left: Int)
        case chunkSize
        case chunk(left: Int)
        case chunkEnd
        case trailers
    }

    enum Framing: Hashable {
        case none
        case sized(Int)
        case chunked
    }

    let size: HTTPRequestSize
    var phase: Phase = .requestLine
    var scanned = 0
    var start: RequestLine?
    var fields: [HTTPField] = []
    var fieldBytes = 0
    var fieldCount = 0
    var extensionBytes = 0
    var framing: Framing = .none
    var bodyLimit = 0
    var body: [UInt8] = []

    init(size: HTTPRequestSize = HTTPRequestSize()) { self.size = size }

    /// Says how large the body of the head just handed out may be.
    mutating func admitBody(upTo limit: Int) throws(HTTPRefusal) {
        bodyLimit = limit
        switch framing {
        case .none: phase = .sized(left: 0)
        case .sized(let length):
            guard length <= limit else { throw .answer(413) }
            phase = .sized(left: length)
        case .chunked: phase = .chunkSize
        }
    }

    /// The next step that the bytes allow, absent when more of them are needed.
    mutating func next(_ bytes: inout ByteBuffer) throws(HTTPRefusal) -> Step? {
        while true {
            switch phase {
            case .waiting: return nil
            case .requestLine:
                try lookForOtherProtocols(bytes)
                guard let line = try line(&bytes, upTo: size.requestLine, orAnswer: 414) else { return nil }
                start = try RequestLine(line)
                phase = .fields
            case .fields:
                guard let line = try fieldLine(&bytes) else { return nil }
                if line.isEmpty { return .head(try finishHead()) }
                fields.append(try Self.field(line))
            case .sized(let left):
                let left = take(left, of: &bytes)
                phase = .sized(left: left)
                return left == 0 ? finishRequest() : nil
            case .chunkSize: guard try beginChunk(&bytes) else { return nil }
            case .chunk(let left):
                let left = take(left, of: &bytes)
                phase = left == 0 ? .chunkEnd : .chunk(left: left)
                if left > 0 { return nil }
            case .chunkEnd:
                guard let end = try line(&bytes, upTo: 0, orAnswer: 400) else { return nil }
                guard end.isEmpty else { throw .malformed }
                phase = .chunkSize
            case .trailers:
                guard let line = try fieldLine(&bytes) else { return nil }
                if line.isEmpty { return finishRequest() }
                // Read and forgotten, but for a framing that comes too late.
                let name = try Self.field(line).name.lowercased()
                guard name != "content-length", name != "transfer-encoding" else { throw .malformed }
            }
        }
    }

    // MARK: Lines

    /// The next line without its end, absent when it is not whole yet.
    private mutating func line(
        _ bytes: inout ByteBuffer,
        upTo limit: Int,
        orAnswer status: Int
    ) throws(HTTPRefusal) -> [UInt8]? {
        let view = bytes.readableBytesView
        let end = view.dropFirst(scanned).firstIndex { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        let length = (end ?? view.endIndex) - view.startIndex
        guard length <= limit else { throw .answer(status) }
        guard let end else {
            scanned = length
            return nil
        }
        guard view[end] == UInt8(ascii: "\r") else { throw .malformed }
        guard end + 1 < view.endIndex else {
            scanned = length
            return nil
        }
        guard view[end + 1] == UInt8(ascii: "\n") else { throw .malformed }
        scanned = 0
        let line = Array(view[..<end])
        bytes.moveReaderIndex(forwardBy: length + 2)
        return line
    }

    /// A header line or a trailer, within what is left for all of them.
    private mutating func fieldLine(_ bytes: inout ByteBuffer) throws(HTTPRefusal) -> [UInt8]? {
        guard let line = try line(&bytes, upTo: size.fieldBytes - fieldBytes, orAnswer: 431) else { return nil }
        fieldBytes += line.count
        if !line.isEmpty { fieldCount += 1 }
        guard fieldCount <= size.fieldCount else { throw .answer(431) }
        return line
    }

    static func field(_ line: [UInt8]) throws(HTTPRefusal) -> HTTPField {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0 else { throw .malformed }
        let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let value = line[(colon + 1)...].drop(while: isBlank)
        let trimmed = value.prefix(upTo: (value.lastIndex { !isBlank($0) } ?? value.startIndex - 1) + 1)
        // A folded line begins with a blank, which no name has.
        guard line[..<colon].allSatisfy(\.isTokenByte), trimmed.allSatisfy(\.isFieldByte) else { throw .malformed }
        return HTTPField(String(decoding: line[..<colon], as: UTF8.self), String(decoding: trimmed, as: UTF8.self))
    }

    // MARK: Bodies

    /// Moves at most `left` bytes into the body; returns how many are still to come.
    private mutating func take(_ left: Int, of bytes: inout ByteBuffer) -> Int {
        let count = min(left, bytes.readableBytes)
        body.append(contentsOf: bytes.readableBytesView.prefix(count))
        bytes.moveReaderIndex(forwardBy: count)
        return left - count
    }

    /// Reads the line that says how large the next chunk is; false when it is not whole yet.
    private mutating func beginChunk(_ bytes: inout ByteBuffer) throws(HTTPRefusal) -> Bool {
        let room = size.extensionBytes - extensionBytes
        guard let line = try line(&bytes, upTo: Self.sizeDigits + room, orAnswer: 400) else { return false }
        let digits = line.prefix { $0.hexadecimalValue != nil }
        let rest = line[digits.endIndex...]
        guard !digits.isEmpty, Self.isPlainExtension(rest) else { throw .malformed }
        guard digits.count <= Self.sizeDigits else { throw .answer(413) }
        extensionBytes += rest.count
        guard extensionBytes <= size.extensionBytes else { throw .malformed }
        let length = digits.reduce(0) { $0 << 4 | Int($1.hexadecimalValue ?? 0) }
        guard length <= bodyLimit - body.count else { throw .answer(413) }
        phase = length == 0 ? .trailers : .chunk(left: length)
        return true
    }

    /// Words, some with a value, each behind a semicolon; neither blanks nor quotes, in which readers differ.
    private static func isPlainExtension(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first else { return true }
        let isSemicolon = { (byte: UInt8) in byte == UInt8(ascii: ";") }
        let words = bytes.dropFirst().split(omittingEmptySubsequences: false, whereSeparator: isSemicolon)
        return isSemicolon(first)
            && words.allSatisfy { word in
                let sides = word.split(separator: UInt8(ascii: "="), omittingEmptySubsequences: false)
                return sides.count <= 2 && sides.allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isTokenByte) }
            }
    }

    /// No chunk that is allowed needs more, and none that fits overflows a number.
    private static let sizeDigits = 8

    private mutating func finishRequest() -> Step {
        defer { self = HTTPRequestParser(size: size) }
        return .end(body: body)
    }
}

extension UInt8 {
    /// May stand in the name of a method or of a header field.
    var isTokenByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "!#$%&'*+-.^_`|~".utf8.contains(self)
        }
    }

    /// May stand in a header's value: anything but control bytes.
    var isFieldByte: Bool { self == 9 || (self >= 32 && self != 127) }

    var hexadecimalValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
