import GatewayTestSupport
import NIOConcurrencyHelpers
import Testing

@testable import Mosquitto

@Suite struct `The version of MQTT` {
    private var choice = ProtocolChoice()

    private mutating func fails(_ error: MosquittoError) -> Bool { choice.failed(error, with: choice.version) }

    @Test mutating func `is 5, and 3.1.1 at once when the broker refuses 5`() {
        #expect(choice.version == .v5)
        let isTriedAtOnce = fails(.unsupportedProtocolVersion)
        #expect(isTriedAtOnce)
        #expect(choice.version == .v311)
    }

    @Test mutating func `is 3.1.1 for those too who tried 5 at the same time`() {
        _ = fails(.unsupportedProtocolVersion)
        let isTriedAtOnce = choice.failed(.unsupportedProtocolVersion, with: .v5)
        #expect(isTriedAtOnce)
        #expect(choice.version == .v311)
    }

    @Test mutating func `is 3.1.1 when the broker closes twice without a word, and alternates until one is answered`() {
        var versions: [SessionConfiguration.ProtocolVersion] = []
        for _ in 0..<6 {
            versions.append(choice.version)
            let isTriedAtOnce = fails(.closedWithoutAnswer)
            #expect(!isTriedAtOnce, "it may be something else: the wait grows")
        }
        #expect(versions == [.v5, .v5, .v311, .v5, .v311, .v5])
    }

    @Test(arguments: [
        MosquittoError.badCredentials, .notAuthorised, .clientIDNotValid, .brokerUnavailable, .banned, .quotaExceeded,
    ]) mutating func `stays when the broker answers that it does not want us`(error: MosquittoError) {
        for _ in 0..<5 { _ = fails(error) }
        #expect(choice.version == .v5)
        _ = fails(.unsupportedProtocolVersion)
        for _ in 0..<5 { _ = fails(error) }
        #expect(choice.version == .v311)
    }

    @Test mutating func `is 5 again after the last connection with 3.1.1 has ended, and not before`() {
        _ = fails(.unsupportedProtocolVersion)
        let areKept = [choice.connected(1, .v311), choice.connected(2, .v311)]
        #expect(areKept == [true, true])
        choice.ended(1)
        #expect(choice.version == .v311, "one still works with it")
        choice.ended(2)
        #expect(choice.version == .v5)
        _ = fails(.closedWithoutAnswer)
        #expect(choice.version == .v311, "no second closing is waited for this time")
    }

    @Test mutating func `is 5 when something closed only while the broker was away`() {
        for _ in 0..<2 { _ = fails(.closedWithoutAnswer) }
        #expect(choice.version == .v311)
        let isKept = choice.connected(1, .v311)
        #expect(!isKept, "somebody is there now, who was not asked for 5")
        let isTriedAtOnce = fails(.closedWithoutAnswer)
        #expect(isTriedAtOnce)
        #expect(choice.version == .v5)
        let isKeptNow = choice.connected(1, .v5)
        #expect(isKeptNow)
        #expect(choice.version == .v5)
    }

    @Test mutating func `is 3.1.1 when the broker answers to that and closes upon 5 once more`() {
        for _ in 0..<2 { _ = fails(.closedWithoutAnswer) }
        _ = choice.connected(1, .v311)
        _ = fails(.closedWithoutAnswer)
        let isTriedAtOnce = fails(.closedWithoutAnswer)
        #expect(isTriedAtOnce)
        #expect(choice.version == .v311)
        let isKept = choice.connected(1, .v311)
        #expect(isKept)
    }

    @Test mutating func `is a guess again when the broker went away before it could be tried again`() {
        for _ in 0..<2 { _ = fails(.closedWithoutAnswer) }
        _ = choice.connected(1, .v311)
        for _ in 0..<2 { _ = fails(.closedWithoutAnswer) }
        let isTriedAtOnce = fails(.closedWithoutAnswer)
        #expect(!isTriedAtOnce, "nobody is there: the wait grows")
        #expect(choice.version == .v5)
        _ = fails(.closedWithoutAnswer)
        let isKept = choice.connected(1, .v311)
        #expect(!isKept)
    }

