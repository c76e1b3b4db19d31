import CMosquitto
import Glibc

/// One session on the reactor's thread: its connection, its waiters, its next attempt.
///
/// Not sendable: only the reactor touches it.
final class Session {
    typealias Outcome<Value> = (Result<Value, MosquittoError>) -> Void

    private enum Phase {
        case waiting(until: Duration)
        case resolving(attempt: Int, until: Duration)
        case connecting(Connection, until: Duration)
        case up(Connection)
        case failed(MosquittoError)
        case closed
    }

    /// A handle with what its callbacks left.
    private final class Connection {
        let inbox: CallbackInbox
        let handle: MosquittoHandle
        var lastTLSError: String?

        init(
            _ configuration: SessionConfiguration,
            version: SessionConfiguration.ProtocolVersion
        ) throws(MosquittoError) {
            inbox = CallbackInbox()
            handle = try MosquittoHandle.make(configuration, version: version, inbox: inbox)
        }
    }

    fileprivate enum Waiter {
        case acknowledgement(Outcome<Acknowledgement>)
        case subscription(filter: String, Outcome<Void>)
    }

    private struct Waiting {
        let ticket: Int
        let waiter: Waiter
        let deadline: Duration
    }

    let key: Int
    private let configuration: SessionConfiguration
    private let events: AsyncStream<SessionEvent>.Continuation
    private var version: SessionConfiguration.ProtocolVersion
    private var phase: Phase = .waiting(until: .zero)
    private var attempts = 0
    private var failures = 0
    private var shortLived = 0
    /// Since when the present or last connection has been up; absent once its end was dealt with.
    private var upSince: Duration?
    private var waiting: [Int32: Waiting] = [:]
    private var nextAcknowledgementDeadline: Duration?
    private var nextKeepAlive: Duration = .zero
    private var dropped = 0
    private var closing: (deadline: Duration, waiters: [CheckedContinuation<Void, Never>])?

    init(_ configuration: SessionConfiguration, key: Int, events: AsyncStream<SessionEvent>.Continuation) {
        self.configuration = configuration
        self.key = key
        self.events = events
        version = configuration.version
    }

    var isFinished: Bool { if case .closed = phase { true } else { false } }

    var hasFailed: Bool { if case .failed = phase { true } else { false } }

    private var connection: Connection? {
        switch phase {
        case .connecting(let connection, _), .up(let connection): connection
        case .waiting, .resolving, .failed, .closed: nil
        }
    }

    /// How often the library looks after its keep-alive: late by at most a sixth of it, and rarely.
    private var keepAliveTurn: Duration { min(.seconds(5), configuration.keepAlive / 6) }
}

// MARK: - The loop's side

extension Session {
    /// The socket to wait for, if there is one.
    var socketInterest: pollfd? {
        guard let connection else { return nil }
        let socket = connection.handle.socket
        guard socket >= 0 else { return nil }
        let events = Int16(POLLIN) | (connection.handle.wantsToWrite ? Int16(POLLOUT) : 0)
        return pollfd(fd: socket, events: events, revents: 0)
    }

    /// When the session must be looked at, whatever the sockets do.
    var deadline: Duration? {
        let own: Duration? =
            switch phase {
            case .waiting(let until), .resolving(_, let until), .connecting(_, let until): until
            case .up: [nextKeepAlive, nextAcknowledgementDeadline].compactMap { $0 }.min()
            case .failed, .closed: nil
            }
        return [own, closing?.deadline].compactMap { $0 }.min()
    }

    func isAttemptDue(at now: Duration) -> Bool {
        if case .waiting(let until) = phase, closing == nil { now >= until } else { false }
    }

    /// Starts to connect.
    ///
    /// Returns the name to look up first, if there is one, and the number of the attempt.
    func beginAttempt(at now: Duration) -> (name: String, attempt: Int)? {
        attempts += 1
        let until = now + configuration.connectTimeout
        guard NameLookup.isAddress(configuration.host) else {
            phase = .resolving(attempt: attempts, until: until)
            return (configuration.host, attempts)
        }
        connect(to: configuration.host, until: until)
        return nil
    }

    func resolved(attempt: Int, to address: String?, at now: Duration) {
        guard case .resolving(attempt, let until) = phase else { return }
        guard let address else { return phase = .failed(.nameNotFound) }
        // The name itself is needed to check a certificate. It was looked up a moment ago, so the library's own,
        // blocking look-up will not wait for a dead resolver.
        connect(to: configuration.tls == nil ? address : configuration.host, until: until)
    }

