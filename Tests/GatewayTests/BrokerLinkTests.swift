import GatewayTestSupport
import LockDomain
import Testing

@testable import Gateway

private typealias Bench = LinkBench

@Suite struct `The gateway among brokers` {
    @Test func `says which version is in use, and once what 3.1.1 lacks`() async throws {
        let isOld = Switch(true)
        let bench = try await Bench { packet in
            isOld.isOn && packet.kind == .connect && packet.level == 5 ? [.send([0x20, 2, 0, 1]), .close] : nil
        }
        bench.report(.locked)
        await bench.shows("gateway/info") { $0.contains(#""features":["home_assistant"],"#) }
        await bench.shows("gateway/info") { $0.contains(#""protocol":"3.1.1""#) }
        await bench.shows("gateway/availability") { $0 == "online" }
        bench.broker.drop()
        await eventually("both are back") { bench.texts("gateway/availability").count { $0 == "online" } >= 2 }
        #expect(bench.lines("the broker does not speak MQTT 5").count == 1)
        #expect(bench.lines("broker_protocol").isEmpty, "there is nothing to be mended")

        isOld.isOn = false
        bench.broker.drop()
        await bench.shows("gateway/info") { $0.contains(#""features":["home_assistant","message_expiry"],"#) }
        await bench.shows("gateway/info") { $0.contains(#""protocol":"5""#) }
        await eventually("the log says it") { bench.lines("the broker speaks MQTT 5 now").count == 1 }
        await bench.end()
    }

    @Test func `speaks 3.1.1 when that is configured, and says what it lacks`() async throws {
        let bench = try await Bench(protocolVersion: .v311) { _ in nil }
        await bench.shows("gateway/info") { $0.contains(#""protocol":"3.1.1""#) }
        #expect(Set(bench.broker.received.map(\.level)) == [4])
        #expect(bench.lines("MQTT 3.1.1 as configured").count == 1)
        await bench.end()
    }

    @Test func `repeats an event that was under way when the connection broke, marks it, and says so`() async throws {
        let breaks = Switch(true)
        let bench = try await Bench { packet in
            packet.topic == "loqed/front_door/event" && breaks.takeOff() ? [.close] : nil
        }
        bench.report(.unlocked)
        await bench.shows("gateway/availability") { $0 == "online" }
        bench.report(.locked)
        bench.happens(.locked, at: 1)
        bench.happens(.online, at: 2)
        // The second may have come by the first connection too, in the same breath.
        await eventually("both come by another connection") {
            Set(bench.events.filter { $0.connection > bench.events[0].connection }.map(\.text)).count == 2
        }
        let again = bench.events.filter { $0.connection > bench.events[0].connection }
        #expect(again.map { $0.text.contains("locked") } == [true, false], "in order")
        #expect(again[0].properties == [0x26, 0, 8] + Array("repeated".utf8) + [0, 4] + Array("true".utf8))
        await eventually("the log says it") { bench.lines("events are published again").count == 1 }
        // Whatever was lost on the way, the state is there before the events are.
        let after = bench.broker.received.filter { $0.connection == again[0].connection && $0.kind == .publish }
        #expect(after.first?.topic == "loqed/front_door/state")
        #expect(after.first?.text == "locked")
        await bench.end()
    }

    @Test func `tells each event once that happened while the broker was away`() async throws {
        let isAway = Switch(false)
        let bench = try await Bench { packet in packet.kind == .connect && isAway.isOn ? [.close] : nil }
        bench.report(.unlocked)
        await bench.shows("gateway/availability") { $0 == "online" }
        isAway.isOn = true
        bench.broker.drop()
        await eventually("the lock's session notices") {
            bench.lines("session without connection mqtt.session=front_door").count >= 1
        }
        bench.report(.locked)
        bench.happens(.locked, at: 1)
        bench.happens(.offline, at: 2)
        isAway.isOn = false
        await bench.shows("gateway/availability") { $0 == "online" }
        await eventually("the last one comes") { bench.events.last?.text.contains("offline") ?? false }
        #expect(bench.events.map { $0.text.contains("locked") } == [true, false])
        #expect(bench.events.allSatisfy { $0.properties.isEmpty }, "none is a repeat")
        #expect(bench.texts("front_door/state").last == "locked")
        await bench.end()
    }

    @Test func `shows what the broker does not take, and that it is over`() async throws {
        let isFull = Switch(true)
        let bench = try await Bench { packet in
            guard packet.topic == "loqed/front_door/state", isFull.isOn else { return nil }
            return [.send(ScriptedBroker.acknowledgement(of: packet, reason: 151))]
        }
        bench.report(.locked)
        await bench.shows("gateway/problem") {
            $0.contains(#""code":"broker_message_quota","lock":"front_door""#) && $0.contains("loqed/front_door/state")
        }
        bench.report(.unlocking)
        bench.report(.unlocked)
        await bench.shows("front_door/state") { $0 == "unlocked" }
        #expect(bench.lines("the broker does not take everything").count == 1)
        isFull.isOn = false
        bench.report(.locked)
        await bench.shows("gateway/problem") { $0 == "[]" }
        await eventually("the log says it") { bench.lines("the broker takes again what it refused").count == 1 }
        await bench.end()
    }

    @Test func `shows which subscription is denied`() async throws {
        let bench = try await Bench { packet in
            guard packet.kind == .subscribe, String(decoding: packet.body, as: UTF8.self).contains("front_door/command")
            else { return nil }
            return [.send(ScriptedBroker.subscribed(packet, reason: 135))]
        }
        bench.report(.locked)
        await bench.shows("gateway/problem") {
            $0.contains("broker_subscribe_denied") && $0.contains("does not let us read loqed/front_door/command")
        }
        await bench.end()
    }

    @Test func `gives way to another client with its id, and says so`() async throws {
        let takes = Switch(false)
        let bench = try await Bench { packet in
            guard packet.topic == "loqed/front_door/state", takes.takeOff() else { return nil }
            let taken = ScriptedBroker.acknowledgement(of: packet) + ScriptedBroker.disconnect(reason: 142)
            return [.send(taken), .close]
        }
        bench.report(.locked)
        await bench.shows("gateway/availability") { $0 == "online" }
        takes.isOn = true
        bench.report(.unlocked)
        await bench.shows("gateway/problem") { text in
            text.contains("broker_takeover") && text.contains("loqed-gateway-front_door")
        }
        let line = try #require(bench.lines("broker_takeover").first)
        let wait = try #require(line.split(separator: " ").first { $0.hasPrefix("retry.seconds=") })
        #expect((30...60).contains(Int(wait.dropFirst("retry.seconds=".count)) ?? 0), "\(line)")
        #expect(bench.broker.received.count { $0.clientID == "loqed-gateway-front_door" } == 1)
        await bench.end()
    }

    /// A broker that was killed shows what it had on disk: nobody may take that for news.
    @Test func `is online only when every lock's topics are there, after each connect`() async throws {
        let isHeld = Switch(true)
        let bench = try await Bench { packet in
            packet.clientID == "loqed-gateway-front_door" && isHeld.isOn ? [.close] : nil
        }
        bench.report(.locked)
        await bench.shows("gateway/problem") { $0.contains("broker_closes") }
        #expect(bench.texts("gateway/availability") == ["offline"])
        isHeld.isOn = false
        await bench.shows("gateway/availability") { $0 == "online" }
        await bench.shows("gateway/problem") { $0 == "[]" }

        isHeld.isOn = true
        bench.broker.drop()
        await eventually("the gateway is back") { bench.texts("gateway/availability").last == "offline" }
        isHeld.isOn = false
        await bench.shows("gateway/availability") { $0 == "online" }
        let words = bench.broker.received.filter { $0.topic.hasSuffix("availability") || $0.topic.hasSuffix("/state") }
        #expect(words.last?.text == "online")
        await bench.end()
    }

    @Test func `is not called online at its end when a lock never got through`() async throws {
        let bench = try await Bench { packet in packet.clientID == "loqed-gateway-front_door" ? [.close] : nil }
        await bench.shows("gateway/availability") { $0 == "offline" }
        await bench.end()
        #expect(Set(bench.texts("gateway/availability")) == ["offline"])
    }

    @Test func `counts what keeps its own session from the broker, which nobody can be told`() async throws {
        let isRefusing = Switch(true)
        let bench = try await Bench { packet in
            guard packet.kind == .connect, isRefusing.isOn else { return nil }
            return [.send(ScriptedBroker.refusal(packet, reason: 134)), .close]
        }
        let series = MetricSeries(.problems, MetricLabel("code", "broker_login"))
        await eventually("it is counted") { bench.link.gauges[series] == 1 }
        #expect(bench.link.gauges[MetricSeries(.sessionsUp)] == 0)
        isRefusing.isOn = false
        await bench.shows("gateway/availability") { $0 == "online" }
        #expect(bench.link.gauges[series] == 0)
        #expect(bench.texts("gateway/problem").allSatisfy { $0 == "[]" })
        await bench.end()
    }

    @Test(
        arguments: [
            (134, "broker_login"), (135, "broker_not_authorised"), (133, "broker_client_id"), (138, "broker_banned"),
            (136, "broker_unavailable"), (151, "broker_quota"),
        ] as [(UInt8, String)]
    )
    func `names a refusal once, with the remedy, and not the password`(reason: UInt8, code: String) async throws {
        let bench = try await Bench { packet in
            packet.kind == .connect ? [.send(ScriptedBroker.refusal(packet, reason: reason)), .close] : nil
        }
        await eventually("both sessions were refused several times") {
            bench.broker.received.count { $0.kind == .connect } >= 5
        }
        let lines = bench.log.all.filter { $0.hasPrefix("warning") }
        #expect(lines.count == 1)
        #expect(lines.first?.contains("problem=\(code) ") ?? false)
        #expect(lines.first?.contains("remedy=") ?? false)
        await bench.end()
    }
}
