import GatewayTestSupport
import LockDomain
import Mosquitto
import NIOConcurrencyHelpers
import Testing

@testable import Gateway

/// The doctor at a broker.
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
        crowd.cancel()
        _ = await crowd.result
        await other.close()
        await broker.stop()
    }

    @Test func `ends at a broker that never answers a subscription`() async throws {
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
        await eventually("it ends") {
            time.advance(by: .milliseconds(500))
            return isOver.withLockedValue { $0 }
        }
        doctor.cancel()
        let facts = await doctor.value
        broker.stop()
        #expect(facts.acknowledgedFilters == [])
        #expect(facts.interruption == .acknowledgementTimeout)
    }
}