    @Test mutating func `is 5 again after the broker was away before anybody was connected`() {
        _ = fails(.unsupportedProtocolVersion)
        _ = fails(.connectionRefused)
        #expect(choice.version == .v5)
    }
}

extension `The sessions of a reactor` {
    /// A broker that can be made to forget MQTT 5, and to learn it.
    @Suite struct `Sessions with an old broker` {
        private enum Knowledge { case knows, refuses, closes }

        private final class Broker: Sendable {
            let knowledge: NIOLockedValueBox<Knowledge>
            let scripted: ScriptedBroker

            init(_ initial: Knowledge) {
                let knowledge = NIOLockedValueBox(initial)
                self.knowledge = knowledge
                scripted = ScriptedBroker { packet in
                    guard packet.kind == .connect, packet.level == 5 else { return nil }
                    switch knowledge.withLockedValue({ $0 }) {
                    case .knows: return nil
                    // As MQTT 3.1.1 has it: return code 1.
                    case .refuses: return [.send([0x20, 2, 0, 1]), .close]
                    case .closes: return [.close]
                    }
                }
            }

            var levels: [UInt8] { scripted.received.filter { $0.kind == .connect }.map(\.level) }
        }

        private func open(_ id: String, with broker: Broker, on reactor: MosquittoReactor) async throws -> Client {
            var configuration = SessionConfiguration(
                host: "127.0.0.1",
                port: UInt16(broker.scripted.port),
                clientID: id
            )
            configuration.backOff.base = .milliseconds(5)
            let session = try await reactor.open(configuration)
            return Client(session: session, events: EventReader(session.events))
        }

        @Test func `fall back when it refuses 5`() async throws {
            let broker = Broker(.refuses)
            let client = try await open("c", with: broker, on: MosquittoReactor())
            let wait = try await client.events.first("5 is refused") {
                if case .disconnected(.unsupportedProtocolVersion, let wait) = $0 { wait } else { nil }
            }
            #expect(wait == .zero)
            #expect(try await client.connected() == .v311)
            #expect(broker.levels == [5, 4])
            await client.session.abandon()
            broker.scripted.stop()
        }

        @Test func `fall back when it closes without an answer`() async throws {
            let broker = Broker(.closes)
            let client = try await open("c", with: broker, on: MosquittoReactor())
            #expect(try await client.failure() == .closedWithoutAnswer)
            #expect(try await client.connected() == .v311)
            #expect(broker.levels == [5, 5, 4, 5, 4], "5 once more, when somebody is known to be there")
            await client.session.abandon()
            broker.scripted.stop()
        }

        @Test func `speak 5 when something before it closed while it was away`() async throws {
            let attempts = NIOLockedValueBox(0)
            let scripted = ScriptedBroker { packet in
                guard packet.kind == .connect else { return nil }
                return attempts.withLockedValue {
                    $0 += 1
                    return $0 <= 2 ? [.close] : nil
                }
            }
            var configuration = SessionConfiguration(host: "127.0.0.1", port: UInt16(scripted.port), clientID: "c")
            configuration.backOff.base = .milliseconds(5)
            let session = try await MosquittoReactor().open(configuration)
            let client = Client(session: session, events: EventReader(session.events))
            #expect(try await client.connected() == .v5)
            #expect(scripted.received.filter { $0.kind == .connect }.map(\.level) == [5, 5, 4, 5])
            await session.abandon()
            scripted.stop()
        }

        @Test func `speak 5 again after it was renewed, and are not disturbed before`() async throws {
            let broker = Broker(.refuses)
            let reactor = MosquittoReactor()
            let first = try await open("first", with: broker, on: reactor)
            #expect(try await first.connected() == .v311)
            broker.knowledge.withLockedValue { $0 = .knows }
            let second = try await open("second", with: broker, on: reactor)
            #expect(try await second.connected() == .v311, "all alike")
            #expect(broker.levels == [5, 4, 4])
            broker.scripted.drop()
            #expect(try await first.connected() == .v5)
            #expect(try await second.connected() == .v5)
            #expect(broker.levels == [5, 4, 4, 5, 5])
            await first.session.abandon()
            await second.session.abandon()
            broker.scripted.stop()
        }
    }
}
