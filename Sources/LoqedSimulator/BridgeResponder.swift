import LockDomain
import LoqedWire
import PlainHTTP

/// The bridge's local API, and what goes wrong with it.
struct BridgeResponder: HTTPResponding {
    let simulator: BridgeSimulator

    func admit(_ head: HTTPRequestHeadline) -> HTTPAdmission { .readBody(limit: 4096) }

    func respond(to request: ReceivedRequest) async -> HTTPReply {
        let route = BridgeRoute(request.head)
        let (isPowered, fault) = simulator.change { device, _ in (device.isPowered, device.admit(route)) }
        guard isPowered else { return .raw([], then: .reset) }
        if fault == .drop { return .raw([], then: .close) }
        let answer = answer(to: request, route, takesEffect: fault != .swallow)
        return fault.map { Self.spoil(answer, by: $0) } ?? .answer(answer)
    }

    /// What the peer gets in place of the answer.
    private static func spoil(_ answer: HTTPAnswer, by fault: SimulatedDevice.RequestFault) -> HTTPReply {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: "
        switch fault {
        case .hang: return .raw([], then: .stayOpen)
        case .reset: return .raw([], then: .reset)
        case .truncate: return .raw(Array("\(head)400\r\n\r\n{".utf8), then: .close)
        case .error: return .answer(HTTPAnswer(status: 500))
        case .redirect:
            // Where nobody listens: port 9 of this machine.
            return .answer(HTTPAnswer(status: 302, fields: [HTTPField("Location", "http://127.0.0.1:9/elsewhere")]))
        case .garbage: return .raw(Array("this is no HTTP\r\n\r\n".utf8), then: .close)
        case .drip:
            let text = Array("\(head)\(answer.body.count)\r\n\r\n".utf8)
            return .drip(text + answer.body, every: .seconds(1))
        case .huge:
            let size = 8 * 1024 * 1024
            let body = [UInt8](repeating: UInt8(ascii: " "), count: size)
            return .raw(Array("\(head)\(size)\r\n\r\n".utf8) + body, then: .close)
        case .drop, .swallow: return .answer(answer)
        }
    }

    private func answer(to request: ReceivedRequest, _ route: BridgeRoute, takesEffect: Bool) -> HTTPAnswer {
        let head = request.head
        switch route {
        case .status: return status()
        case .toLock: return toLock(head.query ?? "", takesEffect: takesEffect)
        case .state: return state(head.query ?? "", takesEffect: takesEffect)
        case .list: return listWebhooks(head)
        case .create: return createWebhook(request, takesEffect: takesEffect)
        case .delete: return deleteWebhook(head, takesEffect: takesEffect)
        case .other: return HTTPAnswer(status: 404)
        }
    }

    private func status() -> HTTPAnswer {
        let host = simulator.configuration.listen.host
        let (body, kind) = simulator.change { device, _ in (device.status(ipAddress: host), device.kind) }
        return HTTPAnswer(status: 200, contentType: kind.contentType, text: body)
    }

    // MARK: Commands

    private static let accepted = HTTPAnswer(
        status: 200,
        contentType: "text/html",
        text: "Message resent to the lock"
    )

    /// The bridge says yes to anything: it does not check the signature.
    private func toLock(_ query: String, takesEffect: Bool) -> HTTPAnswer {
        let base64 = PercentText.value(of: "command_signed_base64", in: query) ?? ""
        if takesEffect { simulator.change { device, now in device.receive(base64: base64, at: now) } }
        return Self.accepted
    }

    /// The bridge signs with the secret that it is given.
    private func state(_ query: String, takesEffect: Bool) -> HTTPAnswer {
        let targets: [String: LockAction] = ["OPEN": .open, "DAY_LOCK": .unlock, "NIGHT_LOCK": .lock]
        let secret = PercentText.value(of: "secret", in: query)
        guard let number = PercentText.value(of: "local_key_id", in: query).flatMap({ Int($0) }),
            let key = KeyID(number),
            let action = PercentText.value(of: "command", in: query).flatMap({ targets[$0] }),
            let secret, simulator.configuration.keys[number] == secret,
            let signer = try? CommandSecret(base64: secret)
        else { return HTTPAnswer(status: 401) }
        guard takesEffect else { return Self.accepted }
        simulator.change { device, now in
            device.receive(base64: SignedCommand(action, key: key, secret: signer, at: now.unix).base64, at: now)
        }
        return Self.accepted
    }

    // MARK: Webhooks

    private func listWebhooks(_ head: HTTPRequestHeadline) -> HTTPAnswer {
        guard isSigned(head, { WebhookHash.list(at: $0, key: $1) }) else { return denied() }
        let (webhooks, kind) = simulator.change { device, _ in (device.webhooks, device.kind) }
        let body = "[" + webhooks.map(\.json).joined(separator: ",") + "]"
        return HTTPAnswer(status: 200, contentType: kind.contentType, text: body)
    }

    private func createWebhook(_ request: ReceivedRequest, takesEffect: Bool) -> HTTPAnswer {
        guard let (url, triggers) = WebhookEntry.creation(body: request.body) else { return HTTPAnswer(status: 400) }
        guard isSigned(request.head, { WebhookHash.create(url: url, triggers: triggers, at: $0, key: $1) }) else {
            return denied()
        }
        guard takesEffect else { return HTTPAnswer(status: 200, contentType: "text/html", text: "OK") }
        let isKept = simulator.change { device, _ in device.addWebhook(url: url, triggers: triggers) }
        // What a real bridge says when its list is full is not known.
        guard isKept else { return HTTPAnswer(status: 500) }
        return HTTPAnswer(status: 200, contentType: "text/html", text: "OK")
    }

    private func deleteWebhook(_ head: HTTPRequestHeadline, takesEffect: Bool) -> HTTPAnswer {
        guard let id = UInt64(head.path.dropFirst("/webhooks/".count)) else { return HTTPAnswer(status: 404) }
        guard isSigned(head, { WebhookHash.delete(id: id, at: $0, key: $1) }) else { return denied() }
        guard takesEffect else { return HTTPAnswer(status: 200) }
        let isFound = simulator.change { device, _ in device.removeWebhook(id) }
        return HTTPAnswer(status: isFound ? 200 : 404)
    }

    private func denied() -> HTTPAnswer { HTTPAnswer(status: simulator.snapshot.manners.denial) }

    private func isSigned(_ head: HTTPRequestHeadline, _ hash: (Int64, BridgeKey) -> [UInt8]) -> Bool {
        guard let seconds = head.fields["TIMESTAMP"].flatMap({ Int64($0) }), let digits = head.fields["HASH"] else {
            return false
        }
        let now = simulator.change { _, now in now.unix.seconds }
        let tolerance = simulator.configuration.timing.requestTolerance.components.seconds
        let isFresh = (now - tolerance...now + tolerance).contains(seconds)
        return isFresh && WebhookHash.matches(digits, hash(seconds, simulator.key))
    }
}

extension BridgeKind {
    /// What the answers of the bridge say they are; the older kind says so of its JSON as well.
    fileprivate var contentType: String { self == .shelly ? "application/json" : "text/html" }
}

extension BridgeRoute {
    fileprivate init(_ head: HTTPRequestHeadline) {
        switch (head.method, head.path) {
        case ("GET", "/status"): self = .status
        case ("GET", "/to_lock"): self = .toLock
        case ("GET", "/state"): self = .state
        case ("GET", "/webhooks"): self = .list
        case ("POST", "/webhooks"): self = .create
        case ("DELETE", let path) where path.hasPrefix("/webhooks/"): self = .delete
        default: self = .other
        }
    }
}
