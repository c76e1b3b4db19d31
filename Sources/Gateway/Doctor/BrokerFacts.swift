import LockDomain
import LockMessages
import Mosquitto

/// What a visit to the broker showed.
struct BrokerFacts: Sendable {
    /// How the broker was reached; or why not.
    var connection: Result<SessionConfiguration.ProtocolVersion, MosquittoError>
    /// Topics that the broker let us subscribe to.
    var acknowledgedFilters: Set<String> = []
    /// Topics that the broker did not let us subscribe to, and why.
    var refusedFilters: [String: MosquittoError] = [:]
    /// What ended the visit before all was seen; nil: nothing did.
    var interruption: MosquittoError?
    /// What was retained, by topic; empty payloads are none.
    var retained: [String: [UInt8]] = [:]
    /// What the gateway said of itself and its locks.
    var view: GatewayView
    /// How often the gateway came or went while we looked.
    var availabilityChanges = 0
    /// What became of the probes, by the topic they were published on.
    var probes: [String: Probe] = [:]

    /// One harmless message, not retained, on a topic that nobody reads.
    enum Probe: Hashable, Sendable {
        case cameBack
        /// The broker said no: MQTT 5 alone says so.
        case refused
        /// It was taken, and has not come back.
        case lost
    }

    init(_ connection: Result<SessionConfiguration.ProtocolVersion, MosquittoError>, baseTopic: String) {
        self.connection = connection
        view = GatewayView(baseTopic: baseTopic)
    }

    var isConnected: Bool { (try? connection.get()) != nil }

    /// The locks that a gateway that is online says it has; nil where none says so.
    var servedLocks: Set<String>? {
        let locks = view.info["locks"]
        guard view.isOnline, locks != .null else { return nil }
        return Set(locks.elements.compactMap { $0["id"].text })
    }

    /// Whether the running gateway has the lock, as far as it can be told: it reads a changed configuration when told to.
    func serves(_ lock: LockID) -> Bool { servedLocks?.contains(lock.rawValue) ?? true }

    /// Whether the running gateway says which bridge the lock has.
    func knowsBridge(of lock: LockID) -> Bool {
        view.locks[lock.rawValue]?.attributes["bridge"]["mac"].text != nil
    }

    /// Whether the running gateway says that the broker does not let it publish: MQTT 5 alone tells it.
    var isDenied: Bool {
        view.problems?.elements.contains { $0["code"].text == Problem.Code.brokerPublishDenied.rawValue } ?? false
    }

    /// Whether the running gateway describes its locks to Home Assistant, as far as it can be told.
    var describesLocks: Bool {
        let features = view.info["features"]
        guard view.isOnline, features != .null else { return true }
        return features.elements.contains { $0.text == GatewayInfoDocument.Feature.homeAssistant.rawValue }
    }

    /// Whether all was seen: what was not is not there.
    var isWhole: Bool { interruption == nil }
}

/// The topics that the gateway needs, as its configuration has them.
struct GatewayTopics: Sendable {
    let layout: TopicLayout
    let homeAssistant: HomeAssistantLayout
    let baseTopic: String
    private(set) var locks: [LockID]
    private(set) var isDiscoverable: Bool

    /// Nil for a base topic or a prefix that is none, which no configuration has.
    init?(_ configuration: GatewayConfiguration, locks: [LockID]) {
        guard let base = TopicPrefix(configuration.mqtt.baseTopic),
            let discovery = TopicPrefix(configuration.homeAssistant.discoveryPrefix)
        else { return nil }
        layout = TopicLayout(base: base)
        homeAssistant = HomeAssistantLayout(prefix: discovery)
        baseTopic = configuration.mqtt.baseTopic
        self.locks = locks
        isDiscoverable = configuration.homeAssistant.discovery
    }

    /// All that the doctor looks at.
    var filters: [String] { read + kept + devices { _ in true } + passing + probes }

    /// The same for some of the locks, and with or without what Home Assistant is told.
    func limited(to isMeant: (LockID) -> Bool, isDiscoverable: Bool) -> GatewayTopics {
        var topics = self
        topics.locks = locks.filter(isMeant)
        topics.isDiscoverable = self.isDiscoverable && isDiscoverable
        return topics
    }

    /// What moves or switches a lock.
    func orders(of lock: LockID) -> [String] { [layout.command(of: lock), layout.commandsSwitch(of: lock)] }

    /// What the gateway reads.
    var read: [String] {
        locks.flatMap { orders(of: $0) + [layout.refresh(of: $0)] } + (isDiscoverable ? [homeAssistant.birth] : [])
    }

    /// What a running gateway keeps retained, besides what Home Assistant is told.
    var kept: [String] {
        [layout.gatewayAvailability, layout.gatewayInfo, layout.gatewayProblem]
            + locks.flatMap { lock in
                [
                    layout.state(of: lock), layout.battery(of: lock), layout.connectivity(of: lock),
                    layout.attributes(of: lock), layout.commandsEnabled(of: lock),
                ]
            }
    }

    /// What Home Assistant is told of, each retained; of bridges only those that are known, for a gateway describes no other.
    func devices(ofBridges isKnown: (LockID) -> Bool) -> [String] {
        guard isDiscoverable else { return [] }
        let subjects = locks.flatMap { lock in
            (isKnown(lock) ? [HomeAssistantDevice.Subject.bridge(lock)] : []) + [.lock(lock)]
        }
        return ([.gateway] + subjects).map(homeAssistant.configuration)
    }

    /// What it publishes now and then.
    var passing: [String] { locks.flatMap { [layout.event(of: $0), layout.commandResult(of: $0)] } }

    func discovery(of lock: LockID) -> String { homeAssistant.configuration(of: .lock(lock)) }

    /// Topics beside those of the gateway that nobody reads: a right to publish below the same folder shows there.
    var probes: [String] { [layout.gatewayProbe] + locks.map(layout.probe) }
}
