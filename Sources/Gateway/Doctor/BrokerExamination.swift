import LockDomain
import LockMessages
import Mosquitto

/// Looks at the broker as the gateway's user, with a client id of its own.
///
/// Reads what is retained, and publishes nothing but a word on topics that nobody reads, not retained, and only when no
/// gateway is there whose own messages prove more. No command is ever sent and no state ever published.
struct BrokerExamination: Sendable {
    /// For how long nothing comes before it is believed that nothing more will.
    private static let quiet = Duration.milliseconds(700)
    /// How long a first connection may take.
    private static let patience = Duration.seconds(12)
    /// How long comings and goings of the gateway are watched, with all the rest.
    private static let watching = Duration.seconds(2)
    /// For how long we stay at most once we are in, and for how much longer for each subscription.
    private static let limit = (whole: Duration.seconds(10), each: Duration.milliseconds(20))

    let mqtt: GatewayConfiguration.MQTT
    let topics: GatewayTopics
    /// Letters and digits that no other client has.
    let name: String
    let time: TimeSource

    private enum Sign: Sendable {
        case event(SessionEvent)
        /// The broker's word on one subscription; nil: it is taken.
        case subscribed(filter: String, MosquittoError?)
        /// All subscriptions have their word.
        case asked
        case probed([String: BrokerFacts.Probe])
        case tick
    }

    func facts() async -> BrokerFacts {
        var configuration = SessionConfiguration(mqtt, clientID: "loqed-gateway-doctor-\(name)")
        configuration.connectTimeout = .seconds(10)
        let session: MosquittoSession
        do throws(MosquittoError) {
            session = try await MosquittoReactor().open(configuration)
        } catch {
            return BrokerFacts(.failure(error), baseTopic: topics.baseTopic)
        }
        let (signs, signal) = AsyncStream.makeStream(of: Sign.self)
        return await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await event in session.events { signal.yield(.event(event)) }
                signal.finish()
            }
            group.addTask {
                while (try? await time.sleep(time.now().uptime + .milliseconds(100))) != nil { signal.yield(.tick) }
            }
            let facts = await read(signs, session, signal, in: &group)
            await session.close(within: .seconds(2))
            group.cancelAll()
            return facts
        }
    }

    private func read(
        _ signs: AsyncStream<Sign>,
        _ session: MosquittoSession,
        _ signal: AsyncStream<Sign>.Continuation,
        in group: inout TaskGroup<Void>
    ) async -> BrokerFacts {
        var facts = BrokerFacts(.failure(.connectTimeout), baseTopic: topics.baseTopic)
        let begun = time.now().uptime
        var connected: Duration?
        var isSubscribed = false
        var hasProbed = false
        var isProbed = false
        var newest = begun
        let limit = Self.limit.whole + Self.limit.each * topics.filters.count
        for await sign in signs {
            let now = time.now().uptime
            switch sign {
            case .event(.connected(let version)):
                guard connected == nil else { break }
                facts.connection = .success(version)
                connected = now
                newest = now
                group.addTask { if await subscribe(session, signal) { signal.yield(.asked) } }
            case .event(.disconnected(let error, _)):
                if connected == nil { return BrokerFacts(.failure(error), baseTopic: topics.baseTopic) }
                facts.interruption = error
                return facts
            case .event(.message(let message)):
                // What others publish meanwhile may never end, and nobody waits for it.
                if message.isRetained || topics.probes.contains(message.topic) { newest = now }
                take(message, into: &facts)
            case .event(.dropped): break
            case .subscribed(let filter, nil):
                facts.acknowledgedFilters.insert(filter)
                newest = now
            case .subscribed(let filter, let refusal?):
                facts.refusedFilters[filter] = refusal
                newest = now
            case .asked:
                isSubscribed = true
                newest = now
            case .probed(let probes):
                for (topic, probe) in probes where facts.probes[topic] == nil { facts.probes[topic] = probe }
                isProbed = true
                newest = now
            case .tick:
                guard let connected else {
                    if now - begun > Self.patience { return facts }
                    continue
                }
                guard now - connected < limit else {
                    if !isSubscribed { facts.interruption = .acknowledgementTimeout }
                    return facts
                }
                guard isSubscribed, now - newest >= Self.quiet else { continue }
                if !facts.view.isOnline, !hasProbed {
                    hasProbed = true
                    group.addTask { signal.yield(.probed(await probe(session))) }
                    continue
                }
                guard !hasProbed || isProbed, now - connected >= Self.watching else { continue }
                return facts
            }
        }
        return facts
    }

    private func take(_ message: InboundMessage, into facts: inout BrokerFacts) {
        if topics.probes.contains(message.topic) {
            facts.probes[message.topic] = .cameBack
            return
        }
        if message.topic == topics.layout.gatewayAvailability, !message.isRetained { facts.availabilityChanges += 1 }
        // Under way are commands of others too: only what lies there is of interest.
        if message.isRetained, !message.payload.isEmpty { facts.retained[message.topic] = message.payload }
        facts.view.take(message.payload, on: message.topic)
    }

    /// Asks for all topics, one after another; false when the session ended before the broker had said its word on each.
    private func subscribe(_ session: MosquittoSession, _ signal: AsyncStream<Sign>.Continuation) async -> Bool {
        for filter in topics.filters {
            do throws(MosquittoError) {
                try await session.subscribe(Subscription(filter))
                signal.yield(.subscribed(filter: filter, nil))
            } catch {
                switch error {
                case .subscribeRefused: signal.yield(.subscribed(filter: filter, error))
                // The events tell why.
                default: return false
                }
            }
        }
        return true
    }

    private func probe(_ session: MosquittoSession) async -> [String: BrokerFacts.Probe] {
        var probes: [String: BrokerFacts.Probe] = [:]
        for topic in topics.probes {
            do throws(MosquittoError) {
                try await session.publish(OutboundMessage(topic: topic, payload: Array("probe".utf8)))
                probes[topic] = .lost
            } catch {
                switch error {
                case .publishRefused: probes[topic] = .refused
                default: probes[topic] = .lost
                }
            }
        }
        // What came back is noted when it does; the rest is lost once nothing comes any more.
        try? await time.sleep(time.now().uptime + Self.quiet)
        return probes
    }
}