    private func connect(to host: String, until: Duration) {
        do throws(MosquittoError) {
            let connection = try Connection(configuration, version: version)
            phase = .connecting(connection, until: until)
            try connection.handle.connect(host: host, port: configuration.port, keepAlive: configuration.keepAlive)
        } catch {
            drain(at: until)
            // To an address nearby even the handshake may be over, and have failed, before the call returns.
            let isHandshake = error == .library(MOSQ_ERR_TLS.rawValue)
            phase = .failed(isHandshake ? meaning(of: MOSQ_ERR_TLS.rawValue, errno: 0) : error)
        }
    }

    /// Reads and writes what the socket is ready for.
    func serve(_ socket: pollfd, at now: Duration) {
        guard let connection else { return }
        var code: Int32 = 0
        if socket.revents & Int16(POLLIN | POLLHUP | POLLERR | POLLNVAL) != 0 { code = connection.handle.read() }
        let isSame = connection.handle.socket == socket.fd
        if code == 0, isSame, socket.revents & Int16(POLLOUT) != 0 { code = connection.handle.write() }
        finishTurn(of: connection, code, errno: errno, at: now)
    }

    /// What the callbacks left comes before the code of the call that ran them: it says more.
    private func finishTurn(of connection: Connection, _ code: Int32, errno: Int32, at now: Duration) {
        drain(connection, at: now)
        if code != 0, self.connection === connection { fail(code, errno: errno) }
    }

    /// Deals with deadlines that have passed.
    func expire(at now: Duration) {
        switch phase {
        case .resolving(_, let until) where now >= until: phase = .failed(.nameNotFound)
        case .connecting(let connection, let until):
            guard now < until else { return phase = .failed(.connectTimeout) }
            _ = connection
        case .up(let connection):
            expireWaiters(at: now)
            if now >= nextKeepAlive {
                nextKeepAlive = now + keepAliveTurn
                let code = connection.handle.keepAlive()
                finishTurn(of: connection, code, errno: errno, at: now)
            }
        case .resolving, .waiting, .failed, .closed: break
        }
        if let closing, now >= closing.deadline { finishClosing() }
    }

    private func expireWaiters(at now: Duration) {
        guard let due = nextAcknowledgementDeadline, now >= due else { return }
        for (id, entry) in waiting where now >= entry.deadline {
            waiting[id] = nil
            entry.waiter.fail(.acknowledgementTimeout)
        }
        nextAcknowledgementDeadline = waiting.values.map(\.deadline).min()
    }

    /// Takes in what the callbacks left, and ends a session whose last messages are acknowledged.
    func drain(at now: Duration) {
        if let connection { drain(connection, at: now) }
        if closing != nil, waiting.isEmpty || connection == nil { finishClosing() }
    }

    private func drain(_ connection: Connection, at now: Duration) {
        while self.connection === connection {
            let items = connection.inbox.takeAll()
            guard !items.isEmpty else { return }
            for item in items { handle(item, on: connection, at: now) }
        }
    }

    private func handle(_ item: CallbackInbox.Item, on connection: Connection, at now: Duration) {
        switch item {
        case .connected(0):
            phase = .up(connection)
            upSince = now
            nextKeepAlive = now + keepAliveTurn
            yield(.connected(version))
        case .connected(let reason):
            phase = .failed(MosquittoError(connectReason: reason))
        case .disconnected(let code):
            if case .failed = phase { return }
            fail(code, errno: 0)
        case .acknowledged(let id, let reason):
            guard let entry = waiting.removeValue(forKey: id) else { return }
            entry.waiter.acknowledge(reason)
        case .subscribed(let id, let reasons):
            guard let entry = waiting.removeValue(forKey: id) else { return }
            entry.waiter.subscribe(reasons.first ?? 128)
        case .message(let message):
            yield(.message(message))
        case .log(let text):
            if text.hasPrefix("OpenSSL Error") { connection.lastTLSError = text }
        }
    }

    private func yield(_ event: SessionEvent) {
        if dropped > 0, case .enqueued = events.yield(.dropped(dropped)) { dropped = 0 }
        if case .dropped = events.yield(event) { dropped += 1 }
    }

    private func fail(_ code: Int32, errno: Int32) {
        if case .failed = phase { return }
        phase = .failed(meaning(of: code, errno: errno))
    }

    private func meaning(of code: Int32, errno: Int32) -> MosquittoError {
        if code >= 128, let error = MosquittoError(disconnectReason: code) { return error }
        let isConnecting = if case .connecting = phase { true } else { false }
        switch code {
        case MOSQ_ERR_KEEPALIVE.rawValue: return .keepAliveTimeout
        case MOSQ_ERR_TLS.rawValue: return .tls(connection?.lastTLSError ?? "the handshake failed")
        case MOSQ_ERR_OVERSIZE_PACKET.rawValue: return .packetTooLarge
        case MOSQ_ERR_EAI.rawValue: return .nameNotFound
        case MOSQ_ERR_ERRNO.rawValue where errno == ECONNREFUSED: return .connectionRefused
        case MOSQ_ERR_ERRNO.rawValue, MOSQ_ERR_CONN_LOST.rawValue, MOSQ_ERR_NO_CONN.rawValue:
            guard isConnecting, configuration.tls != nil, let text = connection?.lastTLSError else {
                return isConnecting && errno == ECONNREFUSED ? .connectionRefused : .connectionLost
            }
            return .tls(text)
        default: return .library(code)
        }
    }

