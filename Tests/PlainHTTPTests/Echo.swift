import NIOConcurrencyHelpers
import PlainHTTP

/// Answers with what it got; lets a test hold answers back.
final class Echo: HTTPResponding {
    /// More than the buffers of a connection hold.
    static let large = [UInt8](repeating: 120, count: 32 * 1024 * 1024)
    let seen = NIOLockedValueBox<[String]>([])
    let bodies = NIOLockedValueBox<[String]>([])
    let gate = NIOLockedValueBox<[CheckedContinuation<Void, Never>]>([])

    func admit(_ head: HTTPRequestHeadline) -> HTTPAdmission {
        head.path == "/closed" ? .answer(HTTPAnswer(status: 404)) : .readBody(limit: 10)
    }

    func respond(to request: ReceivedRequest) async -> HTTPReply {
        seen.withLockedValue { $0.append(request.head.remoteAddress) }
        bodies.withLockedValue { $0.append(String(decoding: request.body, as: UTF8.self)) }
        if request.head.path == "/wait" {
            await withCheckedContinuation { outcome in gate.withLockedValue { $0.append(outcome) } }
        }
        if request.head.path == "/large" { return .answer(HTTPAnswer(status: 200, body: Self.large)) }
        if request.head.path == "/reset" { return .raw(Array("HTTP/1.1 200".utf8), then: .reset) }
        return .answer(
            HTTPAnswer(status: 200, contentType: "text/plain", text: String(decoding: request.body, as: UTF8.self))
        )
    }

    func open() {
        for outcome in gate.withLockedValue({ gate in
            defer { gate = [] }
            return gate
        }) { outcome.resume() }
    }
}

/// Keeps what it is told, and expects whom it is told to.
final class Peers: HTTPPeerWatching {
    let notices = NIOLockedValueBox<[String]>([])
    private let expected: Set<String>

    init(expecting expected: Set<String> = []) { self.expected = expected }

    func isExpected(_ address: String) -> Bool { expected.contains(address) }

    func noticed(_ notice: HTTPNotice, from address: String) {
        notices.withLockedValue { $0.append("\(notice) \(address)") }
    }
}

/// Runs a server for the time of a story; time limits are long unless the story shortens them.
func withServer(
    at host: String = "127.0.0.1",
    peers: Peers = Peers(),
    _ change: (inout HTTPServer.Limits) -> Void = { _ in },
    _ story: (HTTPServer, Echo, Int) async throws -> Void
) async throws {
    var limits = HTTPServer.Limits()
    limits.head = .seconds(60)
    limits.request = .seconds(60)
    limits.idle = .seconds(60)
    limits.answer = .seconds(60)
    limits.linger = .seconds(60)
    change(&limits)
    let (threads, echo) = (HTTPThreads(), Echo())
    let server = HTTPServer(limits: limits, on: threads, peers: peers, responder: echo)
    let port = try await server.start(host: host, port: 0)
    do {
        try await story(server, echo, port)
    } catch {
        await server.shutDown(within: .zero)
        throw error
    }
    echo.open()
    await server.shutDown(within: .zero)
    try await threads.shutDown()
}
