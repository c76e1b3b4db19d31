package import BridgeHTTP
package import LockDomain
package import LoqedWire
import NIOConcurrencyHelpers
package import PlainHTTP

/// What the edges need to know of each lock, and who tells the engine of webhooks.
package final class LockDirectory: WebhookReceiving, HTTPPeerWatching {
    private let locks: NIOLockedValueBox<[LockID: GatewayConfiguration.Lock]>
    private let inbox: EngineInbox
    private let locator: BridgeLocator
    private let journal: any EdgeJournal
    private let time: TimeSource
    private let gates = NIOLockedValueBox<[LockID: RepeatGate]>([:])

    package init(
        _ locks: [GatewayConfiguration.Lock],
        locator: BridgeLocator,
        inbox: EngineInbox,
        journal: any EdgeJournal,
        time: TimeSource
    ) {
        self.locator = locator
        self.locks = NIOLockedValueBox(Dictionary(uniqueKeysWithValues: locks.map { ($0.id, $0) }))
        self.inbox = inbox
        self.journal = journal
        self.time = time
    }

    /// What is known of a lock; nil takes it out.
    subscript(lock: LockID) -> GatewayConfiguration.Lock? {
        get { locks.withLockedValue { $0[lock] } }
        set {
            locks.withLockedValue { $0[lock] = newValue }
            if newValue == nil { gates.withLockedValue { $0[lock] = nil } }
        }
    }

    /// All locks, in no order.
    var all: [GatewayConfiguration.Lock] { locks.withLockedValue { Array($0.values) } }

    package func target(for lock: LockID) -> WebhookTarget? {
        guard let known = self[lock] else { return nil }
        return WebhookTarget(key: known.bridgeKey, bridgeAddresses: locator.addresses(of: known))
    }

    package func receive(_ event: LockEvent, for lock: LockID) -> Bool {
        let now = time.now().uptime
        // Between the check of its signature and here the lock may have gone.
        guard self[lock] != nil else { return true }
        guard gates.withLockedValue({ $0[lock, default: RepeatGate()].admits(event, at: now) }) else {
            if case .bridgeReported = event { journal.replaysDropped(for: lock) }
            return true
        }
        return inbox.offer(LockInput(lock, event))
    }

    package func wasUnknown(_ lock: LockID, to address: String) { journal.unknownLock(lock, calledFrom: address) }

    package func refused(_ rejection: WebhookRejection?, for lock: LockID) {
        journal.webhookRefused(rejection, for: lock)
    }

    /// Whether a bridge of ours is there.
    package func isExpected(_ address: String) -> Bool {
        locks.withLockedValue { $0.values.contains { $0.bridge.host == address } } || locator.hasBridge(at: address)
    }

    package func noticed(_ notice: HTTPNotice, from address: String) { journal.noticed(notice, from: address) }
}
