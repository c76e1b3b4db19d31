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
        let version: SessionConfiguration.ProtocolVersion
        var tls = TLSDiagnosis()
        /// The broker keeps retained messages.
        var retains = true

        init(
            _ configuration: SessionConfiguration,
            version: SessionConfiguration.ProtocolVersion
        ) throws(MosquittoError) {
            inbox = CallbackInbox()
            self.version = version
            handle = try MosquittoHandle.make(configuration, version: version, inbox: inbox)
        }
    }

    enum Waiter {
        case acknowledgement(Outcome<Acknowledgement>)
        case subscription(filter: String, Outcome<Void>)
    }

    struct Waiting {
        let ticket: Int
        let waiter: Waiter
    }

    let key: Int
    let configuration: SessionConfiguration
    private let events: AsyncStream<SessionEvent>.Continuation
    /// Shared by all sessions with the same broker.
    private let shared: SharedProtocolChoice
    private var phase: Phase = .waiting(until: .zero)
    private var attempts = 0
    /// The version that the present or last attempt speaks; absent when it came to no connection.
    private var tried: SessionConfiguration.ProtocolVersion?
    private var failures: FailureCount
    /// Since when the present or last connection has been up; absent once its end was dealt with.
    private var upSince: Duration?
    var waiting: [Int32: Waiting] = [:]
    /// When the broker is taken for dead unless it acknowledges something; absent when there is nothing to acknowledge.
    var acknowledgementDeadline: Duration?
    private var nextKeepAlive: Duration = .zero
    private var hasArrived = false
    /// The last attempt did not reach the broker.
    private(set) var isWaitingForBroker = false
    /// The broker closed one connection after the other, which somebody else's connections may have been the reason for.
    private var isGivingWay = false
    private var dropped = 0
    var closing: (deadline: Duration, waiters: [CheckedContinuation<Void, Never>])?

    init(
        _ configuration: SessionConfiguration,
        key: Int,
        shared: SharedProtocolChoice,
        events: AsyncStream<SessionEvent>.Continuation
    ) {
        self.configuration = configuration
        self.key = key
        self.shared = shared
        self.events = events
        failures = FailureCount(configuration.backOff)
    }

    var isFinished: Bool { if case .closed = phase { true } else { false } }

    var hasFailed: Bool { if case .failed = phase { true } else { false } }

    private var connection: Connection? {
        switch phase {
        case .connecting(let connection, _), .up(let connection): connection
        case .waiting, .resolving, .failed, .closed: nil
        }
    }

    /// The broker keeps retained messages, as far as it has said.
    var brokerRetains: Bool { connection?.retains ?? true }

    /// Does something with the connection, when there is one that requests can be made on.
    func withConnection<Value>(
        _ body: (borrowing MosquittoHandle, SessionConfiguration.ProtocolVersion) throws(MosquittoError) -> Value
    ) throws(MosquittoError) -> Value {
        guard case .up(let connection) = phase else { throw .notConnected }
        return try body(connection.handle, connection.version)
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
            case .up: [nextKeepAlive, acknowledgementDeadline].compactMap { $0 }.min()
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
        tried = nil
        let until = now + configuration.connectTimeout
        guard NameLookup.isAddress(configuration.host) else {
            phase = .resolving(attempt: attempts, until: until)
            return (configuration.host, attempts)
        }
        connect(to: configuration.host, until: until)
        return nil
    }

    /// The name was looked up; each attempt takes the next of its addresses, for not on all of them the broker may listen.
    func resolved(attempt: Int, to addresses: [String], at now: Duration) {
        guard case .resolving(attempt, let until) = phase else { return }
        guard !addresses.isEmpty else { return phase = .failed(.nameNotFound) }
        let address = addresses[(attempt - 1) % addresses.count]
        // The name itself is needed to check a certificate. It was looked up a moment ago, so the library's own,
        // blocking look-up will not wait for a dead resolver.
        connect(to: configuration.tls == nil ? address : configuration.host, until: until)
    }

    private func connect(to host: String, until: Duration) {
        do throws(MosquittoError) {
            let version = shared.version(for: configuration)
            tried = version
            let connection = try Connection(configuration, version: version)
            phase = .connecting(connection, until: until)
            try connection.handle.connect(host: host, port: configuration.port, keepAlive: configuration.keepAlive)
        } catch {
            drain(at: until)
            guard case .connecting(let connection, _) = phase else { return phase = .failed(error) }
            // To an address nearby even the handshake may be over, and have failed, before the call returns.
            let isHandshake = error == .library(MOSQ_ERR_TLS.rawValue) || error == .connectFailed(errno: EPROTO)
            let isRefusedByPeer = error == .connectFailed(errno: EPROTO)
            let failure = isHandshake ? tlsFailure(of: connection, isRefusedByPeer: isRefusedByPeer) : nil
            phase = .failed(failure ?? error)
        }
    }

    /// Whether the session has its connection since this was asked last.
    func takeArrival() -> Bool {
        defer { hasArrived = false }
        return hasArrived
    }

    func isNeighbour(of other: Session) -> Bool { shared === other.shared && self !== other }

    /// The broker is there, as another session has found; whoever waits for it goes now, and not when the back-off ends.
    ///
    /// Else readers would see some topics as they are and others as they were, for half a minute. One that was away for the
    /// other session closed our connections itself, so that nobody else is to be given way to.
    func hurry(isRestarted: Bool, at now: Duration, draw: BackOff.Draw) {
        guard isWaitingForBroker || isGivingWay && isRestarted, case .waiting(let until) = phase else { return }
        phase = .waiting(until: min(until, now + .milliseconds(draw(0...250))))
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
        drain(connection, at: now, errno: errno)
        if code != 0, self.connection === connection { fail(code, errno: errno) }
    }

    /// Deals with deadlines that have passed.
    func expire(at now: Duration) {
        switch phase {
        case .resolving(_, let until) where now >= until: phase = .failed(.nameNotFound)
        case .connecting(let connection, let until):
            guard now >= until else { return }
            _ = connection
            phase = .failed(.connectTimeout)
        case .up(let connection):
            if let due = acknowledgementDeadline, now >= due { return phase = .failed(.acknowledgementTimeout) }
            if now >= nextKeepAlive {
                nextKeepAlive = now + keepAliveTurn
                let code = connection.handle.keepAlive()
                finishTurn(of: connection, code, errno: errno, at: now)
            }
        case .resolving, .waiting, .failed, .closed: break
        }
        if let closing, now >= closing.deadline { finishClosing() }
    }

    /// Takes in what the callbacks left, and ends a session whose last messages are acknowledged.
    func drain(at now: Duration) {
        if let connection { drain(connection, at: now) }
        if closing != nil, waiting.isEmpty || connection == nil { finishClosing() }
    }

    private func drain(_ connection: Connection, at now: Duration, errno: Int32 = 0) {
        while self.connection === connection {
            let items = connection.inbox.takeAll()
            guard !items.isEmpty else { return }
            for item in items { handle(item, on: connection, at: now, errno: errno) }
        }
    }

    private func handle(_ item: CallbackInbox.Item, on connection: Connection, at now: Duration, errno: Int32) {
        switch item {
        case .connected(0, let retains):
            guard shared.connected(self, connection.version) else {
                // With a goodbye, so that the broker drops the will.
                connection.handle.disconnect()
                return phase = .failed(.closedWithoutAnswer)
            }
            connection.retains = retains
            phase = .up(connection)
            upSince = now
            nextKeepAlive = now + keepAliveTurn
            hasArrived = true
            yield(.connected(connection.version))
        case .connected(let reason, _):
            phase = .failed(MosquittoError(connectReason: reason))
        case .disconnected(let code):
            if case .failed = phase { return }
            fail(code, errno: errno)
        case .acknowledged(let id, let reason):
            answered(id, at: now)?.acknowledge(reason)
        case .subscribed(let id, let reasons):
            answered(id, at: now)?.subscribe(reasons.first ?? 128)
        case .message(let message):
            yield(.message(message))
        case .log(let text, let verifyResult): connection.tls.note(text, verifyResult: verifyResult)
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
        guard case .connecting(let connection, _) = phase else { return meaningOfEnd(code) }
        if let failure = tlsFailure(of: connection, isRefusedByPeer: errno == EPROTO) { return failure }
        switch code {
        case MOSQ_ERR_EAI.rawValue: return .nameNotFound
        case MOSQ_ERR_ERRNO.rawValue, MOSQ_ERR_CONN_LOST.rawValue, MOSQ_ERR_NO_CONN.rawValue:
            switch errno {
            case ECONNREFUSED: return .connectionRefused
            case ETIMEDOUT: return .connectTimeout
            case EHOSTUNREACH, ENETUNREACH: return .connectFailed(errno: errno)
            default: return .closedWithoutAnswer
            }
        case MOSQ_ERR_PROTOCOL.rawValue, MOSQ_ERR_MALFORMED_PACKET.rawValue: return .notMQTT
        case MOSQ_ERR_KEEPALIVE.rawValue: return .connectTimeout
        default: return .library(code)
        }
    }

    private func meaningOfEnd(_ code: Int32) -> MosquittoError {
        switch code {
        case MOSQ_ERR_KEEPALIVE.rawValue: .keepAliveTimeout
        case MOSQ_ERR_OVERSIZE_PACKET.rawValue: .packetTooLarge
        case MOSQ_ERR_ERRNO.rawValue, MOSQ_ERR_CONN_LOST.rawValue, MOSQ_ERR_NO_CONN.rawValue: .connectionLost
        case MOSQ_ERR_TLS.rawValue where configuration.tls != nil: .connectionLost
        default: .library(code)
        }
    }

    private func tlsFailure(of connection: Connection, isRefusedByPeer: Bool) -> MosquittoError? {
        guard let tls = configuration.tls else { return nil }
        return connection.tls.failure(
            hasClientCertificate: tls.certificateFile != nil,
            isRefusedByPeer: isRefusedByPeer
        ).map(MosquittoError.tls)
    }

    /// Tells everybody who waits, and when the next attempt will be.
    func planRetry(at now: Duration, draw: BackOff.Draw) {
        guard case .failed(let error) = phase else { return }
        let lifetime = upSince.map { now - $0 }
        let wasPublishing = !waiting.isEmpty
        upSince = nil
        abandonWaiters(.mayHaveBeenDelivered)
        let isRetriedAtOnce = shared.ended(self, error, with: tried, wasUp: lifetime != nil)
        var (meaning, delay) = failures.note(error, lifetime: lifetime, wasPublishing: wasPublishing, draw: draw)
        if isRetriedAtOnce { delay = .zero }
        isWaitingForBroker = lifetime == nil && error.isUnreachability
        isGivingWay = meaning == .closedRepeatedly
        phase = .waiting(until: now + delay)
        if closing == nil { yield(.disconnected(meaning, retryAfter: delay)) } else { finishClosing() }
    }

    private func abandonWaiters(_ error: MosquittoError) {
        let all = waiting.values.sorted { $0.ticket < $1.ticket }
        waiting = [:]
        acknowledgementDeadline = nil
        for entry in all { entry.waiter.fail(error) }
    }

    /// Ends without a goodbye: the broker publishes the will.
    func abandon() {
        abandonWaiters(.closed)
        if upSince != nil { _ = shared.ended(self, .closed, with: nil, wasUp: true) }
        upSince = nil
        phase = .closed
        events.finish()
        for waiter in closing?.waiters ?? [] { waiter.resume() }
        closing = nil
    }

    private func finishClosing() {
        if case .up(let connection) = phase { connection.handle.disconnect() }
        abandon()
    }

    private func answered(_ id: Int32, at now: Duration) -> Waiter? {
        guard let entry = waiting.removeValue(forKey: id) else { return nil }
        acknowledgementDeadline = waiting.isEmpty ? nil : now + configuration.acknowledgementTimeout
        return entry.waiter
    }
}
