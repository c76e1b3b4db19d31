import BridgeHTTP
import LockDomain
import LoqedWire

/// A bridge's list of webhooks as a person may see it.
package struct WebhookListing: Sendable {
    /// Whether a target of somebody else takes connections, as this machine sees it.
    enum Reach: Hashable, Sendable {
        case answers
        case silent(BridgeFailure)
        case unchecked
        /// Its address is none that could be tried.
        case untriable
    }

    struct Item: Hashable, Sendable {
        let id: UInt64
        /// Scheme, host and port; ours with the path.
        let target: String?
        /// As LOQED calls them.
        let triggerNames: [String]
        let hasAllTriggers: Bool
        let standing: WebhookReview.Standing
        /// Absent for ours.
        let reach: Reach?

        /// - Parameters:
        ///   - item: as the bridge has it.
        ///   - lock: whose entries are ours.
        ///   - failures: of the targets that were tried; absent when none was.
        init(_ item: WebhookReview.Item, of lock: LockID?, failures: [NetworkAddress: BridgeFailure]?) {
            id = item.entry.id
            triggerNames = item.entry.triggers.names
            hasAllTriggers = item.entry.triggers == .all
            standing = item.standing
            let origin = WebhookOrigin(url: item.entry.url)
            guard item.standing == .foreign else {
                let path = lock.map(WebhookController.path) ?? ""
                target = origin.map { "\($0)\(path)" }
                reach = nil
                return
            }
            target = origin?.description
            guard let origin else {
                reach = .untriable
                return
            }
            reach = failures.map { $0[origin.address].map(Reach.silent) ?? .answers } ?? .unchecked
        }

        var isOurs: Bool { standing != .foreign }

        var isDead: Bool {
            if case .silent = reach { true } else { false }
        }
    }

    let subject: WebhookSubject
    let items: [Item]
    /// What our entry should call; absent when that is not known.
    let url: String?
    /// Why there is no such address, for a lock that is configured.
    let addressTrouble: WebhookTrouble?
    /// Ours is missing, doubled or wrong.
    let isUntidy: Bool
    let commands: WebhookCommandLine

    var others: [Item] { items.filter { !$0.isOurs } }

    var dead: [Item] { items.filter(\.isDead) }
}
