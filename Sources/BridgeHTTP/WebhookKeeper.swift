package import LockDomain
package import LoqedWire
package import PlainHTTP

/// Sees that our entry stands in a bridge's list of webhooks: there, once, with the right address and triggers.
///
/// Ours are the entries whose path is the lock's; strangers' entries are never touched.
package struct WebhookKeeper: Sendable {
    private let bridge: HTTPEndpoint
    private let key: BridgeKey
    private let lock: LockID
    private let calling: any BridgeCalling
    private let now: @Sendable () -> UnixTime

    package init(
        bridge: HTTPEndpoint,
        key: BridgeKey,
        lock: LockID,
        calling: any BridgeCalling,
        now: @escaping @Sendable () -> UnixTime
    ) {
        self.bridge = bridge
        self.key = key
        self.lock = lock
        self.calling = calling
        self.now = now
    }

    /// Creates, replaces and deduplicates until only `url` with all triggers is ours.
    package func reconcile(url: String) async -> WebhookReconciliation {
        do throws(Obstacle) {
            var entries = try await list()
            let ours = entries.filter(isOurs)
            let good = ours.first { $0.url == url && $0.triggers == .all }
            // The new entry first: an event between the two calls then comes twice, which is harmless, and not never.
            if good == nil {
                try await perform(.createWebhook(url: url, triggers: .all, key: key, at: now()))
            }
            for entry in ours where entry.id != good?.id {
                try await perform(.deleteWebhook(id: entry.id, key: key, at: now()))
            }
            if good == nil {
                entries = try await list()
                guard entries.contains(where: { $0.url == url && $0.triggers == .all }) else {
                    throw .failed(.unreadable)
                }
            }
            return .inOrder(foreign: entries.count { !isOurs($0) })
        } catch {
            switch error {
            case .failed(let failure): return .failed(failure)
            case .badKey: return .badKey
            }
        }
    }

    private enum Obstacle: Error {
        case failed(BridgeFailure)
        case badKey
    }

    private func isOurs(_ entry: WebhookEntry) -> Bool {
        let path = entry.url.split(separator: "/", omittingEmptySubsequences: false).dropFirst(3).joined(separator: "/")
        return "/" + path == WebhookController.path(of: lock)
    }

    private func list() async throws(Obstacle) -> [WebhookEntry] {
        let answer = try await perform(.listWebhooks(key: key, at: now()))
        do throws(WireError) {
            return try WebhookEntry.list(body: answer.body)
        } catch {
            throw .failed(.unreadable)
        }
    }

    @discardableResult
    private func perform(_ request: BridgeRequest) async throws(Obstacle) -> HTTPAnswer {
        switch await calling.perform(request, at: bridge) {
        case .success(let answer): return answer
        // LOQED says nothing about a wrong key; clients in use take 401 and 403 for one.
        case .failure(.unauthorised): throw .badKey
        case .failure(let failure): throw .failed(failure)
        }
    }
}
