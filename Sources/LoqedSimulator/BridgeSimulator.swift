package import LockDomain
package import Logging
package import LoqedWire
import NIOConcurrencyHelpers
package import PlainHTTP

/// Where the simulation's time comes from.
package struct SimulatorClock: Sendable {
    package let now: @Sendable () -> Moment
    package let sleep: @Sendable (_ until: Duration) async throws -> Void

    package init(
        now: @escaping @Sendable () -> Moment,
        sleep: @escaping @Sendable (_ until: Duration) async throws -> Void
    ) {
        self.now = now
        self.sleep = sleep
    }
}

/// A LOQED bridge with its lock, on real sockets.
package final class BridgeSimulator: Sendable {
    private struct Job: Sendable {
        let event: SimulatedEvent
        let body: [UInt8]
        let signedAt: Int64
    }

    private let configuration: SimulatorConfiguration
    private let key: BridgeKey
    private let clock: SimulatorClock
    private let threads: HTTPThreads
    private let logger: Logger
    private let device: NIOLockedValueBox<SimulatedDevice>
    private let server: NIOLockedValueBox<(server: HTTPServer, port: Int)?>
    private let jobs: (stream: AsyncStream<Job>, queue: AsyncStream<Job>.Continuation)
    private let alarms: (stream: AsyncStream<Duration>, queue: AsyncStream<Duration>.Continuation)
    private let nextAlarm = NIOLockedValueBox<Duration?>(nil)
    private let undelivered = NIOLockedValueBox(0)

    /// - Throws: when a key of the configuration is not one.
    package init(
        _ configuration: SimulatorConfiguration,
        clock: SimulatorClock,
        threads: HTTPThreads,
        logger: Logger
    ) throws(KeyError) {
        self.configuration = configuration
        self.clock = clock
        self.threads = threads
        self.logger = logger
        key = try BridgeKey(base64: configuration.bridgeKey)
        device = NIOLockedValueBox(try SimulatedDevice(configuration, bootedAt: clock.now().unix.seconds))
        server = NIOLockedValueBox(nil)
        let jobs = AsyncStream.makeStream(of: Job.self)
        self.jobs = (jobs.stream, jobs.continuation)
        let alarms = AsyncStream.makeStream(of: Duration.self)
        self.alarms = (alarms.stream, alarms.continuation)
    }

    /// The simulated lock as it is now.
    package var snapshot: SimulatedDevice { device.withLockedValue { $0 } }

    /// The port the bridge listens on, once it does.
    package var port: Int? { server.withLockedValue { $0?.port } }

    /// Starts to listen; returns the port.
    @discardableResult
    package func listen() async throws(ListenFailure) -> Int {
        let known = port
        let new = HTTPServer(on: threads, responder: BridgeResponder(simulator: self))
        let port = try await new.start(host: configuration.listen.host, port: known ?? configuration.listen.port)
        server.withLockedValue { $0 = (new, port) }
        return port
    }

    /// Stops taking connections, as a bridge without power does.
    package func stopListening() async {
        await server.withLockedValue { $0 }?.server.shutDown(within: .zero)
    }

    /// Moves the lock and delivers webhooks until the task is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.deliver() }
            for await deadline in alarms.stream {
                group.addTask {
                    try? await self.clock.sleep(deadline)
                    self.change { _, _ in }
                }
            }
            group.cancelAll()
        }
    }

    /// Does something to the device now, and sees to what follows from it.
    @discardableResult
    func change<Result>(_ body: (inout SimulatedDevice, Moment) -> Result) -> Result {
        let now = clock.now()
        let (result, new, deadline) = device.withLockedValue { device in
            device.pass(to: now.uptime)
            let result = body(&device, now)
            device.pass(to: now.uptime)
            let signedAt = now.unix.seconds + device.faults.clockSkew.components.seconds
            let new = device.takeEvents().map {
                Job(event: $0, body: Array(device.body(of: $0).utf8), signedAt: signedAt)
            }
            undelivered.withLockedValue { $0 += new.count }
            return (result, new, device.nextDeadline)
        }
        for job in new { jobs.queue.yield(job) }
        if let deadline { setAlarm(at: deadline, now: now.uptime) }
        return result
    }

    /// Sees that something wakes the device by then; one sleeper serves all who want it no sooner.
    private func setAlarm(at deadline: Duration, now: Duration) {
        let isNew = nextAlarm.withLockedValue { next in
            if let set = next, set > now, set <= deadline { return false }
            next = deadline
            return true
        }
        if isNew { alarms.queue.yield(deadline) }
    }

    // MARK: Delivering

    /// One event after another, one target after another: a slow target delays all behind it.
    private func deliver() async {
        for await job in jobs.stream {
            let (targets, kind) = device.withLockedValue { ($0.webhooks, $0.kind) }
            for target in targets where target.triggers.contains(job.event.trigger) {
                await post(job, to: target, kind: kind)
            }
            let isLast = undelivered.withLockedValue { count in
                count -= 1
                return count == 0
            }
            if isLast { change { device, now in device.delivered(at: now.uptime) } }
        }
    }

    private func post(_ job: Job, to target: WebhookEntry, kind: BridgeKind) async {
        guard let (endpoint, path) = Self.split(target.url) else { return }
        var fields = [
            HTTPField("User-Agent", "ESP32 HTTP Client/1.0"), HTTPField("Accept", "text/html"),
            HTTPField("Accept-Encoding", "identity"), HTTPField("Content-Type", "application/json"),
        ]
        if kind == .esp32 {
            let hash = WebhookHash.delivery(body: job.body, at: job.signedAt, key: key)
            fields += [HTTPField("HASH", hash.hex), HTTPField("TIMESTAMP", String(job.signedAt))]
        }
        let request = HTTPRequest(method: "POST", target: path, fields: HTTPFields(fields), body: job.body)
        let limit = configuration.timing.deliveryTimeout
        do {
            let connection = try await OneShotConnection.open(to: endpoint, timeout: limit, on: threads)
            let answer = try await connection.exchange(request, timeout: limit, maximumBody: 64 * 1024)
            logger.debug("webhook delivered", metadata: ["webhook": "\(target.id)", "status": "\(answer.status)"])
        } catch {
            logger.info("webhook not delivered", metadata: ["webhook": "\(target.id)", "reason": "\(error)"])
        }
    }

    private static func split(_ url: String) -> (HTTPEndpoint, String)? {
        guard url.hasPrefix("http://") else { return nil }
        let rest = url.dropFirst(7)
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        var host = String(rest[..<slash])
        var port = 80
        if let colon = host.lastIndex(of: ":"), !host.hasSuffix("]") {
            guard let number = Int(host[host.index(after: colon)...]) else { return nil }
            port = number
            host = String(host[..<colon])
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        return (HTTPEndpoint(host: host, port: port), slash == rest.endIndex ? "/" : String(rest[slash...]))
    }

    // MARK: Being controlled

    /// Carries out a line of control; returns what to tell the person.
    package func perform(_ command: SimulatorCommand) async throws(ListenFailure) -> String {
        switch command {
        case .help: return SimulatorCommand.usage
        case .state: return describe()
        case .quit: return ""
        case .refuse(true): await stopListening()
        case .refuse(false): try await listen()
        default: change { device, now in device.perform(command, at: now) }
        }
        return describe()
    }

    /// The state of the simulation as JSON.
    package func describe() -> String {
        let device = snapshot
        let counters = device.counters
        return "{\"battery\":\(device.battery),\"bolt\":\"\(device.bolt.rawValue)\",\"commands\":{"
            + "\"bad_signature\":\(counters.badSignature),\"malformed\":\(counters.malformed),"
            + "\"received\":\(counters.received),\"repeated\":\(counters.repeated),\"stale\":\(counters.stale),"
            + "\"unknown_key\":\(counters.unknownKey),\"valid\":\(counters.valid),"
            + "\"while_offline\":\(counters.whileOffline)},\"kind\":\"\(device.kind.rawValue)\","
            + "\"online\":\(device.isOnline),\"webhooks\":\(device.webhooks.count)}"
    }

    fileprivate var bridgeKey: BridgeKey { key }
    fileprivate var secrets: [Int: String] { configuration.keys }
    fileprivate var requestTolerance: Duration { configuration.timing.requestTolerance }
    fileprivate var host: String { configuration.listen.host }
}

