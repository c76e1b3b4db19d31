import NIOCore

/// The first line of a request.
struct RequestLine: Hashable {
    let method: String
    let target: String
    let isVersion1Dot1: Bool

    init(_ line: [UInt8]) throws(HTTPRefusal) {
        let words = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard words.count == 3 else { throw .malformed }
        let (method, target, version) = (words[0], words[1], words[2])
        guard (1...20).contains(method.count), method.allSatisfy(\.isTokenByte) else { throw .malformed }
        switch String(decoding: version, as: UTF8.self) {
        case "HTTP/1.1": isVersion1Dot1 = true
        case "HTTP/1.0": isVersion1Dot1 = false
        case "HTTP/2.0" where line == Array("PRI * HTTP/2.0".utf8): throw .foreign(.http2Spoken)
        case let other where other.hasPrefix("HTTP/"): throw .answer(505)
        default: throw .malformed
        }
        guard Self.isPlain(target) else { throw .malformed }
        self.method = String(decoding: method, as: UTF8.self)
        self.target = String(decoding: target, as: UTF8.self)
    }

    /// A path that has one spelling only, and perhaps a query.
    ///
    /// Neither a whole URL nor `*`; no dots to resolve, no doubled slash, nothing percent-encoded before the question mark.
    private static func isPlain(_ target: ArraySlice<UInt8>) -> Bool {
        guard target.first == UInt8(ascii: "/"), target.allSatisfy({ $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "#") })
        else { return false }
        let path = target.prefix { $0 != UInt8(ascii: "?") }
        guard !path.contains(UInt8(ascii: "%")), !path.contains(UInt8(ascii: "\\")) else { return false }
        let segments = path.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let dots = UInt8(ascii: ".")
        let isEmptyInside = segments.dropLast().contains { $0.isEmpty }
        return !isEmptyInside && !segments.contains { (1...2).contains($0.count) && $0.allSatisfy { $0 == dots } }
    }
}

extension HTTPRequestParser {
    /// What a person who configured the wrong scheme sends first, told by its first bytes.
    func lookForOtherProtocols(_ bytes: ByteBuffer) throws(HTTPRefusal) {
        // The type of a TLS handshake record; no method of HTTP begins so.
        if bytes.readableBytesView.first == 0x16 { throw .foreign(.tlsSpoken) }
    }

    mutating func finishHead() throws(HTTPRefusal) -> ParsedHead {
        guard let start else { throw .malformed }
        framing = try readFraming(start)
        guard values(of: "host").count <= 1 else { throw .malformed }
        let expectations = values(of: "expect")
        guard expectations.isEmpty || expectations == ["100-continue"] else { throw .answer(417) }
        let wishes = values(of: "connection")
            .flatMap { $0.split(separator: ",") }
            .map { word in String(word.filter { $0 != " " && $0 != "\t" }) }
        let isKeepAlive = start.isVersion1Dot1 ? !wishes.contains("close") : wishes.contains("keep-alive")
        phase = .waiting
        return ParsedHead(
            method: start.method,
            target: start.target,
            isVersion1Dot1: start.isVersion1Dot1,
            fields: HTTPFields(fields),
            isKeepAlive: isKeepAlive,
            awaitsContinue: !expectations.isEmpty && start.isVersion1Dot1 && framing != .none && framing != .sized(0)
        )
    }

    /// How the body is told from what follows it; whatever could be read in two ways is refused.
    private func readFraming(_ start: RequestLine) throws(HTTPRefusal) -> Framing {
        let (lengths, codings) = (values(of: "content-length"), values(of: "transfer-encoding"))
        guard lengths.count <= 1, codings.count <= 1, lengths.isEmpty || codings.isEmpty else { throw .malformed }
        if let coding = codings.first {
            guard start.isVersion1Dot1 else { throw .malformed }
            guard coding == "chunked" else { throw .answer(501) }
            return .chunked
        }
        guard let length = lengths.first else { return .none }
        guard !length.isEmpty, length.utf8.allSatisfy({ (48...57).contains($0) }) else { throw .malformed }
        // What overflows a number is too large for any limit.
        guard let number = Int(length) else { throw .answer(413) }
        return .sized(number)
    }

    private func values(of name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name }.map { $0.value.lowercased() }
    }
}
