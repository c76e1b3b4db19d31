import GatewayTestSupport
import Glibc
import LockDomain
import Testing

@testable import Gateway

/// The commands of the terminal, in front of brokers that say less than they should.
@Suite struct `A visit to a broker` {
    /// Real time, so many times faster for whoever waits for it.
    private static func time(faster factor: Int) -> TimeSource {
        let live = TimeSource.live()
        return TimeSource(
            now: {
                let now = live.now()
                return Moment(uptime: now.uptime * factor, unix: now.unix)
            },
            sleep: { until in try await live.sleep(until / factor) }
        )
    }

    private func visit(
        _ port: Int,
        _ version: GatewayConfiguration.MQTT.ProtocolVersion = .v5,
        faster factor: Int
    ) -> GatewayVisit {
        let mqtt = GatewayConfiguration.MQTT(host: "127.0.0.1", port: UInt16(port), protocolVersion: version)
        return GatewayVisit(BrokerVisit(mqtt, name: "test", time: Self.time(faster: factor)))
    }

    @Test(arguments: [ScriptedBroker.Packet.Kind.connect, .subscribe])
    func `that never gets an answer says so, and not that there is no gateway`(
        kind: ScriptedBroker.Packet.Kind
    ) async throws {
        let broker = ScriptedBroker { $0.kind == kind ? [.ignore] : nil }
        defer { broker.stop() }
        let trouble = await #expect(throws: ClientTrouble.self) {
            try await visit(broker.port, faster: 4).look()
        }
        #expect(
            trouble?.description == """
                broker 127.0.0.1:\(broker.port): no answer within 10 s
                    see that the address is right, and that no firewall is in between
                """
        )
        #expect(trouble?.code == .unavailable)
    }

    @Test func `that loses the broker does not take what has come so far for all`() async throws {
        let broker = ScriptedBroker { packet in
            packet.kind == .subscribe && packet.identifier.last == 9
                ? [.send([0x90, 4] + packet.identifier + [0, 0]), .close] : nil
        }
        defer { broker.stop() }
        let trouble = await #expect(throws: ClientTrouble.self) {
            try await visit(broker.port, faster: 1).look()
        }
        #expect(trouble?.text == "the connection to the broker 127.0.0.1:\(broker.port) was lost")
    }

    @Test func `under 3.1.1 gives up a command that no gateway hears, says that it may have arrived, sends it once`()
        async throws
    {
        let broker = try await TemporaryBroker()
        for (topic, payload) in [("gateway/availability", "online"), ("front_door/state", "locked")] {
            let arguments = ["-p", "\(broker.port)", "-t", "loqed/\(topic)", "-m", payload, "-r", "-q", "1"]
            let publisher = try ChildProcess("mosquitto_pub", arguments)
            #expect(await publisher.ended() == 0)
        }
        let errand = DoorErrand(.open, of: "front_door", id: try #require(CommandID("one")))
        let trouble = await #expect(throws: ClientTrouble.self) {
            try await visit(broker.port, .v311, faster: 4).perform(errand, within: .seconds(90)) { _ in }
        }
        #expect(
            trouble?.description == """
                the broker took OPEN one, and the gateway has not said within 10 s that it received it; this user may not \
                be allowed to command
                    command as a user who may: --username OPERATOR --password-file FILE; loqed-gateway acl \
                --user-operator OPERATOR prints the lines for one; it may have arrived all the same, so look first: \
                loqed-gateway status front_door
                """
        )
        #expect(trouble?.code == .failed)
        #expect(broker.log.split(separator: "\n").count { $0.contains("'loqed/front_door/command'") } == 1)
        await broker.stop()
    }
}
