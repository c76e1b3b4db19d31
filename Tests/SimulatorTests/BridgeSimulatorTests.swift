import Gateway
import GatewayTestSupport
import LockDomain
import Logging
import LoqedSimulator
import LoqedWire
import NIOConcurrencyHelpers
import PlainHTTP
import Testing

@Suite struct `A simulated bridge` {
    private static let threads = HTTPThreads()
    private let key = try! BridgeKey(base64: SimulatorConfiguration.demoBridgeKey)

    private func start(_ change: (inout SimulatorConfiguration) -> Void = { _ in }) async throws -> BridgeSimulator {
        var configuration = SimulatorConfiguration()
        configuration.listen = HTTPEndpoint(host: "127.0.0.1", port: 0)
        configuration.speed = 100
        configuration.timing.deliveryTimeout = .seconds(1)
        change(&configuration)
        let time = TimeSource.live()
        let simulator = try BridgeSimulator(
            configuration,
            clock: SimulatorClock(now: time.now, sleep: time.sleep),
            threads: Self.threads,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        try await simulator.listen()
        return simulator
    }

    private func ask(_ simulator: BridgeSimulator, _ request: BridgeRequest) async throws -> HTTPAnswer {
        let endpoint = HTTPEndpoint(host: "127.0.0.1", port: simulator.port ?? 0)
        let connection = try await OneShotConnection.open(to: endpoint, timeout: .seconds(60), on: Self.threads)
        let request = HTTPRequest(
            method: request.method,
            target: request.target,
            fields: HTTPFields(request.fields.map { HTTPField($0.name, $0.value) }),
            body: request.body
        )
        return try await connection.exchange(request, timeout: .seconds(60), maximumBody: 10_000)
    }

    private var now: UnixTime { TimeSource.live().now().unix }

    @Test func `shows its status like the older kind, and like the newer`() async throws {
        let simulator = try await start()
        let answer = try await ask(simulator, .status)
        #expect(answer.fields["content-type"] == "text/html")
        #expect(try BridgeStatus(statusBody: answer.body).bolt == .dayLock)
        _ = try await simulator.perform(.mode(.shelly))
        #expect(try await ask(simulator, .status).fields["content-type"] == "application/json")
        await simulator.stopListening()
    }

    @Test func `says yes to any command, and lets the lock decide`() async throws {
        let simulator = try await start()
        let good = try CommandSecret(base64: SimulatorConfiguration.demoKeySecret)
        let bad = try CommandSecret(base64: "UCO3F1C4q9a80eyGx0j5BKg9Go9eLfiMIHfopOwbQIs=")
        for secret in [good, bad] {
            let command = SignedCommand(.lock, key: KeyID(3)!, secret: secret, at: now)
            let answer = try await ask(simulator, .command(command))
            #expect(answer.status == 200)
            #expect(String(decoding: answer.body, as: UTF8.self) == "Message resent to the lock")
        }
        #expect(simulator.snapshot.counters.valid == 1)
        #expect(simulator.snapshot.counters.badSignature == 1)
        await simulator.stopListening()
    }

    @Test func `keeps webhooks for those who have the key`() async throws {
        let simulator = try await start()
        let wrong = try BridgeKey(base64: "RTfc/vzF42LMW+QPO+CnRaV9clui7R4M7Zg3iAt0rY4=")
        let create = { BridgeRequest.createWebhook(url: "http://127.0.0.1:9/x", triggers: .battery, key: $0, at: $1) }
        #expect(try await ask(simulator, create(wrong, now)).status == 401)
        #expect(try await ask(simulator, create(key, UnixTime(seconds: 1))).status == 401)
        #expect(try await ask(simulator, create(key, now)).status == 200)
        let list = try WebhookEntry.list(body: try await ask(simulator, .listWebhooks(key: key, at: now)).body)
        #expect(list == [WebhookEntry(id: 1, url: "http://127.0.0.1:9/x", triggers: .battery)])
        #expect(try await ask(simulator, .deleteWebhook(id: 1, key: wrong, at: now)).status == 401)
        #expect(try await ask(simulator, .deleteWebhook(id: 1, key: key, at: now)).status == 200)
        #expect(try await ask(simulator, .deleteWebhook(id: 1, key: key, at: now)).status == 404)
        await simulator.stopListening()
    }

    @Test func `delivers signed webhooks one target after another, past a dead one, to those who asked`() async throws {
        let simulator = try await start()
        let first = Catcher()
        let server = HTTPServer(on: Self.threads, responder: first)
        let port = try await server.start(host: "127.0.0.1", port: 0)
        let dead = MisbehavingServer(.answerAndHang([]))
        for (url, triggers) in [
            ("http://127.0.0.1:\(dead.port)/dead", WebhookTriggers.all), ("http://127.0.0.1:\(port)/a", .all),
            ("http://127.0.0.1:\(port)/b", [.battery]),
        ] {
            _ = try await ask(simulator, .createWebhook(url: url, triggers: triggers, key: key, at: now))
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await simulator.run() }
            _ = try await simulator.perform(.byHand(.nightLock))
            _ = try await simulator.perform(.batteryReport)
            await eventually("three deliveries") { first.requests.withLockedValue { $0.count } == 3 }
            group.cancelAll()
        }
        let requests = first.requests.withLockedValue { $0 }
        #expect(requests.map(\.head.path) == ["/a", "/a", "/b"])
        await eventually("the dead one was asked twice") { dead.received.count == 2 }
        for request in requests {
            let fields = request.head.fields.all.map { (name: $0.name, value: $0.value) }
            let envelope = try WebhookEnvelope(fields: fields, body: request.body)
            _ = try envelope.verified(with: key, at: now, tolerance: .seconds(60)).report()
            #expect(request.head.fields["user-agent"] == "ESP32 HTTP Client/1.0")
        }
        await server.shutDown(within: .seconds(1))
        await simulator.stopListening()
    }

