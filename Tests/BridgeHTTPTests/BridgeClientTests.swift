import BridgeHTTP
import GatewayTestSupport
import LockDomain
import LoqedWire
import PlainHTTP
import Testing

@Suite struct `A command to the bridge` {
    private static let threads = HTTPThreads()

    private var client: BridgeClient { client(connect: .seconds(60), answer: .seconds(60)) }

    private func client(connect: Duration, answer: Duration) -> BridgeClient {
        var limits = BridgeClient.Limits()
        limits.connect = connect
        limits.answer = answer
        return BridgeClient(threads: Self.threads, limits: limits)
    }

    private func deliver(
        to port: Int,
        host: String = "127.0.0.1",
        by client: BridgeClient? = nil,
        unless objection: NotSentReason? = nil
    ) async throws -> CommandAnswer {
        let secret = try CommandSecret(base64: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
        let command = SignedCommand(.lock, key: KeyID(3)!, secret: secret, at: UnixTime(seconds: 1_700_000_000))
        let bridge = HTTPEndpoint(host: host, port: port)
        return await (client ?? self.client).deliver(.command(command), to: bridge) { objection }
    }

    private func answer(_ text: String) -> [UInt8] { Array(text.replacing("\n", with: "\r\n").utf8) }

    @Test func `is written once, exactly as the golden vector says`() async throws {
        let bridge = MisbehavingServer(
            .answer(answer("HTTP/1.1 200 OK\nContent-Length: 26\n\nMessage resent to the lock"))
        )
        #expect(try await deliver(to: bridge.port) == .acknowledged)
        let target =
            "/to_lock?command_signed_base64=AAAAAAAAAAACBwAAAABlU/EAQNFIdYl%2BH%2Bk4d8n7oJVDenDcTKuSOy6hH09d88XKyr0DAQM%3D"
        #expect(bridge.received.count == 1)
        #expect(bridge.received.first?.hasPrefix("GET \(target) HTTP/1.1\r\n") == true)
    }

    @Test func `provably never left when there is no connection`() async throws {
        let closed = ClosedPort()
        #expect(try await deliver(to: closed.number) == .notSent(.unreachable(.refused)))
        let hole = MisbehavingServer(.blackHole)
        let impatient = client(connect: .milliseconds(300), answer: .seconds(60))
        #expect(try await deliver(to: hole.port, by: impatient) == .notSent(.unreachable(.connectTimeout)))
        let nowhere = try await deliver(to: 80, host: "no-such-host.invalid")
        #expect(nowhere == .notSent(.unreachable(.nameNotFound)))
    }

    @Test func `is kept back when there is an objection while the connection stands`() async throws {
        let bridge = MisbehavingServer(.answer(answer("HTTP/1.1 200 OK\nContent-Length: 0\n\n")))
        #expect(try await deliver(to: bridge.port, unless: .withdrawn) == .notSent(.withdrawn))
        #expect(try await deliver(to: bridge.port, unless: .tooLate) == .notSent(.tooLate))
        #expect(try await deliver(to: bridge.port) == .acknowledged)
        #expect(bridge.received.filter { !$0.isEmpty }.count == 1)
    }

    @Test func `may have been received whatever goes wrong after the connection stood`() async throws {
        let peers: [MisbehavingServer.Behaviour] = [
            .reset, .answer([]), .answerAndHang([]), .answer(answer("HTTP/1.1 200 OK\nContent-Length: 99\n\nhalf")),
            .answer(answer("HTTP/1.1 200 OK\nConte")), .answer(answer("garbage\n\n")),
            .drip(answer("HTTP/1.1 200 OK\nContent-Length: 1\n\nx")),
            .answer(answer("HTTP/1.1 200 OK\nContent-Length: 70000\n\n") + [UInt8](repeating: 65, count: 70_000)),
        ]
        for behaviour in peers {
            let bridge = MisbehavingServer(behaviour)
            let impatient = client(connect: .seconds(60), answer: .milliseconds(300))
            #expect(try await deliver(to: bridge.port, by: impatient) == .unanswered)
            await eventually("written exactly once") { bridge.received.count == 1 }
        }
    }

    @Test(arguments: [302, 401, 500]) func `is refused by any other answer, and not sent elsewhere`(
        status: Int
    ) async throws {
        let elsewhere = MisbehavingServer(.answer(answer("HTTP/1.1 200 OK\nContent-Length: 0\n\n")))
        let head = "HTTP/1.1 \(status) X\nLocation: http://127.0.0.1:\(elsewhere.port)/\nContent-Length: 0\n\n"
        let bridge = MisbehavingServer(.answer(answer(head)))
        #expect(try await deliver(to: bridge.port) == .refused(status: status))
        #expect(elsewhere.received.isEmpty)
    }

    @Test func `is a read's opposite: a read says what went wrong`() async throws {
        func read(_ behaviour: MisbehavingServer.Behaviour) async -> StatusAnswer {
            let bridge = MisbehavingServer(behaviour)
            let impatient = client(connect: .seconds(60), answer: .seconds(2))
            return await impatient.readStatus(of: HTTPEndpoint(host: "127.0.0.1", port: bridge.port))
        }
        #expect(await read(.answerAndHang([])) == .failed(.noAnswer))
        #expect(await read(.answer(answer("HTTP/1.1 500 X\nContent-Length: 0\n\n"))) == .failed(.badStatus))
        #expect(await read(.answer(answer("HTTP/1.1 401 X\nContent-Length: 0\n\n"))) == .failed(.unauthorised))
        #expect(await read(.answer(answer("HTTP/1.1 200 OK\nContent-Length: 6\n\n<html>"))) == .failed(.unreadable))
        let body = #"{"bolt_state":"night_lock","lock_online":1,"battery_percentage":50}"#
        let good = "HTTP/1.1 200 OK\nContent-Type: text/html\nContent-Length: \(body.utf8.count)\n\n\(body)"
        let status = BridgeStatus(isLockOnline: true, bolt: .nightLock, battery: BatteryReading(level: 50))
        #expect(await read(.answer(answer(good))) == .read(status, .esp32))
    }

    @Test func `has a route whose two ends are known`() async {
        let bridge = MisbehavingServer(.answer([]))
        let route = await client.route(to: HTTPEndpoint(host: "localhost", port: bridge.port))
        #expect(route == .success(BridgeRoute(local: "127.0.0.1", remote: "127.0.0.1")))
        let closed = ClosedPort()
        #expect(await client.route(to: HTTPEndpoint(host: "127.0.0.1", port: closed.number)) == .failure(.refused))
    }
}
