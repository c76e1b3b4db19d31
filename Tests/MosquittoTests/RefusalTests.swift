import GatewayTestSupport
import Mosquitto
import NIOConcurrencyHelpers
import Testing

extension `The sessions of a reactor` {
    @Suite struct `A broker that says no` {
        private func client(
            of broker: ScriptedBroker,
            _ change: (inout SessionConfiguration) -> Void = { _ in }
        ) async throws -> Client {
            var configuration = SessionConfiguration(host: "127.0.0.1", port: UInt16(broker.port), clientID: "c")
            configuration.backOff.base = .milliseconds(5)
            configuration.backOff.takeoverBase = .milliseconds(5)
            change(&configuration)
            let session = try await MosquittoReactor().open(configuration)
            return Client(session: session, events: EventReader(session.events))
        }

        @Test(
            arguments: [
                (133, MosquittoError.clientIDNotValid), (134, .badCredentials), (135, .notAuthorised),
                (136, .brokerUnavailable), (137, .brokerUnavailable), (138, .banned), (149, .packetTooLarge),
                (151, .quotaExceeded), (159, .quotaExceeded), (156, .refused(reason: 156)),
            ] as [(UInt8, MosquittoError)]
        ) func `to the connection says why`(reason: UInt8, error: MosquittoError) async throws {
            let broker = ScriptedBroker { packet in
                packet.kind == .connect ? [.send(ScriptedBroker.refusal(packet, reason: reason)), .close] : nil
            }
            let client = try await client(of: broker)
            #expect(try await client.failure() == error)
            await client.session.abandon()
            broker.stop()
        }

        @Test(
            arguments: [
                (2, MosquittoError.clientIDNotValid), (3, .brokerUnavailable), (4, .badCredentials),
                (5, .notAuthorised),
            ] as [(UInt8, MosquittoError)]
        ) func `to the connection says why in 3.1.1`(code: UInt8, error: MosquittoError) async throws {
            let broker = ScriptedBroker { packet in
                packet.kind == .connect ? [.send(ScriptedBroker.refusal(packet, reason: code)), .close] : nil
            }
            let client = try await client(of: broker) { $0.version = .v311 }
            #expect(try await client.failure() == error)
            await client.session.abandon()
            broker.stop()
        }

        @Test(
            arguments: [
                (135, MosquittoError.notAuthorised), (137, .brokerUnavailable), (139, .serverShuttingDown),
                (141, .keepAliveTimeout), (142, .takenOver), (149, .packetTooLarge), (150, .quotaExceeded),
                (151, .quotaExceeded), (152, .administrativeAction), (147, .disconnected(reason: 147)),
            ] as [(UInt8, MosquittoError)]
        ) func `in the middle of a session says why`(reason: UInt8, error: MosquittoError) async throws {
            let broker = ScriptedBroker { _ in nil }
            let client = try await client(of: broker)
            try await client.connected()
            broker.send(ScriptedBroker.disconnect(reason: reason))
            #expect(try await client.failure() == error)
            try await client.connected()
            await client.session.abandon()
            broker.stop()
        }

        @Test(arguments: [(128, 128), (131, 131), (135, 135), (144, 144), (149, 149), (151, 151)] as [(UInt8, Int32)])
        func `to a message says why, and the session goes on`(reason: UInt8, shown: Int32) async throws {
            let broker = ScriptedBroker { packet in
                packet.topic == "no" ? [.send(ScriptedBroker.acknowledgement(of: packet, reason: reason))] : nil
            }
            let client = try await client(of: broker)
            try await client.connected()
            let results = await client.session.publish([text("no", "x"), text("yes", "x")])
            #expect(results == [.failure(.publishRefused(reason: shown)), .success(.delivered)])
            await client.session.abandon()
            broker.stop()
        }

