import GatewayTestSupport
import NIOConcurrencyHelpers
import PlainHTTP
import Testing

@Suite struct `A slow peer` {
    /// Sends one byte after another for as long as the server lets it; the limits in question are shorter by far.
    private func drip(_ text: String, after start: String, to port: Int) async -> String {
        let socket = RawSocket(port: port)
        socket.send(start)
        for byte in Array(text.utf8) where socket.send([byte]) { try? await Task.sleep(for: .milliseconds(10)) }
        return await socket.readAll()
    }

    @Test func `has a limit for its head that no byte extends`() async throws {
        try await withServer {
            $0.head = .milliseconds(100)
        } _: { server, echo, port in
            let lines = String(repeating: "X: y\r\n", count: 60)
            #expect(await drip(lines, after: "GET / HTTP/1.1\r\n", to: port) == "")
            #expect(server.statistics.timedOut == 1)
            #expect(echo.seen.withLockedValue { $0 }.isEmpty)
        }
    }

    @Test(arguments: ["Content-Length: 10", "Transfer-Encoding: chunked"])
    func `has a limit for its body that no byte extends`(framing: String) async throws {
        try await withServer {
            $0.request = .milliseconds(100)
        } _: { server, echo, port in
            let body =
                framing.hasPrefix("C") ? String(repeating: "y", count: 9) : "1;" + String(repeating: "y", count: 300)
            let start = "POST / HTTP/1.1\r\n\(framing)\r\n\r\n"
            #expect(await drip(body, after: start, to: port) == "")
            #expect(server.statistics.timedOut == 1)
            #expect(echo.seen.withLockedValue { $0 }.isEmpty)
        }
    }

    @Test func `that rests is closed, but not while it makes requests`() async throws {
        try await withServer {
            $0.idle = .milliseconds(100)
        } _: { server, echo, port in
            let socket = RawSocket(port: port)
            socket.send("GET / HTTP/1.1\r\n\r\n")
            let answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n"
            #expect(await socket.readAll() == answer)
            #expect(server.statistics.timedOut == 1)
            // The time between requests does not run while one is being answered.
            let busy = RawSocket(port: port)
            busy.send("GET /wait HTTP/1.1\r\n\r\n")
            await eventually("it is being answered") { echo.seen.withLockedValue { $0.count } == 2 }
            try await Task.sleep(for: .milliseconds(300))
            #expect(server.statistics.timedOut == 1)
            echo.open()
            #expect(await busy.readAll() == answer)
        }
    }

    @Test func `has a limit for a further request on its connection`() async throws {
        try await withServer {
            $0.head = .milliseconds(200)
        } _: { server, _, port in
            let socket = RawSocket(port: port)
            let answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n"
            socket.send("GET / HTTP/1.1\r\n\r\n")
            #expect(await socket.read(answer.utf8.count) == answer)
            try await Task.sleep(for: .milliseconds(300))
            socket.send("GET / HT")
            #expect(await socket.readAll() == "")
            #expect(server.statistics.timedOut == 1)
        }
    }

    @Test func `that does not read its answer is cut off`() async throws {
        try await withServer {
            $0.answer = .milliseconds(100)
        } _: { server, _, port in
            let socket = RawSocket(port: port)
            socket.send("GET /large HTTP/1.1\r\n\r\nGET /large HTTP/1.1\r\n\r\n")
            await eventually("it is cut off") { server.statistics.timedOut == 1 }
            await eventually("it is gone") { server.statistics.open == 0 }
            #expect(server.statistics.answered == [200: 1])
            #expect(await socket.readAll().utf8.count < Echo.large.count)
        }
    }

    @Test func `that was refused and stays is cut off`() async throws {
        try await withServer {
            $0.linger = .milliseconds(100)
        } _: { server, _, port in
            let socket = RawSocket(port: port)
            socket.send("what\r\n")
            await eventually("it is gone") { server.statistics.answered == [400: 1] && server.statistics.open == 0 }
            #expect(server.statistics.timedOut == 0)
        }
    }

    @Test func `that was refused and sends on is cut off by the byte`() async throws {
        try await withServer {
            $0.lingerBytes = 10_000
        } _: { server, _, port in
            let socket = RawSocket(port: port)
            socket.send("what\r\n")
            await eventually("it is refused") { server.statistics.answered == [400: 1] }
            socket.send([UInt8](repeating: 0, count: 10_000))
            try await Task.sleep(for: .milliseconds(100))
            #expect(server.statistics.open == 1)
            socket.send([0])
            await eventually("it is gone") { server.statistics.open == 0 }
        }
    }
}
