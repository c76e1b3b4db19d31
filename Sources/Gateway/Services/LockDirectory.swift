package import BridgeHTTP
package import LockDomain
package import LoqedWire
package import PlainHTTP

/// What the edges need to know of each lock, and who tells the engine of webhooks.
package final class LockDirectory: WebhookReceiving {
    private let locks: [LockID: GatewayConfiguration.Lock]
    private let inbox: EngineInbox
    private let locator: BridgeLocator
    private let journal: any EdgeJournal

    package init(
        _ locks: [GatewayConfiguration.Lock],
        locator: BridgeLocator,
        inbox: EngineInbox,
        journal: any EdgeJournal
    ) {
        self.locator = locator
        self.locks = Dictionary(uniqueKeysWithValues: locks.map { ($0.id, $0) })
        self.inbox = inbox
        self.journal = journal
    }

    subscript(lock: LockID) -> GatewayConfiguration.Lock? { locks[lock] }

    package func target(for lock: LockID) -> WebhookTarget? {
        guard let known = locks[lock] else { return nil }
        return WebhookTarget(key: known.bridgeKey, bridgeAddresses: locator.addresses(of: known))
    }

    package func receive(_ event: LockEvent, for lock: LockID) -> Bool { inbox.offer(LockInput(lock, event)) }

    package func refused(_ rejection: WebhookRejection?, for lock: LockID) {
        journal.webhookRefused(rejection, for: lock)
    }
}

/// Where the edges note what never reaches a supervisor.
package protocol EdgeJournal: Sendable {
    /// A delivery was refused for that reason; none means that its JSON was not LOQED's.
    func webhookRefused(_ rejection: WebhookRejection?, for lock: LockID)
    /// The lock's bridge was found there; nil: it is looked for where it is configured.
    func bridgeFound(of lock: GatewayConfiguration.Lock, at found: HTTPEndpoint?)
}