        @Test(arguments: [5, 4] as [UInt8]) func `to a subscription says which`(level: UInt8) async throws {
            let reason: UInt8 = level == 5 ? 135 : 128
            let broker = ScriptedBroker { packet in
                packet.kind == .subscribe ? [.send(ScriptedBroker.subscribed(packet, reason: reason))] : nil
            }
            let client = try await client(of: broker) { if level == 4 { $0.version = .v311 } }
            try await client.connected()
            await #expect(throws: MosquittoError.subscribeRefused(filter: "f", reason: Int32(reason))) {
                try await client.session.subscribe(Subscription("f"))
            }
            await client.session.abandon()
            broker.stop()
        }
    }

    @Suite struct `The limits of a broker` {
        /// A broker whose CONNACK carries these properties.
        private func broker(
            _ properties: [UInt8],
            _ script: @escaping ScriptedBroker.Script = { _ in nil }
        )
            -> ScriptedBroker
        {
            ScriptedBroker { packet in
                guard packet.kind == .connect else { return script(packet) }
                let count = UInt8(properties.count)
                return [.send([0x20, 3 + count, 0, 0, count] + properties)]
            }
        }

        private func client(
            of broker: ScriptedBroker,
            _ change: (inout SessionConfiguration) -> Void = { _ in }
        ) async throws -> Client {
            var configuration = SessionConfiguration(host: "127.0.0.1", port: UInt16(broker.port), clientID: "c")
            configuration.backOff.base = .milliseconds(5)
            change(&configuration)
            let session = try await MosquittoReactor().open(configuration)
            let client = Client(session: session, events: EventReader(session.events))
            try await client.connected()
            return client
        }

        @Test func `keep a message that is too large from being sent`() async throws {
            let broker = broker([0x27, 0, 0, 0, 100])
            let client = try await client(of: broker)
            let large = OutboundMessage(topic: "large", payload: Array(repeating: 0, count: 100))
            #expect(
                await client.session.publish([large, text("small", "x")]) == [
                    .failure(.packetTooLarge), .success(.delivered),
                ]
            )
            #expect(broker.received.filter { $0.kind == .publish }.map(\.topic) == ["small"])
            await client.session.abandon()
            broker.stop()
        }

        @Test func `hold messages back beyond the receive maximum`() async throws {
            let held = NIOLockedValueBox<[ScriptedBroker.Packet]>([])
            let broker = broker([0x21, 0, 2]) { packet in
                guard packet.kind == .publish else { return nil }
                held.withLockedValue { $0.append(packet) }
                return [.ignore]
            }
            let client = try await client(of: broker)
            async let results = client.session.publish((0..<5).map { text("t/\($0)", "x") })
            for number in 0..<5 {
                await eventually("message \(number) comes") { held.withLockedValue { $0.count } > number }
                #expect(held.withLockedValue { $0.count } <= number + 2, "never more than two unacknowledged")
                broker.send(ScriptedBroker.acknowledgement(of: held.withLockedValue { $0[number] }))
            }
            #expect(await results == Array(repeating: .success(.delivered), count: 5))
            #expect(held.withLockedValue { $0.map(\.topic) } == (0..<5).map { "t/\($0)" })
            await client.session.abandon()
            broker.stop()
        }

        @Test func `that takes no retained messages is named`() async throws {
            let broker = broker([0x25, 0])
            let client = try await client(of: broker)
            #expect(
                await client.session.publish([text("t", "x", retained: true)]) == [
                    .success(.deliveredUnretained)
                ]
            )
            await client.session.abandon()
            broker.stop()
        }

        @Test func `are gone when it acknowledges nothing: the connection is given up and made anew`() async throws {
            let broker = broker([]) { packet in packet.kind == .publish && packet.connection == 1 ? [.ignore] : nil }
            let client = try await client(of: broker) { $0.acknowledgementTimeout = .milliseconds(100) }
            #expect(await client.session.publish([text("t", "x")]) == [.failure(.mayHaveBeenDelivered)])
            #expect(try await client.failure() == .acknowledgementTimeout)
            try await client.connected()
            #expect(await client.session.publish([text("t", "x")]) == [.success(.delivered)])
            await client.session.abandon()
            broker.stop()
        }

        @Test func `may have reached it when it closes while they are being written`() async throws {
            let broker = broker([]) { packet in packet.kind == .publish ? [.close] : nil }
            let client = try await client(of: broker)
            let results = await client.session.publish((0..<900).map { text("t", "\($0)") })
            #expect(results == Array(repeating: .failure(.mayHaveBeenDelivered), count: 900))
            await client.session.abandon()
            broker.stop()
        }

        @Test func `are gone when it answers no ping`() async throws {
            let broker = broker([]) { packet in packet.kind == .ping ? [.ignore] : nil }
            let client = try await client(of: broker) { $0.keepAlive = .seconds(5) }
            #expect(try await client.failure() == .keepAliveTimeout)
            await client.session.abandon()
            broker.stop()
        }

        @Test func `hide behind a port that is no broker's`() async throws {
            let page =
                "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n\r\n" + String(repeating: "x", count: 200)
            let http = ScriptedBroker { _ in [.send(Array(page.utf8)), .close] }
            var configuration = SessionConfiguration(host: "127.0.0.1", port: UInt16(http.port), clientID: "c")
            configuration.backOff.base = .milliseconds(5)
            let session = try await MosquittoReactor().open(configuration)
            let client = Client(session: session, events: EventReader(session.events))
            #expect(try await client.failure() == .notMQTT)
            await session.abandon()
            http.stop()
        }
    }
}
