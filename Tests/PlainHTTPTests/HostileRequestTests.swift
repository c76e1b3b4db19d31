import GatewayTestSupport
import NIOConcurrencyHelpers
import PlainHTTP
import Testing

/// A request that is not taken, and the status that says so.
struct Refused: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]
    let status: String

    init(_ name: String, _ status: String, _ text: String) {
        testDescription = name
        bytes = Array(text.utf8)
        self.status = status
    }

    static func head(_ name: String, _ status: String = "400 Bad Request", _ lines: String...) -> Refused {
        Refused(name, status, "POST / HTTP/1.1\r\nHost: x\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n")
    }

    static func target(_ target: String, _ status: String = "400 Bad Request") -> Refused {
        Refused("the target \(target)", status, "GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n")
    }

    static func start(_ line: String, _ status: String = "400 Bad Request") -> Refused {
        Refused("the first line \(line.debugDescription)", status, "\(line)\r\nHost: x\r\n\r\n")
    }

    static func chunks(_ name: String, _ status: String = "400 Bad Request", _ text: String) -> Refused {
        Refused(name, status, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + text)
    }

    static let heads: [Refused] = [
        .head("two framings", "400 Bad Request", "Content-Length: 1", "Transfer-Encoding: chunked"),
        .head(
            "two framings, the other way round",
            "400 Bad Request",
            "Transfer-Encoding: chunked",
            "content-length: 1"
        ),
        .head("two lengths", "400 Bad Request", "Content-Length: 1", "Content-Length: 2"),
        .head("the same length twice", "400 Bad Request", "Content-Length: 1", "CONTENT-LENGTH: 1"),
        .head("a list of lengths", "400 Bad Request", "Content-Length: 1, 1"),
        .head("a negative length", "400 Bad Request", "Content-Length: -5"),
        .head("a length with a sign", "400 Bad Request", "Content-Length: +5"),
        .head("a hexadecimal length", "400 Bad Request", "Content-Length: 0x5"),
        .head("an empty length", "400 Bad Request", "Content-Length:"),
        .head("a length in parts", "400 Bad Request", "Content-Length: 1 1"),
        .head("a length that overflows", "413 Payload Too Large", "Content-Length: 99999999999999999999"),
        .head("a length over the limit", "413 Payload Too Large", "Content-Length: 11"),
        .head("a coding that is not chunked", "501 Not Implemented", "Transfer-Encoding: gzip"),
        .head("a coding that is nearly chunked", "501 Not Implemented", "Transfer-Encoding: xchunked"),
        .head("chunks of chunks", "501 Not Implemented", "Transfer-Encoding: chunked, chunked"),
        .head("a doubled coding", "400 Bad Request", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
        .head("a folded line", "400 Bad Request", "X: a", " b"),
        .head("a folded length", "400 Bad Request", "Content-Length:", "\t5"),
        .head("a NUL in a value", "400 Bad Request", "X: a\u{0}b"),
        .head("a NUL in a name", "400 Bad Request", "X\u{0}: a"),
        .head("a bell in a value", "400 Bad Request", "X: \u{7}"),
        .head("a bare CR in a value", "400 Bad Request", "X: a\rb: c"),
        .head("a bare LF in a value", "400 Bad Request", "X: a\nb: c"),
        .head("a blank before the colon", "400 Bad Request", "Content-Length : 5"),
        .head("a line without a colon", "400 Bad Request", "what"),
        .head("a line without a name", "400 Bad Request", ": what"),
        .head("a name that is no token", "400 Bad Request", "X[]: a"),
        .head("two hosts", "400 Bad Request", "Host: y"),
        .head("an expectation that nobody can meet", "417 Expectation Failed", "Expect: a miracle"),
        Refused("lines that end with LF", "400 Bad Request", "GET / HTTP/1.1\nHost: x\n\n"),
        Refused("an empty first line", "400 Bad Request", "\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        Refused("chunks in HTTP/1.0", "400 Bad Request", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
    ]

    static let starts: [Refused] = [
        .target("http://127.0.0.1/"), .target("*"), .target("127.0.0.1:80"), .target("loqed/front_door"),
        .target("//loqed/front_door"), .target("/loqed//front_door"), .target("/loqed/../"), .target("/.."),
        .target("/."),
        .target("/loqed/./front_door"), .target("/loqed/%66ront_door"), .target("/%2e%2e/"), .target("/%00"),
        .target("/a\\b"), .target("/a#b"), .target("/\u{7f}"), .target("/ä"), .target("/a b"), .target(""),
        .start("GET / HTTP/1.2", "505 HTTP Version Not Supported"),
        .start("GET / HTTP/2.0", "505 HTTP Version Not Supported"),
        .start("GET / HTTP/11", "505 HTTP Version Not Supported"),
        .start("GET / http/1.1"), .start("GET /"), .start("GET / HTTP/1.1 "), .start("GET  / HTTP/1.1"),
        .start(" GET / HTTP/1.1"), .start("GET\t/\tHTTP/1.1"), .start(" / HTTP/1.1"), .start("G\u{1}T / HTTP/1.1"),
        .start(String(repeating: "G", count: 21) + " / HTTP/1.1"), .start("\u{1}\u{2} what"), .start("{}"),
    ]

    static let bodies: [Refused] = [
        .chunks("a chunk over the limit", "413 Payload Too Large", "b\r\n"),
        .chunks("chunks that grow over the limit", "413 Payload Too Large", "a\r\n0123456789\r\n1\r\n"),
        .chunks("a size that overflows", "413 Payload Too Large", "fffffffffffffffff\r\n"),
        .chunks("a size that is half of what is possible", "413 Payload Too Large", "7fffffff\r\n"),
        .chunks("a size with zeros before it", "413 Payload Too Large", "000000001\r\n"),
        .chunks("a negative size", "400 Bad Request", "-1\r\n"),
        .chunks("a size with a sign", "400 Bad Request", "+1\r\n"),
        .chunks("a size in C", "400 Bad Request", "0x1\r\n"),
        .chunks("an empty size", "400 Bad Request", "\r\n"),
        .chunks("a blank before the size", "400 Bad Request", " 1\r\n"),
        .chunks("no semicolon before the extension", "400 Bad Request", "1 a\r\n"),
        .chunks("a control byte in an extension", "400 Bad Request", "1;\u{1}\r\n"),
        .chunks("a blank in an extension", "400 Bad Request", "1; a\r\n"),
        .chunks("an empty extension", "400 Bad Request", "1;\r\n"),
        .chunks("a quote in an extension", "400 Bad Request", "1;a=\"b\"\r\n"),
        .chunks("a size that ends with LF", "400 Bad Request", "1\nx\r\n"),
        .chunks("a chunk longer than it says", "400 Bad Request", "1\r\nxy\r\n"),
        .chunks("a chunk that ends with LF", "400 Bad Request", "1\r\nx\n0\r\n\r\n"),
        .chunks("a length behind the body", "400 Bad Request", "0\r\nContent-Length: 5\r\n\r\n"),
        .chunks("a trailer without a colon", "400 Bad Request", "0\r\nwhat\r\n\r\n"),
    ]
}

/// Exactly this, and the end of the connection.
private func closing(_ status: String) -> String {
    "HTTP/1.1 \(status)\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
}

private let good = Array("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi".utf8)
private let goodAnswer =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"

@Suite struct `A hostile request` {
    private func expect(_ answer: String, to bytes: [UInt8], bodies: [String] = []) async throws {
        try await withServer { server, echo, port in
            #expect(await RawSocket(port: port).exchange(bytes) == answer)
            #expect(echo.bodies.withLockedValue { $0 } == bodies)
            #expect(await RawSocket(port: port).exchange(good) == goodAnswer)
            await eventually("both are gone") { server.statistics.open == 0 }
        }
    }

    @Test(arguments: Refused.heads)
    func `is refused by its header lines`(request: Refused) async throws {
        try await expect(closing(request.status), to: request.bytes)
    }

    @Test(arguments: Refused.starts)
    func `is refused by its first line`(request: Refused) async throws {
        try await expect(closing(request.status), to: request.bytes)
    }

    @Test(arguments: Refused.bodies)
    func `is refused by its chunks`(request: Refused) async throws {
        try await expect(closing(request.status), to: request.bytes)
    }

    @Test func `may have 64 header lines and not one more`() async throws {
        let lines = (0..<63).map { "X\($0): y\r\n" }.joined()
        let start = "POST / HTTP/1.1\r\nConnection: close\r\n"
        let answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        try await expect(answer, to: Array("\(start)\(lines)\r\n".utf8), bodies: [""])
        try await expect(
            closing("431 Request Header Fields Too Large"),
            to: Array("\(start)\(lines)X: y\r\n\r\n".utf8)
        )
    }

    @Test func `may have 8 KiB of header lines and not one byte more`() async throws {
        let line = "Connection: close"
        let filling = String(repeating: "y", count: 8192 - line.utf8.count - 3)
        let answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        try await expect(answer, to: Array("POST / HTTP/1.1\r\n\(line)\r\nX: \(filling)\r\n\r\n".utf8), bodies: [""])
        try await expect(
            closing("431 Request Header Fields Too Large"),
            to: Array("POST / HTTP/1.1\r\n\(line)\r\nX: \(filling)y\r\n\r\n".utf8)
        )
    }

    @Test func `may have 4 KiB of first line and not one byte more`() async throws {
        let filling = String(repeating: "y", count: 4096 - "GET /?".utf8.count - " HTTP/1.0".utf8.count)
        let answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        try await expect(answer, to: Array("GET /?\(filling) HTTP/1.0\r\n\r\n".utf8), bodies: [""])
        try await expect(closing("414 URI Too Long"), to: Array("GET /?\(filling)y HTTP/1.0\r\n\r\n".utf8))
    }

    @Test func `may have 1 KiB of chunk extensions and not one byte more`() async throws {
        let start = "POST / HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: Chunked\r\n\r\n"
        let half = ";" + String(repeating: "y", count: 511)
        let end = "\r\n1\r\ny\r\n0\r\nTrailer: z\r\n\r\n"
        let answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc"
        let request = "\(start)2\(half)\r\nab\r\n1\(half)\r\nc\r\n0\r\n\r\n"
        try await expect(answer, to: Array(request.utf8), bodies: ["abc"])
        try await expect(
            closing("400 Bad Request"),
            to: Array("\(start)2\(half)\r\nab\r\n1\(half)y\r\nc\(end)".utf8)
        )
    }

    /// What is sent without end, after a beginning that is well formed.
    @Test(arguments: [
        ("first line", "GET /", "y", "414 URI Too Long"),
        ("header line", "GET / HTTP/1.1\r\nX: ", "y", "431 Request Header Fields Too Large"),
        ("header lines", "GET / HTTP/1.1\r\n", "X: y\r\n", "431 Request Header Fields Too Large"),
        ("header lines without names", "GET / HTTP/1.1\r\n", "X", "431 Request Header Fields Too Large"),
        ("body", "POST / HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n", "y", "413 Payload Too Large"),
        ("chunk", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "f", "400 Bad Request"),
        ("chunks", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\ny\r\n", "413 Payload Too Large"),
        ("extension", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;", "y", "400 Bad Request"),
        (
            "trailers", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X: y\r\n",
            "431 Request Header Fields Too Large"
        ),
    ])
    func `without an end is not read to its end`(
        what: String,
        start: String,
        part: String,
        status: String
    ) async throws {
        try await withServer { server, echo, port in
            let socket = RawSocket(port: port)
            socket.send(start)
            let parts = [UInt8](String(repeating: part, count: 65_536 / part.utf8.count).utf8)
            #expect(await socket.flood(parts, atMost: 4096) < 4096, "256 MiB are more than the system's buffers")
            let code = Int(status.prefix(3)) ?? 0
            #expect(server.statistics.answered == [code: 1])
            #expect(echo.bodies.withLockedValue { $0 }.isEmpty)
            await eventually("it is closed") { server.statistics.open == 0 }
            #expect(server.statistics.timedOut == 0)
        }
    }

    @Test func `of another protocol is closed without an answer, and named`() async throws {
        let peers = Peers()
        try await withServer(peers: peers) { server, echo, port in
            let hello: [UInt8] = [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03] + (0..<64)
            #expect(await RawSocket(port: port, from: "127.0.0.7").exchange(hello) == "")
            let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0]
            #expect(await RawSocket(port: port, from: "127.0.0.8").exchange(preface) == "")
            #expect(peers.notices.withLockedValue { $0 } == ["tlsSpoken 127.0.0.7", "http2Spoken 127.0.0.8"])
            #expect(server.statistics.answered.isEmpty)
            #expect(echo.bodies.withLockedValue { $0 }.isEmpty)
        }
    }
}

@Suite struct `An unusual request` {
    @Test func `that waits for leave to send its body gets it, once`() async throws {
        try await withServer { _, echo, port in
            let socket = RawSocket(port: port)
            socket.send("POST / HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n")
            let leave = "HTTP/1.1 100 Continue\r\n\r\n"
            #expect(await socket.read(leave.utf8.count) == leave)
            #expect(await socket.exchange(Array("hi".utf8)) == goodAnswer)
            // Too large, no body, an older version: no leave.
            let head = "Expect: 100-continue\r\nConnection: close\r\n"
            let large = Array("POST / HTTP/1.1\r\n\(head)Content-Length: 11\r\n\r\n".utf8)
            #expect(await RawSocket(port: port).exchange(large) == closing("413 Payload Too Large"))
            let old = Array("POST / HTTP/1.0\r\n\(head)Content-Length: 2\r\n\r\nhi".utf8)
            #expect(await RawSocket(port: port).exchange(old) == goodAnswer)
            #expect(echo.bodies.withLockedValue { $0 } == ["hi", "hi"])
        }
    }

    @Test func `of HTTP 1.0 is answered and closed, without a host`() async throws {
        try await withServer { _, _, port in
            let bytes = Array("POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi".utf8)
            #expect(await RawSocket(port: port).exchange(bytes) == goodAnswer)
        }
    }

    @Test func `sent ahead is answered in its turn, and none is lost`() async throws {
        try await withServer { _, echo, port in
            let socket = RawSocket(port: port)
            for number in 0..<200 {
                let last = number == 199 ? "Connection: close\r\n" : ""
                socket.send("POST / HTTP/1.1\r\nContent-Length: 3\r\n\(last)\r\n\(100 + number)")
            }
            let answers = await socket.readAll()
            let bodies = answers.split(separator: "\r\n\r\n").dropFirst().map { $0.prefix(3) }
            #expect(bodies.map(String.init) == (100..<300).map(String.init))
            #expect(echo.bodies.withLockedValue { $0 } == (100..<300).map(String.init))
        }
    }

    @Test func `sent ahead of an answer that never comes is not read`() async throws {
        try await withServer { server, echo, port in
            let socket = RawSocket(port: port)
            socket.send("GET /wait HTTP/1.1\r\n\r\n")
            let next = Array(String(repeating: "GET / HTTP/1.1\r\n\r\n", count: 1000).utf8)
            // The peer's buffers fill up, and ours do not grow.
            async let count = socket.flood(next, atMost: 4096)
            await eventually("the first is being answered") { echo.seen.withLockedValue { $0.count } == 1 }
            #expect(server.statistics.answered.isEmpty)
            await server.shutDown(within: .milliseconds(100))
            let taken = await count
            #expect(taken < 4096)
            echo.open()
        }
    }

    @Test func `whose sender says no more is still answered`() async throws {
        try await withServer { _, _, port in
            let socket = RawSocket(port: port)
            socket.send("POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi")
            socket.endOutput()
            #expect(await socket.readAll().hasSuffix("\r\n\r\nhi"))
        }
    }

    @Test func `for the head alone gets no body`() async throws {
        try await withServer { _, _, port in
            let bytes = Array("HEAD / HTTP/1.1\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi".utf8)
            #expect(await RawSocket(port: port).exchange(bytes) == String(goodAnswer.dropLast(2)))
        }
    }
}
