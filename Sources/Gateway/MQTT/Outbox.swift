import LockMessages

/// What one session has still to publish: the newest payload of every retained topic, and events in order.
///
/// Nothing is handed to the library while there is no connection; this is where things wait. A retained topic is always right:
/// its newest payload is published after every connect. An event is published at least once while it is news: one that was
/// under way when the connection broke is published again, and marked as a repeat.
struct Outbox {
    /// For how long an event is still news.
    static let eventLife = Duration.seconds(60)
    /// How many events may wait while there is no connection.
    static let eventCapacity = 100
    /// How much may wait while there is one; beyond it, only the newest payload of a topic is kept.
    static let capacity = 1000
    /// How much is handed over at a time.
    static let batchSize = 500

    struct Pending: Equatable {
        let publication: Publication
        let at: Duration
        /// The broker may have it already.
        var isRepeat = false
        fileprivate var isClearing: Bool { publication.isRetained && publication.payload.isEmpty }
    }

    /// What was handed over together.
    struct Batch {
        let items: [Pending]
        fileprivate let connection: Int
    }

    /// What became of one publication.
    enum Outcome {
        case delivered
        /// The broker has it, and does not want it.
        case refused
        /// It never left; `isUp` says whether the connection is there and more can be handed over.
        case unsent(isUp: Bool)
        /// The connection broke before the acknowledgement.
        case uncertain
    }

    /// Events that nobody will hear of.
    struct Losses: Equatable {
        /// There was no place for them.
        var crowdedOut = 0
        /// They were no news any more.
        var outlived = 0
        /// Not lost, but perhaps heard twice.
        var repeated = 0
    }

    private(set) var isUp = false
    private var isFinished = false
    private var connection = 0
    /// The newest retained publication of each topic, in the order in which the topics first appeared.
    private var ledger: [String: Publication] = [:]
    private var order: [String] = []
    /// Retained topics whose newest payload the broker did not want; it is asked again with each renewal.
    private var unwanted: Set<String> = []
    private var queue: [Pending] = []
    private var lastRenewal: Duration = .zero
    private var batchesUnderWay = 0
    private var losses = Losses()

    /// Everything was published that there is, on the present connection.
    var isSettled: Bool { isUp && queue.isEmpty && batchesUnderWay == 0 }

    /// It was settled once on the present connection.
    private(set) var hasArrived = false

    /// How many messages are not handed over yet.
    var waiting: Int { queue.count }

    /// Takes nothing more and hands nothing more over: what is said from now on, its owner says.
    mutating func finish() {
        isFinished = true
        queue = []
    }

    /// Whether nothing that was handed over may still be on its way to the session.
    var isIdle: Bool { batchesUnderWay == 0 }

    /// Takes a publication; says whether there is now something to publish that was not before.
    mutating func take(_ publication: Publication, at now: Duration) -> Bool {
        if publication.isRetained, publication.payload.isEmpty {
            // Nothing stands there any more, so nothing is to be published again: it is said now, or by the next who looks.
            ledger.removeValue(forKey: publication.topic)
            unwanted.remove(publication.topic)
            order.removeAll { $0 == publication.topic }
            guard isUp else { return false }
        } else if publication.isRetained {
            let isKnown = ledger[publication.topic] == publication
            if ledger.updateValue(publication, forKey: publication.topic) == nil { order.append(publication.topic) }
            // While down, the ledger is what will be published.
            guard isUp, !isKnown else { return false }
        }
        queue.append(Pending(publication: publication, at: now))
        shorten()
        return isUp
    }

    /// Takes what clears a topic, for the next connection if there is none; says whether it can be published now.
    ///
    /// For topics that nobody else will look at again.
    mutating func clear(_ clearing: Publication, at now: Duration) -> Bool {
        forget(clearing.topic)
        queue.append(Pending(publication: clearing, at: now))
        return isUp
    }

    /// Takes retained publications that are to go out in this order after each connect, too, whichever was there first;
    /// says whether there is now something to publish that was not before.
    mutating func take(inOrder publications: [Publication], at now: Duration) -> Bool {
        let before = publications.map { ledger.removeValue(forKey: $0.topic) }
        order.removeAll { topic in publications.contains { $0.topic == topic } }
        var hasNews = false
        for (publication, old) in zip(publications, before) {
            if publication == old {
                ledger[publication.topic] = publication
                order.append(publication.topic)
            } else if take(publication, at: now) {
                hasNews = true
            }
        }
        return hasNews
    }

    /// Forgets what stands on a topic, which somebody else has cleared.
    mutating func forget(_ topic: String) {
        ledger[topic] = nil
        order.removeAll { $0 == topic }
        queue.removeAll { $0.publication.isRetained && $0.publication.topic == topic }
    }

