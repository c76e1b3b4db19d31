package import LockDomain
package import LoqedWire
package import PlainHTTP

/// Why a bridge's list of webhooks is not as it should be, by what the owner may do next.
package enum WebhookObstacle: Error, Hashable, Sendable {
    /// The bridge could not be asked, or did not do as it was told.
    case failed(BridgeFailure)
    /// The bridge does not accept our bridge key.
    case badKey
    /// The bridge takes no more targets; so many belong to others, and none is ours to give up.
    case listFull(foreign: Int)
    /// The bridge said yes, and its list says no.
    case notDone
}

/// Sees that our entry stands in a bridge's list of webhooks: there, once, with the right address and triggers.
///
/// Planning is ``WebhookReview``'s; here the list is read, and a plan is carried out. Strangers' entries are never touched.
package struct WebhookKeeper: Sendable {
    private let bridge: HTTPEndpoint
    private let key: BridgeKey
    private let calling: any BridgeCalling
    private let now: @Sendable () -> UnixTime

    package init(
        bridge: HTTPEndpoint,
        key: BridgeKey,
        calling: any BridgeCalling,
        now: @escaping @Sendable () -> UnixTime
    ) {
        self.bridge = bridge
        self.key = key
        self.calling = calling
        self.now = now
    }

    /// Creates, replaces and deduplicates until only `url` with all triggers is the lock's.
    package func reconcile(url: String, of lock: LockID) async -> WebhookReconciliation {
        do throws(WebhookObstacle) {
            let before = try await list()
            let after = try await carryOut(WebhookReview(before, of: lock, url: url).plan, on: before)
            return .inOrder(foreign: WebhookReview(after, of: lock, url: url).foreign.count)
        } catch {
            switch error {
            case .failed(let failure): return .failed(failure)
            case .badKey: return .badKey
            case .listFull(let foreign): return .listFull(foreign: foreign)
            case .notDone: return .failed(.unreadable)
            }
        }
    }

    /// Reads the bridge's list.
    package func list() async throws(WebhookObstacle) -> [WebhookEntry] {
        let answer = try await perform(.listWebhooks(key: key, at: now()))
        do throws(WireError) {
            return try WebhookEntry.list(body: answer.body)
        } catch {
            throw .failed(.unreadable)
        }
    }

    /// Does what is planned, and sees that it is done.
    ///
    /// - Parameters:
    ///   - plan: made from `before`.
    ///   - before: the list as it is now.
    /// - Returns: the list as it is then.
    /// - Throws: why it is not done; a part of it may be.
    package func carryOut(
        _ plan: WebhookPlan,
        on before: [WebhookEntry]
    ) async throws(WebhookObstacle) -> [WebhookEntry] {
        guard !plan.isEmpty else { return before }
        var stale = plan.deletions[...]
        // The new entry first: an event between the two calls then comes twice, which is harmless, and not never.
        if plan.creation != nil {
            while try await !create(plan) {
                // A full list may have its last place taken by an old entry of ours.
                guard let old = stale.popFirst() else { throw refusal(before, without: plan) }
                try await delete(old)
            }
        }
        for old in stale { try await delete(old) }
        var after = try await list()
        // Nobody knows whether a full list says no or says yes and keeps nothing; by now there may be room.
        if !plan.isCreated(in: after), !plan.deletions.isEmpty, try await create(plan) { after = try await list() }
        guard plan.isDone(in: after) else { throw .notDone }
        return after
    }

    /// Registers what is planned; false when the bridge says no and does not have it.
    private func create(_ plan: WebhookPlan) async throws(WebhookObstacle) -> Bool {
        guard let url = plan.creation else { return true }
        do throws(WebhookObstacle) {
            try await perform(.createWebhook(url: url, triggers: .all, key: key, at: now()))
            return true
        } catch .failed(.badStatus) {
            return plan.isCreated(in: try await list())
        }
    }

    /// Deletes an entry; one that is gone already is as good as deleted.
    private func delete(_ entry: WebhookEntry) async throws(WebhookObstacle) {
        do throws(WebhookObstacle) {
            try await perform(.deleteWebhook(id: entry.id, key: key, at: now()))
        } catch .failed(.badStatus) {
            guard try await !list().contains(entry) else { throw .failed(.badStatus) }
        }
    }

    private func refusal(_ before: [WebhookEntry], without plan: WebhookPlan) -> WebhookObstacle {
        // With no entry but ours the list cannot have been full.
        let others = before.count - plan.deletions.count
        return others > 0 ? .listFull(foreign: others) : .failed(.badStatus)
    }

    @discardableResult
    private func perform(_ request: BridgeRequest) async throws(WebhookObstacle) -> HTTPAnswer {
        switch await calling.perform(request, at: bridge) {
        case .success(let answer): return answer
        // LOQED says nothing about a wrong key; clients in use take 401 and 403 for one.
        case .failure(.unauthorised): throw .badKey
        case .failure(let failure): throw .failed(failure)
        }
    }
}
