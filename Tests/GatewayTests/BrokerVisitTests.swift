import GatewayTestSupport
import LockDomain
import NIOConcurrencyHelpers
import Testing

@testable import Gateway

/// The commands of the terminal, in front of brokers that say less than they should.
@Suite struct `A visit to a broker` {
    private let time = DrivenTime()

    private func visit(
        _ port: Int,
        _ version: GatewayConfiguration.MQTT.ProtocolVersion = .v5
    ) -> GatewayVisit {
        let mqtt = GatewayConfiguration.MQTT(host: "127.0.0.1", port: UInt16(port), protocolVersion: version)
        return GatewayVisit(BrokerVisit(mqtt, name: "test", time: time.source))
    }

    /// Lets the time go, once something has been seen, until the visit has given up.
    private func trouble(
        of errand: @escaping @Sendable () async throws -> Void,
        from isBegun: () -> Bool
    ) async throws -> ClientTrouble {
        let isOver = NIOLockedValueBox(false)
        let task = Task {
            defer { isOver.withLockedValue { $0 = true } }
            return await #expect(throws: ClientTrouble.self) { try await errand() }
        }
        await eventually("it has begun") { isBegun() }
        let start = time.source.now().uptime
        await eventually("it has given up") {
            if isOver.withLockedValue({ $0 }) { return true }
            if time.sleepers > 0 { time.advance(by: .seconds(1)) }
            return false
        }
        let trouble = await task.value
        #expect(time.source.now().uptime - start >= .seconds(10))
        return try #require(trouble)
    }

    @Test(arguments: [ScriptedBroker.Packet.Kind.connect, .subscribe])
    func `that never gets an answer says so, and not that there is no gateway`(
        kind: ScriptedBroker.Packet.Kind
    ) async throws {
        let broker = ScriptedBroker { $0.kind == kind ? [.ignore] : nil }
        defer { broker.stop() }
        let visit = visit(broker.port)
        let trouble = try await trouble {
            _ = try await visit.look()
        } from: {
            broker.received.contains { $0.kind == kind }
        }
        #expect(
            trouble.description == """
                broker 127.0.0.1:\(broker.port): no answer within 10 s
                    see that the address is right, and that no firewall is in between
                """
        )
        #expect(trouble.code == .unavailable)
    }

    @Test func `that loses the broker does not take what has come so far for all`() async throws {
        let broker = ScriptedBroker { packet in
            packet.kind == .subscribe && packet.identifier.last == 9
                ? [.send([0x90, 4] + packet.identifier + [0, 0]), .close] : nil
        }
        defer { broker.stop() }
        let trouble = await #expect(throws: ClientTrouble.self) {
            try await visit(broker.port).look()
        }
        #expect(trouble?.text == "the connection to the broker 127.0.0.1:\(broker.port) was lost")
    }

    @Test func `under 3.1.1 gives up a command that no gateway hears, says that it may have arrived, sends it once`()
        async throws
    {
        let broker = try await TemporaryBroker()
        // All that a gateway publishes: the visit waits for nothing more.
        let retained = [
            "gateway/availability": "online", "gateway/info": #"{"version":"1"}"#, "gateway/problem": "[]",
            "front_door/state": "locked", "front_door/battery": "82", "front_door/connectivity": "online",
            "front_door/commands_enabled": "on", "front_door/attributes": #"{"state":"locked"}"#,
        ]
        for (topic, payload) in retained {
            let arguments = ["-p", "\(broker.port)", "-t", "loqed/\(topic)", "-m", payload, "-r", "-q", "1"]
            let publisher = try ChildProcess("mosquitto_pub", arguments)
            #expect(await publisher.ended() == 0)
        }
        let errand = DoorErrand(.open, of: "front_door", id: try #require(CommandID("one")))
        let visit = visit(broker.port, .v311)
        let trouble = try await trouble {
            try await visit.perform(errand, within: .seconds(1_000_000)) { _ in }
        } from: {
            broker.log.contains("'loqed/front_door/command'")
        }
        #expect(
            trouble.description == """
                the broker took OPEN one, and the gateway has not said within 10 s that it received it; this user may not \
                be allowed to command
                    command as a user who may: --username OPERATOR --password-file FILE; loqed-gateway acl \
                --user-operator OPERATOR prints the lines for one; it may have arrived all the same, so look first: \
                loqed-gateway status front_door
                """
        )
        #expect(trouble.code == .failed)
        #expect(broker.log.split(separator: "\n").count { $0.contains("'loqed/front_door/command'") } == 1)
        await broker.stop()
    }
}
