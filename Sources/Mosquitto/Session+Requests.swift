// What the session's owner asks of it.

extension Session {
    func publish(
        _ message: OutboundMessage,
        ticket: Int,
        at now: Duration,
        _ outcome: @escaping Outcome<Acknowledgement>
    ) {
        // The library sends it unretained then, and says nothing.
        let isLeftUnretained = message.isRetained && !brokerRetains
        let waiter = Waiter.acknowledgement { result in
            outcome(isLeftUnretained ? result.map { _ in .deliveredUnretained } : result)
        }
        request(ticket: ticket, at: now, waiter) { handle, version throws(MosquittoError) in
            try handle.publish(message, version: version)
        }
    }

    func subscribe(_ subscription: Subscription, ticket: Int, at now: Duration, _ outcome: @escaping Outcome<Void>) {
        let waiter = Waiter.subscription(filter: subscription.filter, outcome)
        request(ticket: ticket, at: now, waiter) { handle, version throws(MosquittoError) in
            try handle.subscribe(subscription, version: version)
        }
    }

    private func request(
        ticket: Int,
        at now: Duration,
        _ waiter: Waiter,
        _ body: (borrowing MosquittoHandle, SessionConfiguration.ProtocolVersion) throws(MosquittoError) -> Int32
    ) {
        guard closing == nil else { return waiter.fail(.closed) }
        do throws(MosquittoError) {
            let id = try withConnection { handle, version throws(MosquittoError) in
                guard waiting.count < configuration.maximumUnacknowledged else { throw .tooManyUnacknowledged }
                return try body(handle, version)
            }
            waiting[id] = Waiting(ticket: ticket, waiter: waiter)
            if acknowledgementDeadline == nil {
                acknowledgementDeadline = now + configuration.acknowledgementTimeout
            }
        } catch {
            waiter.fail(error)
        }
    }

    /// Ends the wait of one request; what was handed over stays handed over.
    func cancel(_ ticket: Int) {
        guard let (id, entry) = waiting.first(where: { $0.value.ticket == ticket }) else { return }
        waiting[id] = nil
        if waiting.isEmpty { acknowledgementDeadline = nil }
        entry.waiter.fail(.cancelled)
    }

    /// Waits for what is unacknowledged, says goodbye and ends.
    func close(by deadline: Duration, _ outcome: CheckedContinuation<Void, Never>) {
        if isFinished { return outcome.resume() }
        if closing == nil {
            closing = (deadline, [outcome])
        } else {
            closing?.waiters.append(outcome)
        }
    }
}

extension Session.Waiter {
    func fail(_ error: MosquittoError) {
        switch self {
        case .acknowledgement(let outcome): outcome(.failure(error))
        case .subscription(_, let outcome): outcome(.failure(error))
        }
    }

    func acknowledge(_ reason: Int32) {
        guard case .acknowledgement(let outcome) = self else { return }
        switch reason {
        case 16: outcome(.success(.noSubscribers))
        case 128...: outcome(.failure(.publishRefused(reason: reason)))
        default: outcome(.success(.delivered))
        }
    }

    func subscribe(_ reason: Int32) {
        guard case .subscription(let filter, let outcome) = self else { return }
        outcome(reason < 128 ? .success(()) : .failure(.subscribeRefused(filter: filter, reason: reason)))
    }
}