    /// Tells everybody who waits, and when the next attempt will be.
    func planRetry(at now: Duration, draw: BackOff.Draw) {
        guard case .failed(var error) = phase else { return }
        abandonWaiters(.mayHaveBeenDelivered)
        if lastedLong(at: now) {
            failures = 0
            shortLived = 0
        }
        failures += 1
        if wasUp {
            shortLived += 1
            // Brokers without MQTT 5 give no reason; several connections lost right after they came up tell the same.
            if shortLived >= 3, error == .connectionLost { error = .takenOver }
        }
        upSince = nil
        if error == .unsupportedProtocolVersion, version == .v5, configuration.fallsBackTo311 {
            version = .v311
            failures = 0
        }
        let delay = failures == 0 ? .zero : configuration.backOff.delay(afterFailures: failures, draw: draw)
        phase = .waiting(until: now + delay)
        if closing == nil { yield(.disconnected(error, retryAfter: delay)) } else { finishClosing() }
    }

    private func lastedLong(at now: Duration) -> Bool {
        upSince.map { now - $0 >= configuration.backOff.resetAfter } ?? false
    }

    private var wasUp: Bool { upSince != nil }

    private func abandonWaiters(_ error: MosquittoError) {
        let all = waiting.values.sorted { $0.ticket < $1.ticket }
        waiting = [:]
        nextAcknowledgementDeadline = nil
        for entry in all { entry.waiter.fail(error) }
    }
}

// MARK: - The owner's side

extension Session {
    func publish(
        _ message: OutboundMessage,
        ticket: Int,
        at now: Duration,
        _ outcome: @escaping Outcome<Acknowledgement>
    ) {
        request(ticket: ticket, at: now, .acknowledgement(outcome)) { connection throws(MosquittoError) in
            try connection.publish(message, version: version)
        }
    }

    func subscribe(_ subscription: Subscription, ticket: Int, at now: Duration, _ outcome: @escaping Outcome<Void>) {
        let waiter = Waiter.subscription(filter: subscription.filter, outcome)
        request(ticket: ticket, at: now, waiter) { connection throws(MosquittoError) in
            try connection.subscribe(subscription, version: version)
        }
    }

    private func request(
        ticket: Int,
        at now: Duration,
        _ waiter: Waiter,
        _ body: (borrowing MosquittoHandle) throws(MosquittoError) -> Int32
    ) {
        guard closing == nil else { return waiter.fail(.closed) }
        guard case .up(let connection) = phase else { return waiter.fail(.notConnected) }
        guard waiting.count < configuration.maximumUnacknowledged else { return waiter.fail(.tooManyUnacknowledged) }
        do throws(MosquittoError) {
            let id = try body(connection.handle)
            let deadline = now + configuration.acknowledgementTimeout
            waiting[id] = Waiting(ticket: ticket, waiter: waiter, deadline: deadline)
            nextAcknowledgementDeadline = min(nextAcknowledgementDeadline ?? deadline, deadline)
        } catch {
            waiter.fail(error)
        }
    }

    /// Ends the wait of one request; what was handed over stays handed over.
    func cancel(_ ticket: Int) {
        guard let (id, entry) = waiting.first(where: { $0.value.ticket == ticket }) else { return }
        waiting[id] = nil
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

    /// Ends without a goodbye: the broker publishes the will.
    func abandon() {
        abandonWaiters(.closed)
        phase = .closed
        events.finish()
        for waiter in closing?.waiters ?? [] { waiter.resume() }
        closing = nil
    }

    private func finishClosing() {
        if case .up(let connection) = phase { connection.handle.disconnect() }
        abandon()
    }
}

extension Session.Waiter {
    fileprivate func fail(_ error: MosquittoError) {
        switch self {
        case .acknowledgement(let outcome): outcome(.failure(error))
        case .subscription(_, let outcome): outcome(.failure(error))
        }
    }

    fileprivate func acknowledge(_ reason: Int32) {
        guard case .acknowledgement(let outcome) = self else { return }
        switch reason {
        case 16: outcome(.success(.noSubscribers))
        case 128...: outcome(.failure(.publishRefused(reason: reason)))
        default: outcome(.success(.delivered))
        }
    }

    fileprivate func subscribe(_ reason: Int32) {
        guard case .subscription(let filter, let outcome) = self else { return }
        outcome(reason < 128 ? .success(()) : .failure(.subscribeRefused(filter: filter, reason: reason)))
    }
}