    /// The session is connected and subscribed: everything retained is published again, then the events still fresh.
    mutating func connected(at now: Duration) {
        isUp = true
        connection += 1
        batchesUnderWay = 0
        lastRenewal = now
        unwanted = []
        let waiting = queue.filter {
            !$0.publication.isRetained || $0.isClearing && ledger[$0.publication.topic] == nil
        }
        let fresh = waiting.filter { $0.isClearing || now - $0.at < Self.eventLife }
        losses.outlived += waiting.count - fresh.count
        queue = order.compactMap { ledger[$0] }.map { Pending(publication: $0, at: now) } + fresh
        hasArrived = isSettled
    }

    mutating func disconnected() {
        isUp = false
        hasArrived = false
        queue.removeAll { $0.publication.isRetained && !$0.isClearing }
        shorten()
    }

    /// What is to be published now, in order; nil when there is nothing.
    mutating func takeBatch() -> Batch? {
        guard isUp, !isFinished, !queue.isEmpty else { return nil }
        let items = Array(queue.prefix(Self.batchSize))
        queue.removeFirst(items.count)
        batchesUnderWay += 1
        return Batch(items: items, connection: connection)
    }

    /// Takes in what became of a batch: what did not reach the broker is published again, unless something newer will be.
    mutating func settle(_ batch: Batch, _ outcomes: [Outcome]) {
        let isSameConnection = isUp && batch.connection == connection
        if batch.connection == connection { batchesUnderWay -= 1 }
        var isBroken = false
        var again: [Pending] = []
        for (item, outcome) in zip(batch.items, outcomes) {
            switch outcome {
            case .delivered: unwanted.remove(item.publication.topic)
            case .refused: if ledger[item.publication.topic] != nil { unwanted.insert(item.publication.topic) }
            case .unsent(let isUp):
                if !isUp { isBroken = true }
                again.append(item)
            case .uncertain:
                isBroken = true
                var item = item
                // A clearing, or a retained payload, says the same however often it is said.
                if !item.publication.isRetained, !item.isRepeat {
                    item.isRepeat = true
                    losses.repeated += 1
                }
                again.append(item)
            }
        }
        // The end of the connection may be known here before the session has told of it.
        if isBroken, isSameConnection { disconnected() }
        putBack(again, isSameConnection: isSameConnection && !isBroken)
        if isSettled { hasArrived = true }
    }

    private mutating func putBack(_ items: [Pending], isSameConnection: Bool) {
        let items = items.filter { item in
            let newest = ledger[item.publication.topic]
            if item.isClearing { return newest == nil }
            guard item.publication.isRetained else { return true }
            // After a connect the ledger is published anyway.
            return isSameConnection && newest == item.publication
        }
        // Before what came later, but not before the states that are published first after a connect.
        let place = isSameConnection ? 0 : queue.firstIndex { !$0.publication.isRetained } ?? queue.endIndex
        queue.insert(contentsOf: items, at: place)
        shorten()
    }

    /// Publishes what stands on a topic again though it has not changed.
    mutating func requeue(_ topic: String) -> Bool {
        guard isUp, let publication = ledger[topic] else { return false }
        queue.append(Pending(publication: publication, at: lastRenewal))
        return true
    }

    /// Publishes what would expire again, and what the broker did not want, when it is time.
    mutating func renew(every interval: Duration, at now: Duration) -> Bool {
        guard isUp, now - lastRenewal >= interval else { return false }
        lastRenewal = now
        let waiting = Set(queue.map(\.publication.topic))
        let due = order.compactMap { ledger[$0] }.filter {
            ($0.expiry != nil || unwanted.contains($0.topic)) && !waiting.contains($0.topic)
        }
        queue += due.map { Pending(publication: $0, at: now) }
        return !due.isEmpty
    }

    /// When ``renew(every:at:)`` has something to do next; absent while down or when nothing expires.
    func renewalDue(every interval: Duration) -> Duration? {
        guard isUp, !unwanted.isEmpty || ledger.values.contains(where: { $0.expiry != nil }) else { return nil }
        return lastRenewal + interval
    }

    /// What was lost or repeated since this was asked last.
    mutating func takeLosses() -> Losses {
        defer { losses = Losses() }
        return losses
    }

    /// Keeps what waits within its bounds; the oldest events give way, and of a retained topic all but the newest.
    private mutating func shorten() {
        if isUp, queue.count > Self.capacity {
            queue = queue.filter {
                !$0.publication.isRetained || $0.isClearing || ledger[$0.publication.topic] == $0.publication
            }
        }
        let limit = isUp ? Self.capacity : Self.eventCapacity
        var excess = queue.count { !$0.publication.isRetained } - limit
        guard excess > 0 else { return }
        losses.crowdedOut += excess
        queue.removeAll { item in
            guard excess > 0, !item.publication.isRetained else { return false }
            excess -= 1
            return true
        }
    }
}
