import LockDomain
import LockMessages
import Logging
import Mosquitto
import NIOConcurrencyHelpers

/// Keeps one session fed: subscribes and publishes after each connect, passes messages on, renews what expires.
final class SessionPump: Sendable {
    /// How often retained messages with an expiry are published again.
    static let renewal = Duration.seconds(60)
    /// How much is said at a time, beside what is under way from the outbox.
    private static let sayingSize = 100

    private let peer: BrokerWatch.Peer
    private let session: MosquittoSession
    private let subscriptions: NIOLockedValueBox<[Subscription]>
    /// Where what is published is no answer to somebody, besides the retained topics.
    private let eventTopic: String?
    private let reporter: BrokerReporter
    private let receive: @Sendable (InboundMessage) -> Void
    private let time: TimeSource
    private let logger: Logger
    private let outbox = NIOLockedValueBox(Outbox())
    private let refusals = NIOLockedValueBox(RefusalBook())
    private let wake: (stream: AsyncStream<Void>, signal: AsyncStream<Void>.Continuation)
    private let flushed: (stream: AsyncStream<Void>, signal: AsyncStream<Void>.Continuation)

    /// Prepares a session; `peer` says what it is for.
    init(
        peer: BrokerWatch.Peer,
        session: MosquittoSession,
        subscriptions: [Subscription],
        eventTopic: String? = nil,
        reporter: BrokerReporter,
        time: TimeSource,
        logger: Logger,
        receive: @escaping @Sendable (InboundMessage) -> Void
    ) {
        self.peer = peer
        self.session = session
        self.subscriptions = NIOLockedValueBox(subscriptions)
        self.eventTopic = eventTopic
        self.reporter = reporter
        self.time = time
        self.logger = logger
        self.receive = receive
        let wake = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.wake = (wake.stream, wake.continuation)
        let flushed = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.flushed = (flushed.stream, flushed.continuation)
    }

    /// Takes a publication; it goes out in the order of the calls.
    func publish(_ publication: Publication) {
        let now = time.now().uptime
        if outbox.withLockedValue({ $0.take(publication, at: now) }) { wake.signal.yield() }
    }

    /// Takes retained publications that keep their order after each connect.
    func publish(inOrder publications: [Publication]) {
        let now = time.now().uptime
        if outbox.withLockedValue({ $0.take(inOrder: publications, at: now) }) { wake.signal.yield() }
    }

    /// Takes what clears a topic, and keeps it until there is a connection.
    func clear(_ clearing: Publication) {
        let now = time.now().uptime
        if outbox.withLockedValue({ $0.clear(clearing, at: now) }) { wake.signal.yield() }
    }

    /// Publishes what stands on a topic once more.
    func republish(_ topic: String) {
        if outbox.withLockedValue({ $0.requeue(topic) }) { wake.signal.yield() }
    }

    /// Publishes no more on a topic that somebody else has cleared.
    func forget(_ topic: String) { outbox.withLockedValue { $0.forget(topic) } }

    /// Subscribes to more, now and after every later connect.
    func add(_ more: [Subscription]) async {
        subscriptions.withLockedValue { all in
            all += more.filter { new in !all.contains { $0.filter == new.filter } }
        }
        if isUp { await subscribe(to: more) }
    }

    /// How many messages wait for the broker.
    var waiting: Int { outbox.withLockedValue { $0.waiting } }

    var isUp: Bool { outbox.withLockedValue { $0.isUp } }

    /// Everything was published that there is, on the present connection.
    var isSettled: Bool { outbox.withLockedValue { $0.isSettled } }

    /// Everything that there was at the time was published on the present connection.
    var hasArrived: Bool { outbox.withLockedValue { $0.hasArrived } }

    /// Waits until everything has been published on one connection; false when the session ended before.
    ///
    /// For one caller.
    func settled() async -> Bool {
        if isSettled { return true }
        for await _ in flushed.stream where isSettled { return true }
        return false
    }

