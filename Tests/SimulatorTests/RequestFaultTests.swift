import GatewayTestSupport
import LockDomain
import LoqedSimulator
import LoqedWire
import PlainHTTP
import Testing

private enum Outcome: Hashable, Sendable {
    case answered(Int)
    case failed(ExchangeFailure)
}

@Suite struct `A fault of the bridge` {
    private func outcome(
        _ rig: SimulatorRig,
        _ request: BridgeRequest,
        patience: Duration
    ) async throws -> Outcome {
        do {
            return .answered(try await rig.ask(request, patience: patience).status)
        } catch let failure as ExchangeFailure {
            return .failed(failure)
        }
    }

    @Test(arguments: [
        ("hang", Outcome.failed(.timeout), true), ("reset", .failed(.closed), true),
        ("truncate", .failed(.malformedAnswer), true), ("error", .answered(500), true),
        ("redirect", .answered(302), true),
        ("garbage", .failed(.malformedAnswer), true), ("drip", .failed(.timeout), true),
        ("huge", .failed(.answerTooLarge), true), ("drop", .failed(.closed), false),
        ("swallow", .answered(200), false),
    ]) private func `spoils the answer, and says whether the command took effect`(
        fault: String,
        expected: Outcome,
        takesEffect: Bool
    ) async throws {
        try await SimulatorRig.run { rig in
            try await rig.control("fault to_lock \(fault)")
            let patience: Duration = expected == .failed(.timeout) ? .milliseconds(300) : .seconds(60)
            #expect(try await outcome(rig, rig.command(.lock), patience: patience) == expected)
            await eventually("it has or has not taken effect") {
                let counters = rig.simulator.snapshot.counters
                return counters.requests == [.toLock: 1]
                    && counters.validByAction == (takesEffect ? [.lock: 1] : [:])
            }
            #expect(try await rig.ask(.status).status == 200, "another route is well")
            try await rig.control("fault off")
            #expect(try await rig.ask(rig.command(.lock)).status == 200)
        }
    }

    @Test func `can be of webhooks alone, and a lost answer leaves the target on the list`() async throws {
        try await SimulatorRig.run { rig in
            try await rig.control("fault webhooks error")
            #expect(try await rig.create("http://127.0.0.1:9/a") == 500)
            try await rig.control("fault webhooks off")
            try await rig.control("fault create drop 1")
            await #expect(throws: ExchangeFailure.closed) { _ = try await rig.create("http://127.0.0.1:9/b") }
            try await rig.control("fault create swallow 1")
            #expect(try await rig.create("http://127.0.0.1:9/c") == 200)
            #expect(rig.simulator.snapshot.webhooks.map(\.url) == ["http://127.0.0.1:9/a"])
            #expect(rig.simulator.snapshot.counters.requests == [.create: 3])
        }
    }

