import Glibc
import NIOConcurrencyHelpers

/// Runs any number of sessions on one thread of its own.
///
/// An actor whose executor is the poll loop: every call into libmosquitto and every callback from it happens on that
/// thread, and the compiler knows it.
package actor MosquittoReactor {
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    private nonisolated let executor = PollExecutor()
    nonisolated let mailbox = NIOLockedValueBox<[Letter]>([])
    private let origin = ContinuousClock.now
    private let draw: BackOff.Draw

    private struct Broker: Hashable {
        let host: String
        let port: UInt16
    }

    private var sessions: [Int: Session] = [:]
    private var choices: [Broker: SharedProtocolChoice] = [:]
    /// The sessions in the order of the last wait's sockets.
    private var polled: [Int] = []
    private var nextKey = 0
    private var lastTicket = 0

    /// - Parameter draw: draws the jitter of reconnects.
    package init(draw: @escaping BackOff.Draw = { Int64.random(in: $0) }) { self.draw = draw }

    deinit { executor.stop() }

    /// What other threads have to say to the loop.
    enum Letter: Sendable {
        case resolved(session: Int, attempt: Int, addresses: [String])
        case cancelled(session: Int, ticket: Int)
    }

    /// Leaves word for the loop; callable from any thread.
    nonisolated func post(_ letter: Letter) {
        mailbox.withLockedValue { $0.append(letter) }
        executor.wake()
    }

    /// Opens a session: it connects, and goes on connecting whenever the connection is lost, until it is closed.
    package func open(_ configuration: SessionConfiguration) throws(MosquittoError) -> MosquittoSession {
        guard !configuration.clientID.isEmpty else { throw .invalid("the client id") }
        // Found out now rather than at each attempt: files that cannot be read, a will that cannot be set.
        _ = try MosquittoHandle.make(configuration, version: configuration.version, inbox: CallbackInbox())
        installHooks()
        nextKey += 1
        let (events, continuation) = AsyncStream.makeStream(
            of: SessionEvent.self,
            bufferingPolicy: .bufferingOldest(configuration.eventCapacity)
        )
        let broker = Broker(host: configuration.host, port: configuration.port)
        let shared = choices[broker] ?? SharedProtocolChoice()
        choices[broker] = shared
        let session = Session(configuration, key: nextKey, shared: shared, events: continuation)
        sessions[nextKey] = session
        beginAttempt(session)
        return MosquittoSession(key: nextKey, events: events, reactor: self)
    }

    private var hooksAreInstalled = false

    private func installHooks() {
        guard !hooksAreInstalled else { return }
        hooksAreInstalled = true
        executor.install(
            PollExecutor.Hooks(
                interest: { [weak self] in
                    self?.assumeIsolated { $0.interest() } ?? PollExecutor.Interest(sockets: [])
                },
                turn: { [weak self] ready in self?.assumeIsolated { $0.turn(ready) } }
            )
        )
    }

    /// Monotonic time on the reactor's own scale.
    var now: Duration { origin.duration(to: .now) }

    /// A number that names one request, so that it can be cancelled.
    func takeTicket() -> Int {
        lastTicket += 1
        return lastTicket
    }

    func session(_ key: Int) -> Session? { sessions[key] }
}

// MARK: - The loop

extension MosquittoReactor {
    private func interest() -> PollExecutor.Interest {
        var interest = PollExecutor.Interest(sockets: [])
        var nearest: Duration?
        polled.removeAll(keepingCapacity: true)
        for (key, session) in sessions {
            if let socket = session.socketInterest {
                interest.sockets.append(socket)
                polled.append(key)
            }
            if let deadline = session.deadline { nearest = min(nearest ?? deadline, deadline) }
        }
        if let nearest {
            let left = max(.zero, nearest - now)
            let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000
            interest.timeoutMilliseconds = Int32(clamping: milliseconds + 1)
        }
        return interest
    }

    private func turn(_ ready: [pollfd]) {
        for letter in mailbox.withLockedValue({ box in
            defer { box = [] }
            return box
        }) { open(letter) }
        let now = now
        for (key, socket) in zip(polled, ready) where socket.revents != 0 {
            guard let session = sessions[key] else { continue }
            session.serve(socket, at: now)
            settle(session)
        }
        for session in sessions.values where session.deadline.map({ $0 <= now }) ?? false {
            session.expire(at: now)
            if session.isAttemptDue(at: now) { beginAttempt(session) }
            settle(session)
        }
    }

    private func open(_ letter: Letter) {
        switch letter {
        case .resolved(let key, let attempt, let addresses):
            guard let session = sessions[key] else { return }
            session.resolved(attempt: attempt, to: addresses, at: now)
            settle(session)
        case .cancelled(let key, let ticket):
            sessions[key]?.cancel(ticket)
        }
    }

    private func beginAttempt(_ session: Session) {
        if let (name, attempt) = session.beginAttempt(at: now) {
            let key = session.key
            NameLookup.start(name) { [weak self] addresses in
                self?.post(.resolved(session: key, attempt: attempt, addresses: addresses))
            }
        }
        settle(session)
    }

    /// Deals with what the callbacks left, and with the end of a connection.
    func settle(_ session: Session) {
        session.drain(at: now)
        if session.takeArrival() {
            for other in sessions.values where other.isNeighbour(of: session) {
                other.hurry(isRestarted: session.isWaitingForBroker, at: now, draw: draw)
            }
        }
        if session.hasFailed { session.planRetry(at: now, draw: draw) }
        if session.isFinished { sessions[session.key] = nil }
    }
}
