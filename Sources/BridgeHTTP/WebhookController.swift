package import LockDomain
package import LoqedWire
package import PlainHTTP

/// What the listener knows of a lock.
package struct WebhookTarget: Sendable {
    package let key: BridgeKey
    /// The addresses of the lock's bridge; only from there does an unsigned webhook count as a doorbell.
    package let bridgeAddresses: Set<String>

    package init(key: BridgeKey, bridgeAddresses: Set<String>) {
        self.key = key
        self.bridgeAddresses = bridgeAddresses
    }
}

/// Who is told of webhooks.
package protocol WebhookReceiving: Sendable {
    func target(for lock: LockID) -> WebhookTarget?
    /// Takes what happened to the lock; false when too much of it waits already.
    func receive(_ event: LockEvent, for lock: LockID) -> Bool
    /// A webhook came for a lock that is not there.
    func wasUnknown(_ lock: LockID, to address: String)
    /// A delivery was refused for this reason; for counting and for the log.
    func refused(_ rejection: WebhookRejection?, for lock: LockID)
}

/// Answers `POST /loqed/<lock id>`, and nothing else, before any other work is done with it.
///
/// The checks come in this order: known lock (404), size (413), headers (400), unsigned (202 or 403), signature (401), age
/// (401), JSON (400). Only signed bytes reach a parser. A replay is told by the lock's supervisor.
package struct WebhookController: HTTPResponding {
    /// The largest body, in bytes.
    package static let maximumBody = 16 * 1024

    private let receiver: any WebhookReceiving
    private let tolerance: Duration
    private let now: @Sendable () -> UnixTime

    package init(receiver: any WebhookReceiving, tolerance: Duration, now: @escaping @Sendable () -> UnixTime) {
        self.receiver = receiver
        self.tolerance = tolerance
        self.now = now
    }

    /// The path at which a lock's webhooks are taken.
    package static func path(of lock: LockID) -> String { "/loqed/\(lock)" }

    package func admit(_ head: HTTPRequestHeadline) -> HTTPAdmission {
        guard head.query == nil, let lock = lock(at: head.path) else { return .answer(HTTPAnswer(status: 404)) }
        guard receiver.target(for: lock) != nil else {
            if head.method == "POST" { receiver.wasUnknown(lock, to: head.remoteAddress) }
            return .answer(HTTPAnswer(status: 404))
        }
        guard head.method == "POST" else {
            return .answer(HTTPAnswer(status: 405, fields: [HTTPField("Allow", "POST")]))
        }
        return .readBody(limit: Self.maximumBody)
    }

    package func respond(to request: ReceivedRequest) async -> HTTPReply {
        guard let lock = lock(at: request.head.path), let target = receiver.target(for: lock) else {
            return .answer(HTTPAnswer(status: 404))
        }
        let fields = request.head.fields.all.map { (name: $0.name, value: $0.value) }
        let status: Int
        do throws(WebhookRejection) {
            let envelope = try WebhookEnvelope(fields: fields, body: request.body)
            let webhook = try envelope.verified(with: target.key, at: now(), tolerance: tolerance)
            status = accept(webhook, for: lock)
        } catch {
            status = refuse(error, for: lock, target, from: request.head.remoteAddress)
        }
        return .answer(HTTPAnswer(status: status))
    }

    private func accept(_ webhook: VerifiedWebhook, for lock: LockID) -> Int {
        guard let report = try? webhook.report() else {
            receiver.refused(nil, for: lock)
            return 400
        }
        return receiver.receive(.bridgeReported(report, webhook.stamp), for: lock) ? 200 : 503
    }

    private func refuse(
        _ rejection: WebhookRejection,
        for lock: LockID,
        _ target: WebhookTarget,
        from address: String
    ) -> Int {
        switch rejection {
        case .unsigned where target.bridgeAddresses.contains(address):
            return receiver.receive(.doorbellRang, for: lock) ? 202 : 503
        case .unsigned:
            receiver.refused(rejection, for: lock)
            return 403
        case .malformed:
            receiver.refused(rejection, for: lock)
            return 400
        case .badSignature:
            receiver.refused(rejection, for: lock)
            return 401
        case .stale(let skew):
            receiver.refused(rejection, for: lock)
            _ = receiver.receive(.webhookRefusedForAge(skew: skew), for: lock)
            return 401
        }
    }

    private func lock(at path: String) -> LockID? {
        let prefix = "/loqed/"
        guard path.hasPrefix(prefix) else { return nil }
        return LockID(String(path.dropFirst(prefix.count)))
    }
}
