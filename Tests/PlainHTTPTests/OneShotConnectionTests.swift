import GatewayTestSupport
import PlainHTTP
import Testing

/// What became of a request to a peer that misbehaves.
private enum Outcome: Hashable {
    case answered(Int, body: String)
    /// Provably nothing was sent.
    case notSent(ConnectFailure)
    case mayHaveBeenReceived(ExchangeFailure)
}

@Suite struct `A request on its own connection` {
    private static let threads = HTTPThreads()

    private func request(
        port: Int,
        host: String = "127.0.0.1",
        timeout: Duration = .seconds(60),
        connectTimeout: Duration = .seconds(60),
        _ request: HTTPRequest = HTTPRequest(target: "/x")
    ) async -> Outcome {
        do throws(ConnectFailure) {
            let endpoint = HTTPEndpoint(host: host, port: port)
            let connection = try await OneShotConnection.open(
                to: endpoint,
                timeout: .milliseconds(300),
                on: Self.threads
            )
            do throws(ExchangeFailure) {
                let answer = try await connection.exchange(request, timeout: timeout, maximumBody: 100)
                return .answered(answer.status, body: String(decoding: answer.body, as: UTF8.self))
            } catch {
                return .mayHaveBeenReceived(error)
            }
        } catch {
            return .notSent(error)
        }
    }

    private func bytes(_ text: String) -> [UInt8] { Array(text.replacing("\n", with: "\r\n").utf8) }

    @Test func `never left when nobody listens`() async {
        let closed = ClosedPort()
        #expect(await request(port: closed.number) == .notSent(.refused))
    }

    @Test func `never left when the name has no address`() async {
        #expect(await request(port: 80, host: "no-such-host.invalid") == .notSent(.nameNotFound))
    }

    @Test func `never left when the packets vanish`() async {
        let peer = MisbehavingServer(.blackHole)
        #expect(await request(port: peer.port, connectTimeout: .milliseconds(300)) == .notSent(.timeout))
    }

    @Test func `has no answer when the peer closes at once`() async {
        let peer = MisbehavingServer(.closeAtOnce)
        for _ in 0..<50 {
            if case .answered = await request(port: peer.port) { Issue.record("an answer from nowhere") }
        }
    }

    @Test func `may have been received when the peer resets after reading it`() async {
        let peer = MisbehavingServer(.reset)
        #expect(await request(port: peer.port) == .mayHaveBeenReceived(.closed))
        await eventually("it arrived once") { peer.received.count == 1 }
    }

    @Test func `may have been received when there is no answer`() async {
        let peer = MisbehavingServer(.answer([]))
        #expect(await request(port: peer.port) == .mayHaveBeenReceived(.closed))
        await eventually("it arrived once") { peer.received.count == 1 }
    }

    @Test func `may have been received when the answer never comes`() async {
        let peer = MisbehavingServer(.answerAndHang([]))
        #expect(await request(port: peer.port, timeout: .milliseconds(100)) == .mayHaveBeenReceived(.timeout))
        await eventually("it arrived once") { peer.received.count == 1 }
    }

    @Test(arguments: ["HTTP/1.1 200 OK\nContent-Le", "HTTP/1.1 200 OK\nContent-Length: 10\n\nhalf"])
    func `may have been received when the answer is cut short`(answer: String) async {
        let peer = MisbehavingServer(.answer(bytes(answer)))
        guard case .mayHaveBeenReceived = await request(port: peer.port) else {
            Issue.record("half an answer was taken for a whole one")
            return
        }
        await eventually("it arrived once") { peer.received.count == 1 }
    }

    @Test func `may have been received when the answer drips in too slowly`() async {
        let peer = MisbehavingServer(.drip(bytes("HTTP/1.1 200 OK\nContent-Length: 5\n\nhello")))
        #expect(await request(port: peer.port, timeout: .milliseconds(200)) == .mayHaveBeenReceived(.timeout))
    }

    @Test func `may have been received when the answer is no HTTP`() async {
        let peer = MisbehavingServer(.answer(bytes("this is not HTTP\n\n")))
        #expect(await request(port: peer.port) == .mayHaveBeenReceived(.malformedAnswer))
    }

    @Test func `may have been received when the answer is too large`() async {
        let answer = bytes("HTTP/1.1 200 OK\nContent-Length: 101\n\n") + [UInt8](repeating: 65, count: 101)
        let peer = MisbehavingServer(.answer(answer))
        #expect(await request(port: peer.port) == .mayHaveBeenReceived(.answerTooLarge))
    }

    @Test func `is answered with a body at the limit`() async {
        let body = String(repeating: "A", count: 100)
        let peer = MisbehavingServer(.answer(bytes("HTTP/1.1 200 OK\nContent-Length: 100\n\n") + Array(body.utf8)))
        #expect(await request(port: peer.port) == .answered(200, body: body))
    }

    @Test func `does not follow a redirect`() async {
        let elsewhere = MisbehavingServer(.answer(bytes("HTTP/1.1 200 OK\nContent-Length: 0\n\n")))
        let location = "HTTP/1.1 302 Found\nLocation: http://127.0.0.1:\(elsewhere.port)/\nContent-Length: 0\n\n"
        let peer = MisbehavingServer(.answer(bytes(location)))
        #expect(await request(port: peer.port) == .answered(302, body: ""))
        #expect(elsewhere.received.isEmpty)
    }

    @Test func `takes an answer that ends with the connection`() async {
        let peer = MisbehavingServer(.answer(bytes("HTTP/1.0 200 OK\n\nold style")))
        #expect(await request(port: peer.port) == .answered(200, body: "old style"))
    }

    @Test func `goes out once, whole, with its header names as they were given`() async {
        let peer = MisbehavingServer(.answer(bytes("HTTP/1.1 200 OK\nContent-Length: 0\n\n")))
        let fields: HTTPFields = [HTTPField("TIMESTAMP", "1700000000"), HTTPField("HASH", "ab")]
        _ = await request(port: peer.port, HTTPRequest(target: "/webhooks?a=b%2B", fields: fields))
        #expect(
            peer.received == [
                "GET /webhooks?a=b%2B HTTP/1.1\r\nTIMESTAMP: 1700000000\r\nHASH: ab\r\nHost: 127.0.0.1:\(peer.port)\r\n"
                    + "Connection: close\r\n\r\n"
            ]
        )
    }

    @Test func `ends at once when its task is cancelled, as one that may have been received`() async {
        let peer = MisbehavingServer(.answerAndHang([]))
        let port = peer.port
        let task = Task { await request(port: port, timeout: .seconds(60)) }
        await eventually("the request arrives: \(peer.received)") { peer.received.count == 1 }
        task.cancel()
        #expect(await task.value == .mayHaveBeenReceived(.cancelled))
    }

    @Test func `is not shown when it is printed`() {
        let request = HTTPRequest(target: "/to_lock?command_signed_base64=canary")
        var dumped = ""
        dump(request, to: &dumped)
        for text in ["\(request)", String(reflecting: request), dumped] { #expect(!text.contains("canary")) }
    }
}
