import GatewayTestSupport
import LockDomain
import Mosquitto
import NIOConcurrencyHelpers
import Testing

@testable import Gateway

/// The doctor at a broker, and what it says of it.
private struct Visit: Sendable {
    let mqtt: GatewayConfiguration.MQTT
    let topics: GatewayTopics

    init(to port: Int, _ protocolVersion: GatewayConfiguration.MQTT.ProtocolVersion = .v5) throws {
        mqtt = .init(host: "127.0.0.1", port: UInt16(port), protocolVersion: protocolVersion)
        let configuration = GatewayConfiguration(mqtt: mqtt, locks: try ConfigurationFixture().load().locks)
        topics = try #require(GatewayTopics(configuration, locks: [LockID("front_door")!]))
    }

    func facts(_ time: TimeSource = .live()) async -> BrokerFacts {
        await BrokerExamination(mqtt: mqtt, topics: topics, name: "test", time: time).facts()
    }

    func verdicts(_ facts: BrokerFacts) -> [String: [String]] {
        let broker = BrokerVerdicts(facts: facts, mqtt: mqtt, topics: topics).findings
        let gateway = GatewayVerdicts(facts: facts, mqtt: mqtt, topics: topics, admin: nil).findings
        let words = (broker + gateway).map { ($0.check.rawValue, [$0.verdict.word, $0.evidence]) }
        return Dictionary(words) { first, _ in first }
    }
}

@Suite struct `The doctor's visit to the broker` {
    @Test func `ends, though others never stop publishing where it listens`() async throws {
        let broker = try await TemporaryBroker()
        let visit = try Visit(to: broker.port)
        let isOver = NIOLockedValueBox(false)
        let other = try await MosquittoReactor().open(SessionConfiguration(visit.mqtt, clientID: "other"))
        for await event in other.events { if case .connected = event { break } }
        let crowd = Task {
            let message = OutboundMessage(topic: "loqed/front_door/refresh", payload: [1])
            while !isOver.withLockedValue({ $0 }) { try await other.publish(message) }
        }
        let doctor = Task {
            let facts = await visit.facts()
            isOver.withLockedValue { $0 = true }
            return facts
        }
        await eventually("it ends") { isOver.withLockedValue { $0 } }
        doctor.cancel()
        let facts = await doctor.value
        #expect(facts.interruption == nil)
        #expect(facts.acknowledgedFilters == Set(visit.topics.filters))
        #expect(visit.verdicts(facts)["retained_commands"]?.first == "ok")
        crowd.cancel()
        _ = await crowd.result
        await other.close()
        await broker.stop()
    }

    @Test(arguments: [GatewayConfiguration.MQTT.ProtocolVersion.v5, .v311])
    func `finds nothing well of what a broker did not show that closes at one of the topics`(
        protocolVersion: GatewayConfiguration.MQTT.ProtocolVersion
    ) async throws {
        let broker = ScriptedBroker { packet in
            packet.kind == .subscribe && String(decoding: packet.body, as: UTF8.self).contains("commands_enabled/set")
                ? [.close] : nil
        }
        let visit = try Visit(to: broker.port, protocolVersion)
        let facts = await visit.facts()
        broker.stop()
        #expect(facts.acknowledgedFilters == ["loqed/front_door/command"])
        let verdicts = visit.verdicts(facts)
        #expect(
            verdicts["broker_subscribe"] == [
                "failed",
                "the connection to the broker 127.0.0.1:\(broker.port) was lost; it took 1 of the subscriptions to the 4"
                    + " topics that the gateway reads",
            ]
        )
        #expect(
            verdicts["retained_commands"] == [
                "skipped", "the broker did not let us look at loqed/front_door/commands_enabled/set",
            ]
        )
        for check in ["broker_publish", "gateway_online", "home_assistant"] {
            #expect(verdicts[check] == ["skipped", "the visit to the broker ended before all was seen"], "\(check)")
        }
    }

    @Test func `ends at a broker that never answers a subscription, and says so`() async throws {
        let broker = ScriptedBroker { packet in packet.kind == .subscribe ? [.ignore] : nil }
        let visit = try Visit(to: broker.port)
        let time = DrivenTime()
        let isOver = NIOLockedValueBox(false)
        let doctor = Task {
            let facts = await visit.facts(time.source)
            isOver.withLockedValue { $0 = true }
            return facts
        }
        await eventually("it asks") { broker.received.contains { $0.kind == .subscribe } }
        // The session itself would give up after 20 s of the real clock.
        await eventually("it ends", within: .seconds(10)) {
            time.advance(by: .milliseconds(500))
            return isOver.withLockedValue { $0 }
        }
        doctor.cancel()
        let facts = await doctor.value
        broker.stop()
        #expect(facts.acknowledgedFilters == [])
        #expect(facts.interruption == .acknowledgementTimeout)
        let verdicts = visit.verdicts(facts)
        #expect(
            verdicts["broker_subscribe"] == [
                "failed",
                "the broker 127.0.0.1:\(broker.port) no longer answers; it took 0 of the subscriptions to the 4 topics that"
                    + " the gateway reads",
            ]
        )
        #expect(
            verdicts["retained_commands"] == [
                "skipped",
                "the broker did not let us look at loqed/front_door/command, loqed/front_door/commands_enabled/set",
            ]
        )
    }

    @Test func `says of a broker that ends it later that not all was seen`() throws {
        let visit = try Visit(to: 1883)
        var facts = BrokerFacts(.success(.v5), baseTopic: "loqed")
        facts.acknowledgedFilters = Set(visit.topics.filters)
        facts.interruption = .connectionLost
        let verdicts = visit.verdicts(facts)
        #expect(verdicts["broker_subscribe"]?.first == "ok")
        #expect(
            verdicts["broker_publish"] == [
                "failed",
                "the connection to the broker 127.0.0.1:1883 was lost, after it had taken all subscriptions and before all"
                    + " was seen",
            ]
        )
        #expect(verdicts["retained_commands"]?.first == "skipped")
    }
}