extension SimulatedDevice {
    fileprivate mutating func perform(_ command: SimulatorCommand, at now: Moment) {
        let phone = KeyID(1)
        switch command {
        case .move(let target):
            let name = ["open": "MANUAL_UNLOCK_BLE_OPEN", "day_lock": "MANUAL_LOCK_BLE_LATCH"][target.rawValue]
            let event = "GO_TO_STATE_\(name ?? "MANUAL_LOCK_BLE_NIGHT_LOCK")"
            move(to: target, by: phone, event: event, at: now.uptime)
        case .byHand(let target): turnByHand(to: target, at: now.uptime)
        case .touch: move(to: .nightLock, by: nil, event: "GO_TO_STATE_TOUCH_TO_LOCK", at: now.uptime)
        case .pin(let key):
            move(to: .open, by: key, event: "GO_TO_STATE_MANUAL_UNLOCK_VIA_OUTSIDE_MODULE_PIN", at: now.uptime)
        case .button:
            move(to: .open, by: nil, event: "GO_TO_STATE_MANUAL_UNLOCK_VIA_OUTSIDE_MODULE_BUTTON", at: now.uptime)
        case .twist(let target):
            let name = ["open": "OPEN", "day_lock": "LATCH"][target.rawValue] ?? "LOCK"
            move(to: target, by: nil, event: "GO_TO_STATE_TWIST_ASSIST_\(name)", at: now.uptime)
        case .stall(let flag): faults.stalls = flag
        case .offline: loseLock(at: now.uptime)
        case .online: findLock(at: now.uptime)
        case .battery(let level): setBattery(level)
        case .batteryReport: reportBattery()
        case .signalReport: reportSignal()
        case .reboot(let losesWebhooks): reboot(losesWebhooks: losesWebhooks, at: now)
        case .fault(let fault): faults.requests = fault
        case .stuckStatus(let flag): faults.statusIsStuck = flag
        case .skew(let skew): faults.clockSkew = skew
        case .mode(let kind): self.kind = kind
        case .speed(let factor): speed = factor
        case .refuse, .state, .help, .quit: break
        }
    }
}

