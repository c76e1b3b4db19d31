package import BridgeHTTP
package import LockDomain
import LoqedWire
package import PlainHTTP

/// Looks after the webhooks on bridges for a person at the terminal.
///
/// Does what the running gateway does by itself, and what it never does: shows and removes the entries of others.
package struct WebhookClerk: Sendable {
    private let calling: any BridgeCalling
    private let check: TargetCheck
    private let locator: BridgeLocator
    private let callbacks: CallbackChooser?
    private let network: any HomeNetwork
    private let commands: WebhookCommandLine
    private let now: @Sendable () -> UnixTime

    /// - Parameters:
    ///   - calling: asks bridges.
    ///   - checking: tries targets, with less patience.
    ///   - webhook: where webhooks arrive; absent without a configuration.
    ///   - network: finds names and routes.
    ///   - commands: what the output says to type.
    ///   - now: the time to sign with.
    package init(
        calling: any BridgeCalling,
        checking: any BridgeCalling,
        webhook: GatewayConfiguration.Webhook?,
        network: any HomeNetwork,
        commands: WebhookCommandLine,
        now: @escaping @Sendable () -> UnixTime
    ) {
        self.calling = calling
        self.network = network
        self.commands = commands
        self.now = now
        check = TargetCheck(calling: checking, network: network)
        locator = BridgeLocator(bridge: calling, network: network, macs: [:], journal: NoJournal())
        callbacks = webhook.map {
            CallbackChooser(advertised: $0.advertise, listen: $0.listen.endpoint, network: network)
        }
    }

    /// The one that works on the real network.
    package static func live(
        _ webhook: GatewayConfiguration.Webhook?,
        commands: WebhookCommandLine,
        threads: HTTPThreads,
        time: TimeSource
    ) -> WebhookClerk {
        var hasty = BridgeClient.Limits()
        hasty.connect = TargetCheck.patience
        return WebhookClerk(
            calling: BridgeClient(threads: threads),
            checking: BridgeClient(threads: threads, limits: hasty),
            webhook: webhook,
            network: LiveHomeNetwork(),
            commands: commands,
            now: { time.now().unix }
        )
    }

    // MARK: The three errands

    /// Reads the list; tries the targets of others too, if asked to.
    package func list(_ subject: WebhookSubject, checksTargets: Bool) async throws(WebhookTrouble) -> WebhookListing {
        let desk = try await open(subject)
        let entries = try await desk.list()
        let review = WebhookReview(entries, of: subject.lock, url: try? desk.url.get())
        let targets = review.foreign.compactMap { WebhookOrigin(url: $0.url)?.address }
        let failures = checksTargets ? await check.failures(of: Set(targets)) : nil
        var trouble: WebhookTrouble?
        if let lock = subject.configured?.id, case .failure(let why) = desk.url {
            trouble = WebhookTrouble(why, of: lock, with: subject)
        }
        return WebhookListing(
            subject: subject,
            items: review.items.map { WebhookListing.Item($0, of: subject.lock, failures: failures) },
            url: review.url,
            addressTrouble: trouble,
            isUntidy: !review.plan.isEmpty,
            commands: commands
        )
    }

    /// Sees that ours is there, once and right.
    package func add(_ subject: WebhookSubject, isDry: Bool) async throws(WebhookTrouble) -> WebhookAddition {
        let desk = try await open(subject)
        let url: String
        switch desk.url {
        case .success(let found): url = found
        case .failure(let why):
            guard let lock = subject.lock else { throw WebhookTrouble(.noRoute, with: subject) }
            throw WebhookTrouble(why, of: lock, with: subject)
        }
        let before = try await desk.list()
        let review = WebhookReview(before, of: subject.lock, url: url)
        let after = isDry ? before : try await desk.carryOut(review.plan, on: before)
        return WebhookAddition(
            subject: subject,
            before: review,
            url: url,
            id: after.first { $0.url == url && $0.triggers == .all }?.id,
            isDry: isDry,
            commands: commands
        )
    }

    /// Removes ours, or the entries with those ids.
    package func remove(
        _ subject: WebhookSubject,
        ids: Set<UInt64>?,
        isDry: Bool
    ) async throws(WebhookTrouble) -> WebhookRemoval {
        let desk = try await open(subject)
        let before = try await desk.list()
        let review = WebhookReview(before, of: subject.lock, url: try? desk.url.get())
        let plan = ids.map { review.removal(of: $0) } ?? review.removal
        if !isDry { _ = try await desk.carryOut(plan, on: before) }
        let going = Set(plan.deletions.map(\.id))
        return WebhookRemoval(
            subject: subject,
            items: review.items.filter { going.contains($0.entry.id) }
                .map { WebhookListing.Item($0, of: subject.lock, failures: nil) },
            wanted: ids,
            isDry: isDry,
            commands: commands
        )
    }

    // MARK: Getting there

    /// A bridge that was found, and the address of ours that is right for it.
    private struct Desk {
        let subject: WebhookSubject
        let keeper: WebhookKeeper
        let url: Result<String, UnusableCallback>
        let commands: WebhookCommandLine

        func list() async throws(WebhookTrouble) -> [WebhookEntry] {
            do throws(WebhookObstacle) {
                return try await keeper.list()
            } catch {
                throw WebhookTrouble(error, with: subject, commands: commands)
            }
        }

        func carryOut(_ plan: WebhookPlan, on before: [WebhookEntry]) async throws(WebhookTrouble) -> [WebhookEntry] {
            do throws(WebhookObstacle) {
                return try await keeper.carryOut(plan, on: before)
            } catch {
                throw WebhookTrouble(error, with: subject, commands: commands)
            }
        }
    }

    private func open(_ subject: WebhookSubject) async throws(WebhookTrouble) -> Desk {
        let endpoint: HTTPEndpoint
        if let lock = subject.configured {
            switch await locator.identifiedEndpoint(of: lock, expecting: nil) {
            case .success(let found): endpoint = found
            case .failure(let failure): throw WebhookTrouble(failure, with: subject)
            }
        } else {
            endpoint = await subject.bridge.onLink(of: network)
        }
        return Desk(
            subject: subject,
            keeper: WebhookKeeper(bridge: endpoint, key: subject.key, calling: calling, now: now),
            url: url(for: subject, at: endpoint),
            commands: commands
        )
    }

    /// The one place that knows what our entry should call.
    private func url(for subject: WebhookSubject, at bridge: HTTPEndpoint) -> Result<String, UnusableCallback> {
        guard let callbacks, let lock = subject.lock else { return .failure(UnusableCallback(.noRoute, remedy: "")) }
        return callbacks.choice(forBridgeAt: bridge.host).map { $0.base + WebhookController.path(of: lock) }
    }
}

/// A bridge that moved is found again; nobody is told, for the list shows it.
struct NoJournal: LocationJournal {

    func bridgeFound(of lock: GatewayConfiguration.Lock, at found: HTTPEndpoint?) {}
}
