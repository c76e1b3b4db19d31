import LockDomain
import Mosquitto
import NIOConcurrencyHelpers

/// The terminal as a client of the broker, beside the gateway and without being in its way.
package struct BrokerVisit: Sendable {
    /// For how long nothing comes before it is believed that nothing more will.
    static let patience = Duration.seconds(2)

    enum Event: Sendable {
        /// Connected and subscribed; also again after a lost connection.
        case ready(MosquittoSession)
        case message(InboundMessage)
        /// The connection was lost; it is tried again.
        case lost(MosquittoError)
        /// Nothing has come for a while.
        case quiet
        /// The limit is over.
        case timeUp
        /// There was never a connection to work with.
        case failed(ClientTrouble)
    }

    package let mqtt: GatewayConfiguration.MQTT
    private let clientID: String
    let time: TimeSource

    /// Prepares a visit; nothing is connected to yet.
    ///
    /// - Parameters:
    ///   - mqtt: the broker and the user.
    ///   - name: letters and digits that no other client has.
    ///   - time: both clocks.
    package init(_ mqtt: GatewayConfiguration.MQTT, name: String, time: TimeSource) {
        self.mqtt = mqtt
        clientID = "loqed-gateway-cli-\(name)"
        self.time = time
    }

    /// The broker as people know it.
    var broker: String { NetworkAddress(host: mqtt.host, port: mqtt.port).description }

    /// A topic for answers that nobody else reads.
    var answerTopic: String { "\(mqtt.responseTopicPrefix)/answers/\(clientID)" }

    /// Why there is no connection.
    func trouble(_ error: MosquittoError) -> ClientTrouble { ClientTrouble(error, at: mqtt, as: clientID) }

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
            let latest = NIOLockedValueBox(time.now().uptime)
            group.addTask { await pump(session, filters, latest, signal) }
            group.addTask { await watchForQuiet(latest, signal) }
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

    private func pump(
        _ session: MosquittoSession,
        _ filters: [String],
        _ latest: NIOLockedValueBox<Duration>,
        _ signal: AsyncStream<Event>.Continuation
    ) async {
        var wasReady = false
        for await event in session.events {
            latest.withLockedValue { $0 = time.now().uptime }
            switch event {
            case .connected:
                if let trouble = await subscribe(session, to: filters) {
                    signal.yield(.failed(trouble))
                } else {
                    wasReady = true
                    signal.yield(.ready(session))
                }
            case .disconnected(let error, _):
                signal.yield(wasReady ? .lost(error) : .failed(trouble(error)))
            case .message(let message): signal.yield(.message(message))
            case .dropped: continue
            }
        }
        signal.finish()
    }

    private func subscribe(_ session: MosquittoSession, to filters: [String]) async -> ClientTrouble? {
        for filter in filters {
            do throws(MosquittoError) {
                try await session.subscribe(Subscription(filter))
            } catch {
                switch error {
                case .subscribeRefused: return .mayNotRead(filter, error)
                // The events tell of a lost connection, and the next one begins anew.
                default: return nil
                }
            }
        }
        return nil
    }

    private func watchForQuiet(
        _ latest: NIOLockedValueBox<Duration>,
        _ signal: AsyncStream<Event>.Continuation
    ) async {
        var told: Duration?
        while !Task.isCancelled {
            let now = time.now().uptime
            let since = latest.withLockedValue { $0 }
            if now >= since + Self.patience {
                if told != since { signal.yield(.quiet) }
                told = since
            }
            let next = told == since ? now + Self.patience : since + Self.patience
            guard (try? await time.sleep(next)) != nil else { return }
        }
    }
}
