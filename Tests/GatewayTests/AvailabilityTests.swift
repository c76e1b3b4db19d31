import GatewayTestSupport
import Glibc
import LockDomain
import NIOConcurrencyHelpers
import Testing

@testable import Gateway

private let front = LinkBench.lock
private let back = LockID("back_door")!

/// All that can be known of a lock.
private let wellKnown = LockReport(
    state: .locked,
    evidence: Evidence(source: .webhook, time: UnixTime(seconds: 1_790_000_000)),
    lastKnownState: .init(state: .locked, time: UnixTime(seconds: 1_790_000_000)),
    connectivity: .online,
    road: .local,
    battery: BatteryReading(level: 82, voltage: 7.8, type: .alkaline),
    lastKnownBattery: .init(level: 82, time: UnixTime(seconds: 1_790_000_001)),
    signal: SignalReading(wifi: 90, bluetooth: 80),
    webhookPath: .proven
)

extension LinkBench {
    /// A client ends so that the broker drops its will.
    fileprivate func saysGoodbye(_ client: String) async {
        await eventually("\(client) says goodbye") {
            let packets = broker.received
            let connection = packets.last { $0.kind == .connect && $0.clientID == client }?.connection
            return packets.contains { $0.kind == .disconnect && $0.connection == connection }
        }
    }

    /// What came on a topic below the base, with the client that sent it.
    fileprivate func said(_ topic: String) -> [String] {
        let packets = broker.received
        return packets.filter { $0.topic == "loqed/\(topic)" }.map { packet in
            let client = packets.first { $0.kind == .connect && $0.connection == packet.connection }?.clientID ?? ""
            return "\(client.dropFirst("loqed-gateway".count).drop { $0 == "-" }): \(packet.text)"
        }
    }
}

@Suite struct `A lock whose session with the broker does not come` {
    private let time = DrivenTime()

    /// A broker that has no place for one of the two locks while the switch is on.
    private func bench(_ isFull: Switch) async throws -> LinkBench {
        let bench = try await LinkBench([front, back], time: time.source) { packet in
            guard packet.clientID == "loqed-gateway-back_door", isFull.isOn else { return nil }
            return [.send(ScriptedBroker.refusal(packet, reason: 151)), .close]
        }
        for lock in [front, back] { bench.link.announce(.report(wellKnown), for: lock) }
        await bench.shows("front_door/attributes") { $0.contains("locked") }
        await eventually("the gateway's own session is there") { !bench.texts("gateway/availability").isEmpty }
        return bench
    }

    @Test func `keeps the others from being available for three seconds, and its topics are honest then`() async throws
    {
        let isFull = Switch(true)
        let bench = try await bench(isFull)
        time.advance(by: .milliseconds(2999))
        bench.happens(.locked, at: 1)
        await eventually("the front door goes on") { !bench.events.isEmpty }
        #expect(Set(bench.texts("gateway/availability")) == ["offline"])
        #expect(bench.said("back_door/state") == [])

        time.advance(by: .milliseconds(1))
        await bench.shows("gateway/availability") { $0 == "online" }
        #expect(bench.said("front_door/state") == ["front_door: locked"])
        #expect(bench.said("back_door/state") == [": unknown"])
        #expect(bench.said("back_door/battery") == [": unknown"])
        #expect(bench.said("back_door/connectivity") == [": offline"])
        let attributes = try #require(bench.texts("back_door/attributes").first)
        #expect(attributes.contains(#""last_known":{"battery":82,"#))
        #expect(attributes.contains(#""stale":{"battery":true,"state":true},"state":"unknown""#))
        let order = bench.broker.received.map(\.topic)
        #expect(
            try #require(order.lastIndex { $0.hasPrefix("loqed/back_door/") })
                < #require(order.lastIndex(of: "loqed/gateway/availability"))
        )

