import BridgeHTTP
import LocalNetwork
import LockDomain
package import PlainHTTP

/// Tries what a setup is about to write: connects, asks and lists, and moves nothing.
package struct SetupTrials: Sendable {
    private let threads: HTTPThreads
    private let network: any HomeNetwork
    private let time: TimeSource

    /// - Parameters:
    ///   - threads: for connections to bridges.
    ///   - network: finds names, bridges and routes.
    ///   - time: both clocks.
    package init(threads: HTTPThreads, network: any HomeNetwork = LiveHomeNetwork(), time: TimeSource) {
        self.threads = threads
        self.network = network
        self.time = time
    }

    /// Logs in, and reads a topic of the gateway's.
    func broker(_ mqtt: GatewayConfiguration.MQTT) async throws(ClientTrouble) {
        let name = String(UInt64.random(in: 0...UInt64.max), radix: 36)
        let visit = BrokerVisit(mqtt, name: name, time: time)
        let topic = "\(mqtt.baseTopic)/gateway/availability"
        let _: Bool = try await visit.run(subscribingTo: [topic]) { event in
            if case .ready = event { true } else { nil }
        }
    }

    /// What a bridge said of itself, and what it let us see.
    struct Visit: Sendable {
        let kind: BridgeKind
        let isLockOnline: Bool
        /// Entries on its list of webhooks.
        let webhooks: Int
        /// What it would call; nil: see `trouble`.
        let callback: String?
        let trouble: WebhookTrouble?
    }

    /// Reads the status, and the list of webhooks, which a bridge shows to those alone who have its key.
    func bridge(
        of lock: GatewayConfiguration.Lock,
        _ webhook: GatewayConfiguration.Webhook
    ) async throws(WebhookTrouble) -> Visit {
        let subject = WebhookSubject(lock)
        let client = BridgeClient(threads: threads)
        let locator = BridgeLocator(bridge: client, network: network, macs: [:], journal: NoJournal())
        let endpoint: HTTPEndpoint
        switch await locator.identifiedEndpoint(of: lock, expecting: lock.bridgeMAC) {
        case .success(let found): endpoint = found
        case .failure(let failure): throw WebhookTrouble(failure, with: subject)
        }
        let (kind, isLockOnline): (BridgeKind, Bool)
        switch await client.readStatus(of: endpoint) {
        case .read(let status, let found): (kind, isLockOnline) = (found, status.isLockOnline)
        case .failed(let failure): throw WebhookTrouble(failure, with: subject)
        case .abandoned: throw WebhookTrouble(.noAnswer, with: subject)
        }
        let clerk = WebhookClerk.live(
            webhook,
            commands: WebhookCommandLine(options: []),
            threads: threads,
            time: time
        )
        let listing = try await clerk.list(subject, checksTargets: false)
        return Visit(
            kind: kind,
            isLockOnline: isLockOnline,
            webhooks: listing.items.count,
            callback: listing.url,
            trouble: listing.addressTrouble
        )
    }

    /// The bridges that answer on this network, as lines for people.
    func bridges() async -> [String] {
        let discovery = BridgeDiscovery(network: network, bridge: BridgeClient(threads: threads), locks: [])
        return ((try? await discovery.bridges(isAsking: true)) ?? []).map(\.line)
    }
}