    @Test func `is not stopped by a request from the end of time`() async throws {
        let simulator = try await start()
        let list = BridgeRequest.listWebhooks(key: key, at: UnixTime(milliseconds: Int64.min))
        #expect(try await ask(simulator, list).status == 401)
        #expect(try await ask(simulator, .status).status == 200)
        await simulator.stopListening()
    }

    @Test func `can be told to misbehave`() async throws {
        let simulator = try await start()
        _ = try await simulator.perform(.fault(.reset))
        await #expect(throws: ExchangeFailure.closed) { _ = try await ask(simulator, .status) }
        _ = try await simulator.perform(.fault(.error))
        #expect(try await ask(simulator, .status).status == 500)
        _ = try await simulator.perform(.fault(nil))
        _ = try await simulator.perform(.refuse(true))
        await refused { _ = try await ask(simulator, .status) }
        _ = try await simulator.perform(.refuse(false))
        #expect(try await ask(simulator, .status).status == 200)
        await simulator.stopListening()
    }

    @Test func `is controlled over HTTP by the same words`() async throws {
        let simulator = try await start()
        let server = HTTPServer(on: Self.threads, responder: SimulatorControl(simulator))
        let port = try await server.start(host: "127.0.0.1", port: 0)
        func send(_ method: String, _ target: String, _ line: String = "") async throws -> HTTPAnswer {
            let endpoint = HTTPEndpoint(host: "127.0.0.1", port: port)
            let connection = try await OneShotConnection.open(to: endpoint, timeout: .seconds(60), on: Self.threads)
            let request = HTTPRequest(method: method, target: target, body: Array(line.utf8))
            return try await connection.exchange(request, timeout: .seconds(60), maximumBody: 10_000)
        }
        let answer = try await send("POST", "/control", "by-hand lock")
        #expect(answer.status == 200)
        #expect(String(decoding: answer.body, as: UTF8.self).contains(#""bolt":"night_lock""#))
        #expect(try await send("POST", "/control", "fly").status == 400)
        let state = String(decoding: try await send("GET", "/control/state").body, as: UTF8.self)
        #expect(state == simulator.describe() + "\n")
        let report = String(decoding: try await send("GET", "/control/report").body, as: UTF8.self)
        #expect(report.contains(#""movements":[]"#) && report == simulator.report() + "\n")
        await server.shutDown(within: .seconds(1))
        await simulator.stopListening()
    }
}
