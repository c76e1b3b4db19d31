import GatewayTestSupport
import NIOConcurrencyHelpers
import PlainHTTP
import Testing

@Suite struct `A server` {
    private static let threads = HTTPThreads()

    private func start(_ change: (inout HTTPServer.Limits) -> Void = { _ in }) async throws -> (HTTPServer, Echo, Int) {
        var limits = HTTPServer.Limits()
        limits.head = .seconds(60)
        limits.request = .seconds(60)
        limits.idle = .seconds(60)
        change(&limits)
        let echo = Echo()
        let server = HTTPServer(limits: limits, on: Self.threads, responder: echo)
        return (server, echo, try await server.start(host: "127.0.0.1", port: 0))
    }

    private func post(_ body: String, to path: String = "/", port: Int) async throws -> HTTPAnswer {
        let endpoint = HTTPEndpoint(host: "127.0.0.1", port: port)
        let connection = try await OneShotConnection.open(to: endpoint, timeout: .seconds(60), on: Self.threads)
        let request = HTTPRequest(method: "POST", target: path, body: Array(body.utf8))
        return try await connection.exchange(request, timeout: .seconds(60), maximumBody: 1000)
    }

    @Test func `answers, and knows where a request came from`() async throws {
        let (server, echo, port) = try await start()
        #expect(try await post("hello", port: port).body == Array("hello".utf8))
        #expect(echo.seen.withLockedValue { $0 } == ["127.0.0.1"])
        await server.shutDown(within: .seconds(1))
    }

    @Test func `takes a body at the limit and refuses one byte more`() async throws {
        let (server, _, port) = try await start()
        #expect(try await post("0123456789", port: port).status == 200)
        #expect(try await post("0123456789A", port: port).status == 413)
        await server.shutDown(within: .seconds(1))
    }

    @Test func `refuses by the head without waiting for the body`() async throws {
        let (server, echo, port) = try await start()
        let socket = RawSocket(port: port)
        socket.send("POST /closed HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
        #expect(await socket.readAll().hasPrefix("HTTP/1.1 404 Not Found"))
        let large = RawSocket(port: port)
        large.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
        #expect(await large.readAll().hasPrefix("HTTP/1.1 413 "))
        #expect(echo.seen.withLockedValue { $0 }.isEmpty)
        await server.shutDown(within: .seconds(1))
    }

    @Test func `refuses a chunked body that grows over the limit`() async throws {
        let (server, _, port) = try await start()
        let socket = RawSocket(port: port)
        socket.send(
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n012345\r\n6\r\n012345\r\n0\r\n\r\n"
        )
        #expect(await socket.readAll().hasPrefix("HTTP/1.1 413 "))
        await server.shutDown(within: .seconds(1))
    }

    @Test func `answers garbage with 400 and closes`() async throws {
        let (server, _, port) = try await start()
        let socket = RawSocket(port: port)
        socket.send("\u{1}\u{2} what\r\n\r\n")
        #expect(await socket.readAll().hasPrefix("HTTP/1.1 400 Bad Request"))
        await server.shutDown(within: .seconds(1))
    }

    @Test(arguments: ["", "POST / HTTP/1.1\r\nHos", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n01"])
    func `cuts off a request that does not come to its end`(start: String) async throws {
        let (server, _, port) = try await self.start { $0.request = .milliseconds(100) }
        let socket = RawSocket(port: port)
        socket.send(start)
        #expect(await socket.readAll() == "")
        await eventually("the time-out is counted") { server.statistics.timedOut == 1 }
        await server.shutDown(within: .seconds(1))
    }

    @Test func `cuts off a sender that drips, however steadily`() async throws {
        let (server, _, port) = try await start { $0.request = .milliseconds(150) }
        let socket = RawSocket(port: port)
        socket.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
        for _ in 0..<9 where socket.send("x") { try await Task.sleep(for: .milliseconds(30)) }
        #expect(await socket.readAll() == "")
        await server.shutDown(within: .seconds(1))
    }

    @Test func `closes what is too much of one address`() async throws {
        let (server, echo, port) = try await start { $0.connectionsPerAddress = 2 }
        let waiting = (0..<2).map { _ in RawSocket(port: port) }
        for socket in waiting { socket.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n") }
        await eventually("two are served") { echo.seen.withLockedValue { $0.count } == 2 }
        let third = RawSocket(port: port)
        third.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(await third.readAll() == "")
        #expect(server.statistics.refused == 1)
        echo.open()
        await server.shutDown(within: .seconds(1))
    }

    @Test func `is not delayed by a request that takes long`() async throws {
        let (server, echo, port) = try await start()
        let slow = RawSocket(port: port)
        slow.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
        await eventually("the slow one is being served") { echo.seen.withLockedValue { $0.count } == 1 }
        #expect(try await post("quick", port: port).status == 200)
        echo.open()
        await server.shutDown(within: .seconds(1))
    }

    @Test func `finishes what is under way when it ends, and closes what rests`() async throws {
        let (server, echo, port) = try await start()
        let resting = RawSocket(port: port)
        resting.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n")
        await eventually("it rests") { server.statistics.answered[200] == 1 }
        let busy = RawSocket(port: port)
        busy.send("POST /wait HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")
        await eventually("it is under way") { echo.seen.withLockedValue { $0.count } == 2 }
        async let ending: Void = server.shutDown(within: .seconds(60))
        await eventually("nobody listens any more") { !FreePort.isTaken(port) }
        echo.open()
        await ending
        #expect(await busy.readAll().hasSuffix("hi"))
        #expect(await resting.readAll().hasPrefix("HTTP/1.1 200 OK"))
        #expect(server.statistics.open == 0)
    }

    @Test func `keeps nothing of a thousand connections`() async throws {
        let (server, _, port) = try await start()
        for _ in 0..<1000 { #expect(try await post("x", port: port).status == 200) }
        await eventually("all are gone") { server.statistics.open == 0 }
        #expect(server.statistics.accepted == 1000)
        #expect(server.statistics.answered == [200: 1000])
        await server.shutDown(within: .seconds(1))
    }

    @Test func `says why it cannot listen`() async throws {
        let (server, _, port) = try await start()
        await #expect(throws: ListenFailure.addressInUse) {
            _ = try await HTTPServer(on: Self.threads, responder: Echo()).start(host: "127.0.0.1", port: port)
        }
        await #expect(throws: ListenFailure.noSuchAddress) {
            _ = try await HTTPServer(on: Self.threads, responder: Echo()).start(host: "192.0.2.1", port: 0)
        }
        await server.shutDown(within: .seconds(1))
    }

    @Test func `can misbehave for a simulator`() async throws {
        let (server, _, port) = try await start()
        await #expect(throws: ExchangeFailure.closed) { _ = try await post("", to: "/reset", port: port) }
        await server.shutDown(within: .seconds(1))
    }
}
