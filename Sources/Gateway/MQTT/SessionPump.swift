import LockDomain
import LockMessages
import Logging
import Mosquitto
import NIOConcurrencyHelpers

/// Keeps one session fed: subscribes and publishes after each connect, passes messages on, renews what expires.
final class SessionPump: Sendable {
    /// How often retained messages with an expiry are published again.
    static let renewal = Duration.seconds(60)

    private let name: String
    private let session: MosquittoSession
    private let subscriptions: [Subscription]
    private let receive: @Sendable (InboundMessage) -> Void
    private let time: TimeSource
    private let logger: Logger
    private let outbox = NIOLockedValueBox(Outbox())
    private let wake: (stream: AsyncStream<Void>, signal: AsyncStream<Void>.Continuation)
    private let flushed: (stream: AsyncStream<Void>, signal: AsyncStream<Void>.Continuation)

    /// Prepares a session; `name` says in the log what it is for.
    init(
        name: String,
        session: MosquittoSession,
        subscriptions: [Subscription],
        time: TimeSource,
        logger: Logger,
        receive: @escaping @Sendable (InboundMessage) -> Void
    ) {
        self.name = name
        self.session = session
        self.subscriptions = subscriptions
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

    /// Publishes what stands in the ledger anyway once more.
    func republish(_ publication: Publication) {
        if outbox.withLockedValue({ $0.requeue(publication) }) { wake.signal.yield() }
    }

    var isUp: Bool { outbox.withLockedValue { $0.isUp } }

    /// Returns once everything has been published after a connect for the first time.
    func firstFlush() async {
        for await _ in flushed.stream { return }
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
    func close(lastWords: [Publication], within limit: Duration) async {
        if isUp { _ = await session.publish(lastWords.map(OutboundMessage.init)) }
        await session.close(within: limit)
    }

    // MARK: What the session says

    private func handle(_ event: SessionEvent) async {
        switch event {
        case .connected(let version):
            let protocolName = version == .v5 ? "5" : "3.1.1"
            logger.info(
                "connected to the broker",
                metadata: ["mqtt.session": "\(name)", "mqtt.protocol": "\(protocolName)"]
            )
            await subscribe()
            let now = time.now().uptime
            outbox.withLockedValue { $0.connected(at: now) }
            wake.signal.yield()
        case .disconnected(let error, let retryAfter):
            outbox.withLockedValue { $0.disconnected() }
            let seconds = retryAfter.components.seconds
            logger.warning(
                "no connection to the broker",
                metadata: ["mqtt.session": "\(name)", "reason": "\(error)", "retry.seconds": "\(seconds)"]
            )
        case .message(let message): receive(message)
        case .dropped(let count):
            logger.warning("messages were dropped", metadata: ["mqtt.session": "\(name)", "count": "\(count)"])
        }
    }

    private func subscribe() async {
        for subscription in subscriptions {
            do throws(MosquittoError) {
                try await session.subscribe(subscription)
            } catch {
                logger.warning("not subscribed", metadata: ["mqtt.session": "\(name)", "reason": "\(error)"])
            }
        }
    }

    // MARK: What goes out

    private func write() async {
        for await _ in wake.stream {
            while true {
                let batch = outbox.withLockedValue { $0.takeBatch() }
                guard !batch.isEmpty else { break }
                await write(batch)
            }
            if isUp { flushed.signal.yield() }
        }
    }

    private func write(_ batch: [Publication]) async {
        let results = await session.publish(batch.map(OutboundMessage.init))
        var unsent: [Publication] = []
        for (publication, result) in zip(batch, results) {
            guard case .failure(let error) = result else { continue }
            switch error {
            case .notConnected, .tooManyUnacknowledged: unsent.append(publication)
            default:
                logger.warning("not published", metadata: ["mqtt.topic": "\(publication.topic)", "reason": "\(error)"])
            }
        }
        let now = time.now().uptime
        if !unsent.isEmpty { outbox.withLockedValue { $0.putBack(unsent, at: now) } }
    }

    private func renew() async {
        while !Task.isCancelled {
            let now = time.now().uptime
            let (isDue, next) = outbox.withLockedValue { outbox in
                (outbox.renew(every: Self.renewal, at: now), outbox.renewalDue(every: Self.renewal))
            }
            if isDue { wake.signal.yield() }
            guard (try? await time.sleep(next ?? now + Self.renewal)) != nil else { return }
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
}
