import BridgeHTTP
import GatewayTestSupport
import LockDomain
import LoqedWire
import NIOConcurrencyHelpers
import PlainHTTP
import Testing

@testable import Gateway

private let key = try! BridgeKey(base64: "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=")
private let now = UnixTime(seconds: 1_790_000_000)

/// The listener with everything up to the engine's door, for two locks; their bridges are on loopback.
final class Door: Sendable {
    let inbox = EngineInbox()
    let lines = LogLines()
    let port: Int
    let server: HTTPServer
    private let threads = HTTPThreads()

    init() async throws {
        let time = TimeSource(
            now: { Moment(uptime: .seconds(100), unix: now) },
            sleep: { _ in try await Task.sleep(for: .seconds(3600)) }
        )
        let locks = try ["a", "b"].map { id in
            GatewayConfiguration.Lock(
                id: LockID(id)!,
                name: id,
                bridge: NetworkAddress(host: id == "a" ? "127.0.0.2" : "127.0.0.3", port: 80),
                bridgeKey: key,
                keySecret: try CommandSecret(base64: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
                localKeyID: KeyID(3)!
            )
        }
        let log = EdgeLog(time: time, logger: lines.logger)
        let locator = BridgeLocator(
            bridge: ScriptedBridge(),
            network: ScriptedNetwork(),
            macs: [:],
            journal: WrittenJournal()
        )
        let directory = LockDirectory(locks, locator: locator, inbox: inbox, journal: log, time: time)
        let controller = WebhookController(receiver: directory, tolerance: .seconds(20), now: { now })
        server = HTTPServer(on: threads, peers: directory, responder: controller)
        port = try await server.start(host: "127.0.0.1", port: 0)
    }

    func end() async throws {
        await server.shutDown(within: .zero)
        try await threads.shutDown()
    }

    /// Sends them one after another, on one connection after another; returns how often each status came.
    func flood(_ requests: [[UInt8]], from source: String) async throws -> [String: Int] {
        let port = port
        return try await blocking {
            requests.reduce(into: [:]) { statuses, request in
                let socket = RawSocket(port: port, from: source)
                socket.send(request)
                socket.endOutput()
                statuses[String(socket.readNow().prefix(12).suffix(3)), default: 0] += 1
            }
        }
    }
}

private let body = #"{"wifi_strength":64,"ble_strength":71}"#

func webhook(for lock: String, at seconds: Int64 = now.seconds, isSigned: Bool = true) -> [UInt8] {
    let hash = WebhookHash.delivery(body: Array(body.utf8), at: seconds, key: key).hex
    let signature = isSigned ? "TIMESTAMP: \(seconds)\r\nHASH: \(hash)\r\n" : ""
    let head = "POST /loqed/\(lock) HTTP/1.1\r\nHost: x\r\n\(signature)Content-Length: \(body.utf8.count)\r\n"
    return Array((head + "Connection: close\r\n\r\n" + body).utf8)
}

@Suite struct `A flood at the listener` {
    private let a = LockID("a")!
    private let b = LockID("b")!

    /// Ten thousand of four kinds against one lock, while the engine takes nothing; then the other lock's webhook.
    @Test func `of one lock does not delay another's webhook`() async throws {
        let door = try await Door()
        async let replays = door.flood(Array(repeating: webhook(for: "a"), count: 4000), from: "127.0.0.9")
        async let doorbells = door.flood(
            Array(repeating: webhook(for: "a", isSigned: false), count: 3000),
            from: "127.0.0.2"
        )
        async let stale = door.flood(
            Array(repeating: webhook(for: "a", at: now.seconds - 300), count: 1000),
            from: "127.0.0.8"
        )
        async let garbage = door.flood(
            (0..<2000).map { number in
                var request = webhook(for: "a")
                request[number % request.count] ^= 0x80
                return request
            },
            from: "127.0.0.7"
        )
        await eventually("the flood has begun") { door.server.statistics.accepted > 1000 }
        let report = try await door.flood([webhook(for: "b")], from: "127.0.0.3")
        #expect(report == ["200": 1])
        #expect(door.inbox.waiting(of: b) == 1)
        let statuses = try await (replays, doorbells, stale, garbage)
        #expect(statuses.0 == ["200": 4000])
        #expect(statuses.1 == ["202": 3000])
        #expect(statuses.2 == ["401": 1000])
        // A byte of the host may change, and then it is one more replay.
        #expect(statuses.3.values.reduce(0, +) == 2000)
        #expect(statuses.3["401", default: 0] > 500)
        // Of ten thousand, three wait: the report, the doorbell, and word of the clock.
        #expect(door.inbox.waiting(of: a) <= 3)
        door.inbox.finish()
        var order: [LockID] = []
        for await input in door.inbox.inputs { order.append(input.lock) }
        #expect((order.firstIndex(of: b) ?? .max) <= 1)
        #expect(door.lines.all.count <= 6, "\(door.lines.all)")
        try await door.end()
    }
}

@Suite struct `The webhook's path` {
    @Test(arguments: [
        ("GET /loqed/a", "405 Method Not Allowed", true), ("HEAD /loqed/a", "405 Method Not Allowed", true),
        ("OPTIONS /loqed/a", "405 Method Not Allowed", true), ("BREW /loqed/a", "405 Method Not Allowed", true),
        ("POST /loqed/c", "404 Not Found", false), ("POST /loqed/a/", "404 Not Found", false),
        ("POST /loqed/a?x=1", "404 Not Found", false), ("POST /LOQED/a", "404 Not Found", false),
        ("GET /", "404 Not Found", false), ("GET /metrics", "404 Not Found", false),
        ("GET /healthz", "404 Not Found", false), ("GET /favicon.ico", "404 Not Found", false),
        ("POST //loqed/a", "400 Bad Request", false), ("POST /loqed/../loqed/a", "400 Bad Request", false),
        ("POST /loqed/%61", "400 Bad Request", false), ("POST http://127.0.0.1/loqed/a", "400 Bad Request", false),
        ("CONNECT 127.0.0.1:80", "400 Bad Request", false), ("OPTIONS *", "400 Bad Request", false),
    ])
    func `is the only one, and nothing of a request comes back`(
        line: String,
        status: String,
        isAllowNamed: Bool
    ) async throws {
        let door = try await Door()
        let allow = isAllowNamed ? "Allow: POST\r\n" : ""
        let answer = "HTTP/1.1 \(status)\r\n\(allow)Content-Length: 0\r\nConnection: close\r\n\r\n"
        let request = "\(line) HTTP/1.1\r\nHost: x\r\nX-Secret: y\r\n\r\n"
        #expect(await RawSocket(port: door.port).exchange(Array(request.utf8)) == answer)
        try await door.end()
    }

    @Test(arguments: ["Content-Length: 16385\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n4001\r\n"])
    func `takes no body over 16 KiB, and says so before it comes`(framing: String) async throws {
        let door = try await Door()
        let request = "POST /loqed/a HTTP/1.1\r\nHost: x\r\n\(framing)"
        let answer = "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        #expect(await RawSocket(port: door.port).exchange(Array(request.utf8)) == answer)
        try await door.end()
    }
}
