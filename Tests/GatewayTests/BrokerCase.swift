import LockDomain
import LockMessages
import Mosquitto
import Testing

@testable import Gateway

/// What the broker showed, and what the doctor makes of it.
struct BrokerCase {
    var facts = BrokerFacts(.success(.v5), baseTopic: "loqed")
    var mqtt = GatewayConfiguration.MQTT(host: "192.168.1.5")
    var admin: AdminFacts?
    let topics: GatewayTopics
    let lock = LockID("front_door")!

    init(discovery: Bool = true, locks: [LockID] = [LockID("front_door")!]) throws {
        let fixture = try ConfigurationFixture().load()
        let configuration = GatewayConfiguration(
            mqtt: fixture.mqtt,
            homeAssistant: .init(discovery: discovery),
            locks: fixture.locks
        )
        topics = try #require(GatewayTopics(configuration, locks: locks))
        facts.acknowledgedFilters = Set(topics.filters)
    }

    /// A gateway is online and has published all that it keeps.
    mutating func gatewayRuns(attributes: String = "{}", problems: String = "[]") {
        for topic in topics.kept + topics.devices(ofBridges: { _ in true }) { lies("x", on: topic) }
        lies("online", on: "loqed/gateway/availability")
        lies(#"{"version":"\#(GatewayVersion.current)","locks":[{"id":"front_door"}]}"#, on: "loqed/gateway/info")
        lies(problems, on: "loqed/gateway/problem")
        lies(attributes, on: "loqed/front_door/attributes")
    }

    mutating func lies(_ payload: String, on topic: String) {
        facts.retained[topic] = Array(payload.utf8)
        facts.view.take(Array(payload.utf8), on: topic)
    }

    var broker: BrokerVerdicts { BrokerVerdicts(facts: facts, mqtt: mqtt, topics: topics) }

    var gateway: GatewayVerdicts { GatewayVerdicts(facts: facts, mqtt: mqtt, topics: topics, admin: admin) }
}

extension DoctorFinding {
    /// All of it, to compare at once.
    var words: [String] { [verdict.word, evidence] + (remedy.map { [$0] } ?? []) }
}