/// The bridge's local API.
private struct BridgeResponder: HTTPResponding {
    let simulator: BridgeSimulator

    func admit(_ head: HTTPRequestHeadline) -> HTTPAdmission { .readBody(limit: 4096) }

    func respond(to request: ReceivedRequest) async -> HTTPReply {
        let fault = simulator.change { device, _ in device.faults.requests }
        let answer = answer(to: request)
        guard let fault else { return .answer(answer) }
        let whole = Array("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 400\r\n\r\n{".utf8)
        switch fault {
        case .hang: return .raw([], then: .stayOpen)
        case .reset: return .raw([], then: .reset)
        case .truncate: return .raw(whole, then: .close)
        case .error: return .answer(HTTPAnswer(status: 500))
        case .redirect:
            return .answer(HTTPAnswer(status: 302, fields: [HTTPField("Location", "http://127.0.0.1:9/elsewhere")]))
        case .garbage: return .raw(Array("this is no HTTP\r\n\r\n".utf8), then: .close)
        }
    }

    private func answer(to request: ReceivedRequest) -> HTTPAnswer {
        let head = request.head
        switch (head.method, head.path) {
        case ("GET", "/status"): return status()
        case ("GET", "/to_lock"): return toLock(head.query ?? "")
        case ("GET", "/state"): return state(head.query ?? "")
        case ("GET", "/webhooks"): return listWebhooks(head)
        case ("POST", "/webhooks"): return createWebhook(request)
        case ("DELETE", let path) where path.hasPrefix("/webhooks/"):
            return deleteWebhook(head, id: String(path.dropFirst("/webhooks/".count)))
        default: return HTTPAnswer(status: 404)
        }
    }