    @Test func `goes by the narrowest route, and as often as it was told to`() throws {
        var device = try SimulatedDevice(SimulatorConfiguration(), bootedAt: 0)
        let now = Moment(uptime: .zero, unix: UnixTime(seconds: DeviceStory.epoch))
        func control(_ line: String) throws { device.perform(try #require(SimulatorCommand(line)), at: now) }
        try control("fault error")
        try control("fault webhooks garbage")
        try control("fault create reset 2")
        var faults = [BridgeRoute.status, .list, .create, .create, .create].map { device.admit($0) }
        #expect(faults == [.error, .garbage, .reset, .reset, .garbage])
        try control("fault create hang")
        try control("fault webhooks off")
        faults = [.status, .list, .create].map { device.admit($0) }
        #expect(faults == [.error, .error, .error])
        try control("fault off")
        faults = [.status, .other].map { device.admit($0) }
        #expect(faults == [nil, nil])
        #expect(device.counters.requests == [.status: 3, .list: 2, .create: 4, .other: 1])
    }

    @Test func `can be the status of the answer to a wrong signature`() async throws {
        try await SimulatorRig.run { rig in
            let wrong = try BridgeKey(base64: "RTfc/vzF42LMW+QPO+CnRaV9clui7R4M7Zg3iAt0rY4=")
            let list = BridgeRequest.listWebhooks(key: wrong, at: rig.clock.now.unix)
            #expect(try await rig.ask(list).status == 401)
            try await rig.control("denial 403")
            #expect(try await rig.ask(list).status == 403)
        }
    }
}

@Suite struct `A webhook of the simulated bridge` {
    @Test func `is repeated byte for byte, headers and all`() async throws {
        try await SimulatorRig.run { rig in
            #expect(try await rig.create(rig.url("/own")) == 200)
            try await rig.control("repeat on")
            try await rig.control("by-hand lock")
            let requests = await rig.catcher.first(2)
            #expect(requests[0].body == requests[1].body)
            #expect(requests[0].head.fields == requests[1].head.fields)
            #expect(requests[0].head.fields["TIMESTAMP"] == "\(DeviceStory.epoch)")
        }
    }

    @Test func `fills in the brackets of its target's query, and only those that it has a value for`() async throws {
        try await SimulatorRig.run { rig in
            let query = "?state=[requested_state]&key=[key_local_id]&level=[battery_percentage]"
            #expect(try await rig.create(rig.url("/[event_type]\(query)")) == 200)
            try await rig.control("by-hand lock")
            let head = await rig.catcher.first(1)[0].head
            #expect(head.path == "/[event_type]")
            #expect(head.query == "state=NIGHT_LOCK&key=255&level=[battery_percentage]")
        }
    }

    @Test func `is counted when its target has no address to connect to`() async throws {
        try await SimulatorRig.run { rig in
            for url in ["https://127.0.0.1:9/", "http://", "http://:80/", "http://127.0.0.1:70000/", "nonsense"] {
                #expect(try await rig.create(url) == 200)
            }
            try await rig.control("by-hand lock")
            await eventually("all have failed") { rig.simulator.snapshot.counters.webhooks.failed == 5 }
        }
    }
}

@Suite struct `The report of the simulator` {
    @Test func `has the counters and the last movements`() async throws {
        try await SimulatorRig.run {
            $0.timing.untilGoing = .zero
            $0.timing.untilReached = .zero
        } _: { rig in
            _ = try await rig.ask(rig.command(.lock))
            _ = try await rig.ask(rig.command(.lock))
            await eventually("nothing is under way") { rig.simulator.snapshot.undelivered == 0 }
            let report = try await rig.control("report")
            let movement = #""event":"GO_TO_STATE_MANUAL_LOCK_REMOTE_NIGHT_LOCK""#
            #expect(
                report
                    == #"{"battery":82,"bolt":"night_lock","booted_at":1700000000,"commands":{"bad_signature":0,"#
                    + #""malformed":0,"received":2,"relay":0,"repeated":1,"stale":0,"unknown_key":0,"valid":2,"#
                    + #""while_offline":0},"commands_by_action":{"lock":2},"deliveries":{"delivered":0,"failed":0,"#
                    + #""lost":0,"to_foreign":0,"under_way":0},"kind":"esp32","movements":[{\#(movement),"#
                    + #""from":"day_lock","key":3,"outcome":"arrived","target":"night_lock"},{\#(movement),"#
                    + #""from":"night_lock","key":3,"outcome":"was_there","target":"night_lock"}],"online":true,"#
                    + #""port":"open","requests":{"to_lock":2},"speed":1.0,"status_shows":"day_lock","webhooks":0}"#
            )
        }
    }

    @Test func `remembers no more movements than the last hundred`() throws {
        var device = try SimulatedDevice(SimulatorConfiguration(), bootedAt: 0)
        for second in 0..<150 {
            let at = Duration.seconds(second * 10)
            device.move(to: second.isMultiple(of: 2) ? .nightLock : .dayLock, by: nil, event: "\(second)", at: at)
            device.pass(to: at + .seconds(5))
        }
        #expect(device.movements.map(\.event) == (50..<150).map(String.init))
    }

    @Test func `knows the command for the relay, which moves nothing`() async throws {
        var device = try SimulatedDevice(SimulatorConfiguration(), bootedAt: 0)
        let now = Moment(uptime: .zero, unix: UnixTime(seconds: DeviceStory.epoch))
        device.receive(base64: "AAAAAAAAAAACWQE=", at: now)
        #expect(device.counters.relay == 1 && device.counters.malformed == 0 && device.nextDeadline == nil)
    }
}
