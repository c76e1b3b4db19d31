import LockDomain
import Logging
import LoqedWire
import PlainHTTP

extension BridgeSimulator {
    /// One event after another, one target after another: a slow target delays all behind it.
    func deliver() async {
        for await delivery in jobs.stream {
            let device = snapshot
            if device.isCurrent(delivery) {
                for target in device.webhooks where target.triggers.contains(delivery.event.trigger) {
                    await post(delivery, to: target, kind: device.kind)
                }
            } else {
                change { device, _ in device.counters.webhooks.lost += 1 }
            }
            change { device, now in device.finishDelivery(at: now.uptime) }
        }
    }

    private func post(_ delivery: SimulatedDelivery, to target: WebhookEntry, kind: BridgeKind) async {
        let isDelivered = await send(delivery, to: target, kind: kind)
        change { device, _ in
            if isDelivered { device.counters.webhooks.delivered += 1 } else { device.counters.webhooks.failed += 1 }
        }
    }

    private func send(_ delivery: SimulatedDelivery, to target: WebhookEntry, kind: BridgeKind) async -> Bool {
        guard let (endpoint, path) = WebhookURL.split(target.url, values: delivery.values) else { return false }
        var fields = [
            HTTPField("User-Agent", "ESP32 HTTP Client/1.0"), HTTPField("Accept", "text/html"),
            HTTPField("Accept-Encoding", "identity"), HTTPField("Content-Type", "application/json"),
        ]
        if kind == .esp32 {
            var hash = WebhookHash.delivery(body: delivery.body, at: delivery.signedAt, key: key)
            if delivery.isForged { hash = hash.map { ~$0 } }
            fields += [HTTPField("HASH", hash.hex), HTTPField("TIMESTAMP", String(delivery.signedAt))]
        }
        let request = HTTPRequest(method: "POST", target: path, fields: HTTPFields(fields), body: delivery.body)
        let limit = configuration.timing.deliveryTimeout
        do {
            let connection = try await OneShotConnection.open(to: endpoint, timeout: limit, on: threads)
            let answer = try await connection.exchange(request, timeout: limit, maximumBody: 64 * 1024)
            logger.debug("webhook delivered", metadata: ["webhook": "\(target.id)", "status": "\(answer.status)"])
            return true
        } catch {
            logger.info("webhook not delivered", metadata: ["webhook": "\(target.id)", "reason": "\(error)"])
            return false
        }
    }
}

/// The URL of a webhook's target.
enum WebhookURL {
    /// Where to connect and what to ask for, with the values of a body in place of the names in brackets of the query.
    static func split(_ url: String, values: [String: String]) -> (HTTPEndpoint, String)? {
        guard url.hasPrefix("http://") else { return nil }
        let rest = url.dropFirst(7)
        let slash = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        var host = String(rest[..<slash])
        var port = 80
        if let colon = host.lastIndex(of: ":"), !host.hasSuffix("]") {
            guard let number = Int(host[host.index(after: colon)...]), (1...65_535).contains(number) else { return nil }
            port = number
            host = String(host[..<colon])
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard !host.isEmpty else { return nil }
        var target = String(rest[slash...])
        if !target.hasPrefix("/") { target = "/" + target }
        return (HTTPEndpoint(host: host, port: port), fill(target, values))
    }

    private static func fill(_ target: String, _ values: [String: String]) -> String {
        guard let mark = target.firstIndex(of: "?") else { return target }
        var query = String(target[mark...])
        for (name, value) in values { query = query.replacing("[\(name)]", with: value) }
        return target[..<mark] + query
    }
}