    /// Runs until the session is closed or the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.write() }
            group.addTask { await self.renew() }
            for await event in session.events { await handle(event) }
            wake.signal.finish()
            flushed.signal.finish()
            group.cancelAll()
        }
    }

    /// Publishes last words, waits for their acknowledgement and ends the session without its will.
    ///
    /// - Parameters:
    ///   - lastWords: said after everything else.
    ///   - limit: how long all may take.
    ///   - will: whether, without an acknowledgement in time, it ends as by a crash, so that the will says what was to be
    ///     said. What is gone on purpose has none to say it.
    /// - Returns: whether the broker has them.
    @discardableResult
    func close(lastWords: [Publication], within limit: Duration, orByWill will: Bool = true) async -> Bool {
        let deadline = time.now().uptime + limit
        let areSaid = await withTaskGroup(of: Bool.self) { group in
            group.addTask { await self.sayLast(lastWords) }
            group.addTask {
                try? await self.time.sleep(deadline)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
        if areSaid || !will {
            await session.close(within: max(.zero, deadline - time.now().uptime))
        } else {
            await session.abandon()
        }
        return areSaid
    }

    private func sayLast(_ words: [Publication]) async -> Bool {
        while let batch = outbox.withLockedValue({ $0.takeBatch() }) { await write(batch) }
        outbox.withLockedValue { $0.finish() }
        var areLast = false
        var areSaid = false
        while isUp, !areLast {
            // A batch that was taken out before, or a renewal, may overtake them; then they are said again.
            areLast = outbox.withLockedValue(\.isIdle) || Task.isCancelled
            areSaid = await say(words)
        }
        return areSaid
    }

    /// Publishes something once, and not again after the next connect; returns whether the broker has it.
    @discardableResult
    func say(_ publications: [Publication]) async -> Bool {
        var areSaid = true
        for start in stride(from: 0, to: publications.count, by: Self.sayingSize) {
            let some = publications[start...].prefix(Self.sayingSize)
            let results = await session.publish(some.map { OutboundMessage($0) })
            if !results.allSatisfy({ (try? $0.get()) != nil }) { areSaid = false }
        }
        return areSaid
    }

    // MARK: What the session says

    private func handle(_ event: SessionEvent) async {
        switch event {
        case .connected(let version):
            reporter.connected(peer, version)
            await subscribe(to: subscriptions.withLockedValue { $0 })
            let now = time.now().uptime
            let losses = outbox.withLockedValue { outbox in
                outbox.connected(at: now)
                return outbox.takeLosses()
            }
            reporter.losses(losses, of: peer)
            wake.signal.yield()
        case .disconnected(let error, let retryAfter):
            outbox.withLockedValue { $0.disconnected() }
            reporter.disconnected(peer, error, retryAfter: retryAfter)
        case .message(let message): receive(message)
        case .dropped(let count):
            logger.warning("messages were dropped", metadata: ["mqtt.session": "\(peer.name)", "count": "\(count)"])
        }
    }

    private func subscribe(to subscriptions: [Subscription]) async {
        var outcomes: [(topic: String, refusal: BrokerTrouble.Refusal?)] = []
        for subscription in subscriptions {
            do throws(MosquittoError) {
                try await session.subscribe(subscription)
                outcomes.append((subscription.filter, nil))
            } catch {
                // Otherwise the connection has ended, and the next one tries again.
                if let refusal = BrokerTrouble.Refusal(error) { outcomes.append((subscription.filter, refusal)) }
            }
        }
        note(outcomes, .subscribing)
    }

    private func note(
        _ outcomes: [(topic: String, refusal: BrokerTrouble.Refusal?)],
        _ direction: RefusalBook.Direction
    ) {
        let (change, all) = refusals.withLockedValue { ($0.note(outcomes, direction), $0.troubles) }
        reporter.refusals(change, all, of: peer)
    }

    // MARK: What goes out

    private func write() async {
        for await _ in wake.stream {
            while let batch = outbox.withLockedValue({ $0.takeBatch() }) { await write(batch) }
            guard isSettled else { continue }
            flushed.signal.yield()
            reporter.settled()
        }
    }

    private func write(_ batch: Outbox.Batch) async {
        let results = await session.publish(batch.items.map { OutboundMessage($0) })
        let becameOf = results.map(Outbox.Outcome.init)
        outbox.withLockedValue { $0.settle(batch, becameOf) }
        reporter.published(becameOf)
        var outcomes: [(topic: String, refusal: BrokerTrouble.Refusal?)] = []
        for (item, result) in zip(batch.items, results) {
            let refusal: BrokerTrouble.Refusal?
            switch result {
            case .success(.deliveredUnretained): refusal = .notRetained
            case .success: refusal = nil
            case .failure(let error):
                guard let reason = BrokerTrouble.Refusal(error) else { continue }
                refusal = reason
            }
            let topic = item.publication.topic
            if item.publication.isRetained || topic == eventTopic {
                outcomes.append((topic, refusal))
            } else if let refusal {
                reporter.answerRefused(refusal, on: topic)
            }
        }
        note(outcomes, .publishing)
    }

    private func renew() async {
        while !Task.isCancelled {
            let now = time.now().uptime
            let (isDue, next) = outbox.withLockedValue { outbox in
                (outbox.renew(every: Self.renewal, at: now), outbox.renewalDue(every: Self.renewal))
            }
            if isDue { wake.signal.yield() }
            let denied = refusals.withLockedValue { $0.topics(.subscribing) }
            if isUp, !denied.isEmpty {
                await subscribe(to: subscriptions.withLockedValue { $0 }.filter { denied.contains($0.filter) })
            }
            reporter.writeDue()
            guard (try? await time.sleep(next ?? now + Self.renewal)) != nil else { return }
        }
    }
}

extension Outbox.Outcome {
    fileprivate init(_ result: Result<Acknowledgement, MosquittoError>) {
        switch result {
        case .success: self = .delivered
        case .failure(.tooManyUnacknowledged): self = .unsent(isUp: true)
        case .failure(.notConnected), .failure(.closed): self = .unsent(isUp: false)
        case .failure(.mayHaveBeenDelivered): self = .uncertain
        case .failure: self = .refused
        }
    }
}

extension OutboundMessage {
    init(_ publication: Publication) {
        self.init(
            topic: publication.topic,
            payload: publication.payload,
            isRetained: publication.isRetained,
            properties: MessageProperties(
                expiry: publication.expiry,
                correlationData: publication.correlationData
            )
        )
    }

    /// With the user property `repeated` on what the broker may have already.
    init(_ pending: Outbox.Pending) {
        self.init(pending.publication)
        if pending.isRepeat { properties.userProperties = [UserProperty("repeated", "true")] }
    }
}
