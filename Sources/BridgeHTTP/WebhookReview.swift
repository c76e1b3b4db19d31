package import LockDomain
package import LoqedWire

/// What the entries of a bridge's list of webhooks are to us.
///
/// Ours are those whose path is the lock's, whatever their address; everything else is somebody else's.
package struct WebhookReview: Hashable, Sendable {
    /// What one entry is to us.
    package enum Standing: Hashable, Sendable {
        /// Ours, as it should be.
        case right
        /// Ours, as it should be, but one before it is so already.
        case duplicate
        /// Ours, at the right address, for other events than all.
        case otherTriggers
        /// Ours, at an address that is not the right one.
        case otherAddress
        /// Ours; which address is right is not known.
        case unjudged
        /// Somebody else's: never touched but by its id.
        case foreign
    }

    /// One entry of the bridge's list, and what is to be said of it.
    package struct Item: Hashable, Sendable {
        package let entry: WebhookEntry
        package let standing: Standing
    }

    /// In the order of the list.
    package let items: [Item]
    /// What our entry should call; absent when that is not known.
    package let url: String?

    /// - Parameters:
    ///   - entries: the bridge's list.
    ///   - lock: whose entries are ours; without it none is.
    ///   - url: what our entry should call; absent when that is not known.
    package init(_ entries: [WebhookEntry], of lock: LockID?, url: String?) {
        self.url = url
        var items: [Item] = []
        for entry in entries {
            let hasRight = items.contains { $0.standing == .right }
            items.append(Item(entry: entry, standing: Self.standing(of: entry, of: lock, url: url, hasRight: hasRight)))
        }
        self.items = items
    }

    package var ours: [Item] { items.filter { $0.standing != .foreign } }

    package var foreign: [WebhookEntry] { items.filter { $0.standing == .foreign }.map(\.entry) }

    /// What makes exactly one entry of ours, the right one; nothing where it is not known which that is.
    package var plan: WebhookPlan {
        guard let url else { return WebhookPlan(creation: nil, deletions: []) }
        let right = items.first { $0.standing == .right }
        let spared = Set(foreign.map(\.id) + [right?.entry.id].compactMap { $0 })
        // What has our address is of some use until the new one is there, so it goes last.
        let order: [Standing] = [.otherAddress, .duplicate, .otherTriggers]
        let stale = order.flatMap { standing in items.filter { $0.standing == standing }.map(\.entry) }
        return WebhookPlan(creation: right == nil ? url : nil, deletions: Self.unique(stale, without: spared))
    }

    /// What leaves no entry of ours.
    package var removal: WebhookPlan {
        WebhookPlan(
            creation: nil,
            deletions: Self.unique(ours.map(\.entry), without: Set(foreign.map(\.id)))
        )
    }

    /// What removes the entries with those ids, whosesoever they are.
    package func removal(of ids: Set<UInt64>) -> WebhookPlan {
        let entries = items.map(\.entry).filter { ids.contains($0.id) }
        return WebhookPlan(creation: nil, deletions: Self.unique(entries, without: []))
    }

    /// Each id once, and none that would take an entry along that must stay.
    private static func unique(_ entries: [WebhookEntry], without spared: Set<UInt64>) -> [WebhookEntry] {
        var seen = spared
        return entries.filter { seen.insert($0.id).inserted }
    }

    private static func standing(
        of entry: WebhookEntry,
        of lock: LockID?,
        url: String?,
        hasRight: Bool
    ) -> Standing {
        guard let lock, path(of: entry.url) == WebhookController.path(of: lock) else { return .foreign }
        guard let url else { return .unjudged }
        guard entry.url == url else { return .otherAddress }
        guard entry.triggers == .all else { return .otherTriggers }
        return hasRight ? .duplicate : .right
    }

    /// Everything behind the address, query included.
    private static func path(of url: String) -> String? {
        let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, ["http:", "https:"].contains(parts[0].lowercased()), parts[1].isEmpty else {
            return nil
        }
        return "/" + parts[3]
    }
}

/// What is to be done to a bridge's list of webhooks.
package struct WebhookPlan: Hashable, Sendable {
    /// What to register, for all events; absent when nothing is.
    package let creation: String?
    /// In the order in which they go.
    package let deletions: [WebhookEntry]

    package init(creation: String?, deletions: [WebhookEntry]) {
        self.creation = creation
        self.deletions = deletions
    }

    package var isEmpty: Bool { creation == nil && deletions.isEmpty }

    /// Whether a list is as it should be afterwards.
    package func isDone(in entries: [WebhookEntry]) -> Bool {
        isCreated(in: entries) && deletions.allSatisfy { !entries.contains($0) }
    }

    /// Whether what was to be registered is there.
    package func isCreated(in entries: [WebhookEntry]) -> Bool {
        guard let creation else { return true }
        return entries.contains { $0.url == creation && $0.triggers == .all }
    }
}