    private func status() -> HTTPAnswer {
        let host = simulator.host
        let (body, kind) = simulator.change { device, _ in (device.status(ipAddress: host), device.kind) }
        return HTTPAnswer(status: 200, contentType: kind == .shelly ? "application/json" : "text/html", text: body)
    }

    /// The bridge says yes to anything: it does not check the signature.
    private func toLock(_ query: String) -> HTTPAnswer {
        let base64 = PercentText.value(of: "command_signed_base64", in: query) ?? ""
        simulator.change { device, now in device.receive(base64: base64, at: now) }
        return HTTPAnswer(status: 200, contentType: "text/html", text: "Message resent to the lock")
    }

    /// The bridge signs with the secret that it is given.
    private func state(_ query: String) -> HTTPAnswer {
        let targets: [String: LockAction] = ["OPEN": .open, "DAY_LOCK": .unlock, "NIGHT_LOCK": .lock]
        let secret = PercentText.value(of: "secret", in: query)
        guard let number = PercentText.value(of: "local_key_id", in: query).flatMap({ Int($0) }),
            let key = KeyID(number),
            let action = PercentText.value(of: "command", in: query).flatMap({ targets[$0] }),
            let secret, simulator.secrets[number] == secret, let signer = try? CommandSecret(base64: secret)
        else { return HTTPAnswer(status: 401) }
        simulator.change { device, now in
            device.receive(base64: SignedCommand(action, key: key, secret: signer, at: now.unix).base64, at: now)
        }
        return HTTPAnswer(status: 200, contentType: "text/html", text: "Message resent to the lock")
    }

    private func listWebhooks(_ head: HTTPRequestHeadline) -> HTTPAnswer {
        guard isSigned(head, { WebhookHash.list(at: $0, key: $1) }) else { return HTTPAnswer(status: 401) }
        let (webhooks, kind) = simulator.change { device, _ in (device.webhooks, device.kind) }
        let body = "[" + webhooks.map(\.json).joined(separator: ",") + "]"
        return HTTPAnswer(status: 200, contentType: kind == .shelly ? "application/json" : "text/html", text: body)
    }

    private func createWebhook(_ request: ReceivedRequest) -> HTTPAnswer {
        guard let (url, triggers) = WebhookEntry.creation(body: request.body) else { return HTTPAnswer(status: 400) }
        guard isSigned(request.head, { WebhookHash.create(url: url, triggers: triggers, at: $0, key: $1) }) else {
            return HTTPAnswer(status: 401)
        }
        simulator.change { device, _ in device.addWebhook(url: url, triggers: triggers) }
        return HTTPAnswer(status: 200, contentType: "text/html", text: "OK")
    }

    private func deleteWebhook(_ head: HTTPRequestHeadline, id: String) -> HTTPAnswer {
        guard let id = UInt64(id) else { return HTTPAnswer(status: 404) }
        guard isSigned(head, { WebhookHash.delete(id: id, at: $0, key: $1) }) else { return HTTPAnswer(status: 401) }
        let isFound = simulator.change { device, _ in device.removeWebhook(id) }
        return HTTPAnswer(status: isFound ? 200 : 404)
    }

    private func isSigned(_ head: HTTPRequestHeadline, _ hash: (Int64, BridgeKey) -> [UInt8]) -> Bool {
        guard let seconds = head.fields["TIMESTAMP"].flatMap({ Int64($0) }), let digits = head.fields["HASH"] else {
            return false
        }
        let now = simulator.change { _, now in now.unix.seconds }
        let tolerance = simulator.requestTolerance.components.seconds
        let isFresh = (now - tolerance...now + tolerance).contains(seconds)
        return isFresh && WebhookHash.matches(digits, hash(seconds, simulator.bridgeKey))
    }
}

/// Values of a query string.
enum PercentText {
    static func value(of name: String, in query: String) -> String? {
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, parts[0] == name { return decode(parts[1]) }
        }
        return nil
    }

    private static func decode(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let pair = [UInt8](hex: String(decoding: rest.prefix(2), as: UTF8.self)), pair.count == 1 else {
                    return nil
                }
                bytes += pair
                rest = rest.dropFirst(2)
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
