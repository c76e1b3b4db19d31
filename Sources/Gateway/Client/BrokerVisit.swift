import LockDomain
import Mosquitto
import NIOConcurrencyHelpers

/// The terminal as a client of the broker, beside the gateway and without being in its way.
package struct BrokerVisit: Sendable {
    /// For how long nothing comes before it is believed that nothing more will.
    static let patience = Duration.seconds(2)
    /// How long a broker may take until it has let us in and taken the subscriptions.
    static let entryPatience = Duration.seconds(10)

    enum Event: Sendable {
        /// Connected and subscribed; also again after a lost connection.
        case ready(MosquittoSession, SessionConfiguration.ProtocolVersion)
        case message(InboundMessage)
        /// The connection was lost; it is tried again.
        case lost(MosquittoError)
        /// Connected and subscribed, and nothing has come for a while; again after each further while.
        case quiet
        /// The limit is over.
        case timeUp
        /// There was never a connection to work with.
        case failed(ClientTrouble)
    }

    package let mqtt: GatewayConfiguration.MQTT
    private let clientID: String
    /// Whether the command line says who we are, and no configuration.
    private let hasNamedLogin: Bool
    let time: TimeSource

    /// Prepares a visit; nothing is connected to yet.
    ///
    /// - Parameters:
    ///   - mqtt: the broker and the user.
    ///   - hasNamedLogin: the command line says who we are, and no configuration.
    ///   - name: letters and digits that no other client has.
    ///   - time: both clocks.
    package init(_ mqtt: GatewayConfiguration.MQTT, hasNamedLogin: Bool = false, name: String, time: TimeSource) {
        self.mqtt = mqtt
        self.hasNamedLogin = hasNamedLogin
        clientID = "loqed-gateway-cli-\(name)"
        self.time = time
    }

    /// The broker as people know it.
    var broker: String { NetworkAddress(host: mqtt.host, port: mqtt.port).description }

    /// A topic for answers that nobody else reads.
    var answerTopic: String { "\(mqtt.responseTopicPrefix)/answers/\(clientID)" }

    /// Why there is no connection.
    func trouble(_ error: MosquittoError) -> ClientTrouble {
        ClientTrouble(error, at: mqtt, as: clientID, hasNamedLogin: hasNamedLogin)
    }

    /// Connects, subscribes, and hands over what happens until somebody is content.
    ///
    /// - Parameters:
    ///   - filters: what to subscribe to.
    ///   - limit: for how long; nil: for ever.
    ///   - handle: returns what the visit was for, or nil to go on.
    /// - Returns: what the visit was for.
    /// - Throws: what `handle` throws, and what keeps us from connecting and subscribing the first time.
    func run<Outcome: Sendable>(
        subscribingTo filters: [String],
        within limit: Duration? = nil,
        _ handle: (Event) async throws(ClientTrouble) -> Outcome?
    ) async throws(ClientTrouble) -> Outcome {
        let session: MosquittoSession
        do throws(MosquittoError) {
            session = try await MosquittoReactor().open(SessionConfiguration(mqtt, clientID: clientID))
        } catch {
            throw trouble(error)
        }
        let (events, signal) = AsyncStream.makeStream(of: Event.self)
        let result = await withTaskGroup(of: Void.self) { group -> Result<Outcome, ClientTrouble> in
            let hearing = NIOLockedValueBox(Hearing.waiting(until: time.now().uptime + Self.entryPatience))
            group.addTask { await pump(session, filters, hearing, signal) }
            group.addTask { await watchForQuiet(hearing, signal) }
            if let limit {
                let end = time.now().uptime + limit
                group.addTask { if (try? await time.sleep(end)) != nil { signal.yield(.timeUp) } }
            }
            let result = await Self.first(in: events, handle)
            await session.close(within: .seconds(2))
            group.cancelAll()
            return result
        }
        return try result.get()
    }

    private static func first<Outcome>(
        in events: AsyncStream<Event>,
        _ handle: (Event) async throws(ClientTrouble) -> Outcome?
    ) async -> Result<Outcome, ClientTrouble> {
        for await event in events {
            if case .failed(let trouble) = event { return .failure(trouble) }
            do throws(ClientTrouble) {
                if let outcome = try await handle(event) { return .success(outcome) }
            } catch {
                return .failure(error)
            }
        }
        return .failure(.interrupted)
    }

    /// Whether anything could be heard now.
    private enum Hearing {
        /// Until then the broker must have let us in.
        case waiting(until: Duration)
        case listening(since: Duration)
        /// The connection was lost, and is tried again for as long as it takes.
        case deaf
    }

    private func pump(
        _ session: MosquittoSession,
        _ filters: [String],
        _ hearing: NIOLockedValueBox<Hearing>,
        _ signal: AsyncStream<Event>.Continuation
    ) async {
        var wasReady = false
        for await event in session.events {
            switch event {
            case .connected(let version):
                do throws(SubscriptionFailure) {
                    try await subscribe(session, to: filters)
                    wasReady = true
                    hearing.withLockedValue { $0 = .listening(since: time.now().uptime) }
                    signal.yield(.ready(session, version))
                } catch {
                    switch error {
                    case .refused(let trouble): signal.yield(.failed(trouble))
                    // The events tell of a lost connection, and the next one begins anew.
                    case .lost: continue
                    }
                }
            case .disconnected(let error, _):
                if wasReady { hearing.withLockedValue { $0 = .deaf } }
                signal.yield(wasReady ? .lost(error) : .failed(trouble(error)))
            case .message(let message):
                hearing.withLockedValue { if case .listening = $0 { $0 = .listening(since: time.now().uptime) } }
                signal.yield(.message(message))
            case .dropped: continue
            }
        }
        signal.finish()
    }

    private enum SubscriptionFailure: Error {
        case refused(ClientTrouble)
        case lost
    }

    private func subscribe(
        _ session: MosquittoSession,
        to filters: [String]
    ) async throws(SubscriptionFailure) {
        for filter in filters {
            do throws(MosquittoError) {
                try await session.subscribe(Subscription(filter))
            } catch {
                switch error {
                case .subscribeRefused: throw .refused(.mayNotRead(filter, error))
                case .invalid, .library: throw .refused(trouble(error))
                default: throw .lost
                }
            }
        }
    }

    private func watchForQuiet(
        _ hearing: NIOLockedValueBox<Hearing>,
        _ signal: AsyncStream<Event>.Continuation
    ) async {
        while !Task.isCancelled {
            let now = time.now().uptime
            var next = now + Self.patience
            switch hearing.withLockedValue({ $0 }) {
            case .waiting(let end) where now >= end: return _ = signal.yield(.failed(.noAnswer(from: broker)))
            case .waiting(let end): next = min(next, end)
            case .listening(let since) where now < since + Self.patience: next = since + Self.patience
            case .listening: signal.yield(.quiet)
            case .deaf: break
            }
            guard (try? await time.sleep(next)) != nil else { return }
        }
    }
}