        isFull.isOn = false
        await eventually("its own session says what it knows") {
            bench.said("back_door/state") == [": unknown", "back_door: locked"]
                && bench.said("back_door/battery") == [": unknown", "back_door: 82"]
                && bench.said("back_door/connectivity") == [": offline", "back_door: online"]
        }
        #expect(bench.texts("gateway/availability").last == "online")
        await bench.end()
    }

    @Test func `is not one that has come and has something under way`() async throws {
        let (isFull, isHeld) = (Switch(true), NIOLockedValueBox(false))
        let bench = try await LinkBench([front, back], time: time.source) { packet in
            if packet.clientID == "loqed-gateway-back_door", isFull.isOn {
                return [.send(ScriptedBroker.refusal(packet, reason: 151)), .close]
            }
            return packet.topic == "loqed/front_door/event" && isHeld.withLockedValue { $0 } ? [.ignore] : nil
        }
        for lock in [front, back] { bench.link.announce(.report(wellKnown), for: lock) }
        await bench.shows("front_door/attributes") { $0.contains("locked") }
        await bench.shows("gateway/availability") { $0 == "offline" }
        await eventually("the front door has come") { bench.link.pumps.contains { $0.hasArrived } }
        isHeld.withLockedValue { $0 = true }
        bench.happens(.locked, at: 1)
        await eventually("the front door has something under way") { !bench.events.isEmpty }
        time.advance(by: .seconds(3))
        await bench.shows("gateway/availability") { $0 == "online" }
        #expect(bench.said("front_door/state") == ["front_door: locked"])
        #expect(bench.said("back_door/state") == [": unknown"])
        await bench.end()
    }

    @Test func `has the last word when it comes while the gateway speaks in its place`() async throws {
        let (isFull, isHeld) = (Switch(true), NIOLockedValueBox(true))
        let bench = try await LinkBench([front, back], time: time.source) { packet in
            if packet.clientID == "loqed-gateway-back_door", isFull.isOn {
                return [.send(ScriptedBroker.refusal(packet, reason: 151)), .close]
            }
            guard packet.topic == "loqed/back_door/state", packet.text == "unknown" else { return nil }
            // It is on its way for as long as that.
            while isHeld.withLockedValue({ $0 }) { sched_yield() }
            return nil
        }
        for lock in [front, back] { bench.link.announce(.report(wellKnown), for: lock) }
        await bench.shows("front_door/attributes") { $0.contains("locked") }
        await bench.shows("gateway/availability") { $0 == "offline" }
        time.advance(by: .seconds(3))
        await eventually("the gateway speaks") { bench.said("back_door/state") == [": unknown"] }
        isFull.isOn = false
        await eventually("its session comes") {
            bench.said("back_door/attributes").first?.hasPrefix("back_door") == true
        }
        isHeld.withLockedValue { $0 = false }
        await bench.shows("gateway/availability") { $0 == "online" }
        await eventually("what it says is said again") {
            bench.said("back_door/state") == [": unknown", "back_door: locked", "back_door: locked"]
                && bench.said("back_door/battery").last == "back_door: 82"
                && bench.said("back_door/connectivity").last == "back_door: online"
                && bench.said("back_door/attributes").last?.hasPrefix("back_door") == true
        }
        await bench.end()
    }

    @Test func `is waited for anew after each connect`() async throws {
        let isFull = Switch(false)
        let bench = try await bench(isFull)
        await bench.shows("gateway/availability") { $0 == "online" }
        isFull.isOn = true
        bench.broker.drop()
        await eventually("the gateway is back") { bench.texts("gateway/availability").last == "offline" }
        time.advance(by: .seconds(3))
        await bench.shows("gateway/availability") { $0 == "online" }
        #expect(bench.said("back_door/state") == ["back_door: locked", ": unknown"])
        await bench.end()
    }

    @Test func `gets its last words from the gateway's own`() async throws {
        let isFull = Switch(false)
        let bench = try await bench(isFull)
        await bench.shows("gateway/availability") { $0 == "online" }
        isFull.isOn = true
        bench.broker.drop()
        await eventually("the gateway is back") { bench.texts("gateway/availability").last == "offline" }
        await bench.stop()
        // More than once where something else was still on its way.
        #expect(bench.said("back_door/state").prefix(2) == ["back_door: locked", ": unknown"])
        #expect(bench.said("back_door/state").last == ": unknown")
        #expect(bench.said("back_door/battery").last == ": unknown")
        #expect(bench.said("back_door/connectivity").last == ": offline")
        #expect(bench.said("gateway/availability").last == ": offline")
        await bench.end()
    }
}

