package import BridgeHTTP
package import LockDomain
package import LoqedWire
import NIOConcurrencyHelpers
import PlainHTTP

/// What the edges need to know of each lock, and who tells the engine of webhooks.
package final class LockDirectory: WebhookReceiving {
    private let locks: [LockID: GatewayConfiguration.Lock]
    private let inbox: EngineInbox
    private let journal: any EdgeJournal
    /// The addresses at which something answered as a lock's bridge, for those that are configured by name.
    private let answered = NIOLockedValueBox<[LockID: String]>([:])
    /// Which bridge was met where.
    private let met = NIOLockedValueBox<[LockID: [String: String]]>([:])

    package init(_ locks: [GatewayConfiguration.Lock], inbox: EngineInbox, journal: any EdgeJournal) {
        self.locks = Dictionary(uniqueKeysWithValues: locks.map { ($0.id, $0) })
        self.inbox = inbox
        self.journal = journal
    }

    subscript(lock: LockID) -> GatewayConfiguration.Lock? { locks[lock] }

    /// The bridge of the lock answered from that address.
    func bridgeAnswered(of lock: LockID, at address: String) { answered.withLockedValue { $0[lock] = address } }

    /// A bridge with that Wi-Fi address answered there, and no other since.
    func met(_ mac: String, of lock: LockID, at address: String) {
        met.withLockedValue { $0[lock, default: [:]] = [address: mac] }
    }

    func hasMet(_ mac: String, of lock: LockID, at address: String) -> Bool {
        met.withLockedValue { $0[lock]?[address] == mac }
    }

    package func target(for lock: LockID) -> WebhookTarget? {
        guard let known = locks[lock] else { return nil }
        let addresses = [known.bridge.host, answered.withLockedValue { $0[lock] }].compactMap { $0 }
        return WebhookTarget(key: known.bridgeKey, bridgeAddresses: Set(addresses))
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
}
