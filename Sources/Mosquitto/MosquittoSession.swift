/// One session with a broker, from the outside.
package struct MosquittoSession: Sendable {
    private let key: Int
    /// What happens to the session, in order.
    ///
    /// One owner reads it; a cancelled reader ends it for good.
    package let events: AsyncStream<SessionEvent>
    private let reactor: MosquittoReactor

    init(key: Int, events: AsyncStream<SessionEvent>, reactor: MosquittoReactor) {
        self.key = key
        self.events = events
        self.reactor = reactor
    }

    /// Hands a message to the broker and waits for its acknowledgement (QoS 0: until it is written).
    ///
    /// While there is no connection it fails at once and nothing is kept for later.
    @discardableResult
    package func publish(_ message: OutboundMessage) async throws(MosquittoError) -> Acknowledgement {
        try await reactor.publish(message, on: key).get()
    }

    /// Hands several messages over in this order, then waits for all; the results are in the same order.
    package func publish(_ messages: [OutboundMessage]) async -> [Result<Acknowledgement, MosquittoError>] {
        await reactor.publish(messages, on: key)
    }

    /// Subscribes and waits for the broker's word.
    package func subscribe(_ subscription: Subscription) async throws(MosquittoError) {
        try await reactor.subscribe(subscription, on: key).get()
    }

    /// Waits up to `limit` for what is unacknowledged, says goodbye (no will) and ends the events.
    package func close(within limit: Duration = .seconds(2)) async { await reactor.close(key, within: limit) }

    /// Drops the connection without a goodbye, as a crash would: the broker publishes the will.
    package func abandon() async { await reactor.abandon(key) }
}

/// Gathers the results of several requests.
///
/// Used on the reactor's thread alone.
private final class Collector {
    private var results: [Result<Acknowledgement, MosquittoError>?]
    private var missing: Int
    private let done: ([Result<Acknowledgement, MosquittoError>]) -> Void

    init(count: Int, _ done: @escaping ([Result<Acknowledgement, MosquittoError>]) -> Void) {
        results = Array(repeating: nil, count: count)
        missing = count
        self.done = done
        if count == 0 { done([]) }
    }

    func take(_ result: Result<Acknowledgement, MosquittoError>, at index: Int) {
        results[index] = result
        missing -= 1
        if missing == 0 { done(results.compactMap { $0 }) }
    }
}

extension MosquittoReactor {
    func publish(_ message: OutboundMessage, on key: Int) async -> Result<Acknowledgement, MosquittoError> {
        let ticket = takeTicket()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { outcome in
                guard let session = session(key) else { return outcome.resume(returning: .failure(.closed)) }
                session.publish(message, ticket: ticket, at: now) { outcome.resume(returning: $0) }
                settle(session)
                if Task.isCancelled { session.cancel(ticket) }
            }
        } onCancel: {
            post(.cancelled(session: key, ticket: ticket))
        }
    }

    func publish(_ messages: [OutboundMessage], on key: Int) async -> [Result<Acknowledgement, MosquittoError>] {
        let tickets = messages.map { _ in takeTicket() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation {
                (all: CheckedContinuation<[Result<Acknowledgement, MosquittoError>], Never>) in
                guard let session = session(key) else {
                    return all.resume(returning: messages.map { _ in .failure(.closed) })
                }
                let collector = Collector(count: messages.count) { all.resume(returning: $0) }
                for (index, message) in messages.enumerated() {
                    session.publish(message, ticket: tickets[index], at: now) { collector.take($0, at: index) }
                }
                settle(session)
                if Task.isCancelled { tickets.forEach(session.cancel) }
            }
        } onCancel: {
            for ticket in tickets { post(.cancelled(session: key, ticket: ticket)) }
        }
    }

    func subscribe(_ subscription: Subscription, on key: Int) async -> Result<Void, MosquittoError> {
        let ticket = takeTicket()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { outcome in
                guard let session = session(key) else { return outcome.resume(returning: .failure(.closed)) }
                session.subscribe(subscription, ticket: ticket, at: now) { outcome.resume(returning: $0) }
                settle(session)
                if Task.isCancelled { session.cancel(ticket) }
            }
        } onCancel: {
            post(.cancelled(session: key, ticket: ticket))
        }
    }

    func close(_ key: Int, within limit: Duration) async {
        await withCheckedContinuation { outcome in
            guard let session = session(key) else { return outcome.resume() }
            session.close(by: now + limit, outcome)
            settle(session)
        }
    }

    func abandon(_ key: Int) {
        guard let session = session(key) else { return }
        session.abandon()
        settle(session)
    }
}