@Suite struct `The last words of a gateway` {
    /// All has been said, and nothing is under way: what a broker no longer answers is only what the end says.
    private func bench(
        _ locks: [LockID] = [front],
        time: TimeSource = .live(),
        _ script: @escaping ScriptedBroker.Script = { _ in nil }
    ) async throws -> LinkBench {
        let bench = try await LinkBench(locks, time: time, script)
        for lock in locks { bench.link.announce(.report(wellKnown), for: lock) }
        for lock in locks { await bench.shows("\(lock)/attributes") { $0.contains(#""state":"locked""#) } }
        await bench.shows("gateway/availability") { $0 == "online" }
        await eventually("Home Assistant has been told of all") {
            let topics = Set(bench.broker.received.map(\.topic))
            return locks.allSatisfy { topics.contains("homeassistant/device/loqed_\($0)/config") }
                && bench.link.gateway.isSettled && bench.link.pumps.allSatisfy(\.isSettled)
        }
        return bench
    }

    private static let attributes = #"""
        {"battery":{"level":null,"low":null,"type":"alkaline","voltage":null},"bolt_state":"unknown",\#
        "bridge":{"kind":null,"mac":null},"clock_skew_seconds":null,"connectivity":"offline",\#
        "evidence":{"source":null,"time":null},\#
        "last_action":{"cause":null,"event":null,"key_id":null,"key_name":null,"raw_type":null,"time":null},\#
        "last_known":{"battery":82,"battery_time":"2026-09-21T14:13:21.000Z","state":"locked",\#
        "time":"2026-09-21T14:13:20.000Z"},"offline_reason":"starting","road":"none",\#
        "signal":{"bluetooth":null,"wifi":null},"stale":{"battery":true,"state":true},"state":"unknown",\#
        "webhook_delay":{"count":0,"last":null,"longest":null,"median":null,"refused_late":0,"refused_skewed":0},\#
        "webhook_path":"unproven"}
        """#

    @Test func `leave nothing definite about a lock, and unknown for ever`() async throws {
        let bench = try await bench()
        await bench.stop()
        #expect(bench.texts("front_door/state") == ["locked", "unknown"])
        #expect(bench.texts("front_door/battery") == ["82", "unknown"])
        #expect(bench.texts("front_door/connectivity") == ["online", "offline"])
        #expect(bench.texts("front_door/attributes").last == Self.attributes)
        #expect(bench.texts("front_door/commands_enabled") == ["on"])
        let published = bench.broker.received.filter { $0.kind == .publish }
        let said = published.filter { $0.topic.hasPrefix("loqed/front_door/") }.suffix(4)
        #expect(
            said.map(\.topic) == [
                "loqed/front_door/state", "loqed/front_door/battery", "loqed/front_door/connectivity",
                "loqed/front_door/attributes",
            ]
        )
        let expiry: [UInt8] = [2, 0, 0, 0, 180]
        #expect(said.map(\.properties) == [[], expiry, expiry, expiry])
        #expect(published.last?.topic == "loqed/gateway/availability")
        #expect(bench.texts("gateway/availability").last == "offline")
        await bench.end()
    }

    @Test func `are those about a lock that is begun anew, too`() async throws {
        let bench = try await bench()
        bench.link.doubt(front)
        await bench.shows("front_door/attributes") { $0 == Self.attributes }
        #expect(bench.texts("front_door/state") == ["locked", "unknown"])
        #expect(bench.texts("front_door/battery") == ["82", "unknown"])
        #expect(bench.texts("front_door/connectivity") == ["online", "offline"])
        await bench.end()
    }

    /// More than the library has under way at a time: the first word of the gateway's own session is that it is away, and
    /// without a goodbye the broker has the wills besides.
    @Test func `are left to the wills when a broker does not take them in time`() async throws {
        let isSilent = Switch(false)
        let time = DrivenTime()
        let locks = (1...6).map { LockID("door_\($0)")! }
        let bench = try await bench(locks, time: time.source) { packet in
            isSilent.isOn && packet.kind == .publish ? [.ignore] : nil
        }
        isSilent.isOn = true
        let before = bench.broker.received.count
        async let end: Void = bench.stop()
        for lock in locks { await bench.shows("\(lock)/state") { $0 == "unknown" } }
        time.advance(by: .seconds(2))
        await bench.shows("gateway/availability") { $0 == "offline" }
        time.advance(by: .seconds(2))
        await end
        let after = bench.broker.received.dropFirst(before)
        let sessions = bench.broker.received.filter { packet in
            packet.kind == .connect
                && (["loqed-gateway"] + locks.map { "loqed-gateway-\($0)" }).contains(packet.clientID)
        }
        let gateway = try #require(sessions.first { $0.clientID == "loqed-gateway" }).connection
        #expect(after.first { $0.connection == gateway && $0.kind == .publish }?.topic == "loqed/gateway/availability")
        #expect(Set(sessions.map(\.connection)).count == 7)
        #expect(
            !after.contains { goodbye in
                goodbye.kind == .disconnect && sessions.contains { $0.connection == goodbye.connection }
            }
        )
        await bench.end()
    }

    /// Its will would come after all that clears its topics, for good.
    @Test func `are never those of a lock that is taken away, however silent the broker is`() async throws {
        let isSilent = Switch(false)
        let time = DrivenTime()
        let bench = try await bench([front, back], time: time.source) { packet in
            isSilent.isOn && packet.kind == .publish ? [.ignore] : nil
        }
        isSilent.isOn = true
        async let removal: Void = bench.link.remove(back)
        await bench.shows("back_door/state") { $0.isEmpty }
        time.advance(by: .seconds(2))
        await removal
        await bench.saysGoodbye("loqed-gateway-back_door")
        isSilent.isOn = false
        await bench.end()
    }

    @Test func `are never those of a lock that was prepared in vain`() async throws {
        let bench = try await bench()
        let end = try await bench.link.prepare(LinkBench.configuration(of: back))
        await eventually("its session is there") {
            bench.broker.received.contains { $0.kind == .connect && $0.clientID == "loqed-gateway-back_door" }
        }
        await bench.link.discard(end)
        await bench.saysGoodbye("loqed-gateway-back_door")
        #expect(bench.said("back_door/state") == [])
        await bench.end()
    }

    @Test func `are waited for no longer than two seconds by each session`() async throws {
        let isSilent = Switch(false)
        let time = DrivenTime()
        let bench = try await bench(time: time.source) { packet in
            isSilent.isOn && packet.kind == .publish ? [.ignore] : nil
        }
        isSilent.isOn = true
        async let end: Void = bench.stop()
        await bench.shows("front_door/state") { $0 == "unknown" }
        time.advance(by: .seconds(2))
        await bench.shows("gateway/availability") { $0 == "offline" }
        time.advance(by: .seconds(2))
        await end
        await bench.end()
    }
}
