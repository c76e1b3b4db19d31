import LockMessages

/// What one session has still to publish: the newest payload of every retained topic, and events in order.
///
/// Nothing is handed to the library while there is no connection; this is where things wait.
struct Outbox {
    /// For how long an event is still news.
    static let eventLife = Duration.seconds(60)
    /// How many events may wait.
    static let eventCapacity = 100

    private struct Pending {
        let publication: Publication
        let at: Duration
    }

    private(set) var isUp = false
    /// The newest retained publication of each topic, in the order in which the topics first appeared.
    private var ledger: [String: Publication] = [:]
    private var order: [String] = []
    private var queue: [Pending] = []
    private var lastRenewal: Duration = .zero

    /// Takes a publication; says whether there is now something to publish that was not before.
    mutating func take(_ publication: Publication, at now: Duration) -> Bool {
        if publication.isRetained, publication.payload.isEmpty {
            // Nothing stands there any more, so nothing is to be published again: it is said now, or by the next who looks.
            ledger.removeValue(forKey: publication.topic)
            order.removeAll { $0 == publication.topic }
            guard isUp else { return false }
        } else if publication.isRetained {
            let isKnown = ledger[publication.topic] == publication
            if ledger.updateValue(publication, forKey: publication.topic) == nil { order.append(publication.topic) }
            // While down, the ledger is what will be published.
            guard isUp, !isKnown else { return false }
        }
        queue.append(Pending(publication: publication, at: now))
        let events = queue.count { !$0.publication.isRetained }
        if !isUp, events > Self.eventCapacity { queue.removeFirst() }
        return isUp
    }

    /// The session is connected and subscribed: everything retained is published again, then the events still fresh.
    mutating func connected(at now: Duration) {
        isUp = true
        lastRenewal = now
        let events = queue.filter { !$0.publication.isRetained && now - $0.at < Self.eventLife }
        queue = order.compactMap { ledger[$0] }.map { Pending(publication: $0, at: now) } + events
    }

    mutating func disconnected() {
        isUp = false
        queue.removeAll { $0.publication.isRetained }
    }

    /// Everything that is to be published now, in order.
    mutating func takeBatch() -> [Publication] {
        guard isUp else { return [] }
        defer { queue = [] }
        return queue.map(\.publication)
    }

    /// Publishes a retained publication again though it has not changed.
    mutating func requeue(_ publication: Publication) -> Bool {
        guard isUp else { return false }
        queue.append(Pending(publication: publication, at: lastRenewal))
        return true
    }

    /// Puts back what provably was not handed over.
    mutating func putBack(_ publications: [Publication], at now: Duration) {
        let events = publications.filter { !$0.isRetained }.map { Pending(publication: $0, at: now) }
        queue.insert(contentsOf: events, at: 0)
    }

    /// Publishes what would expire again, when it is time.
    mutating func renew(every interval: Duration, at now: Duration) -> Bool {
        guard isUp, now - lastRenewal >= interval else { return false }
        lastRenewal = now
        let waiting = Set(queue.map(\.publication.topic))
        let expiring = order.compactMap { ledger[$0] }.filter { $0.expiry != nil && !waiting.contains($0.topic) }
        queue += expiring.map { Pending(publication: $0, at: now) }
        return !expiring.isEmpty
    }

    /// When ``renew(every:at:)`` has something to do next; absent while down or when nothing expires.
    func renewalDue(every interval: Duration) -> Duration? {
        isUp && ledger.values.contains { $0.expiry != nil } ? lastRenewal + interval : nil
    }
}
