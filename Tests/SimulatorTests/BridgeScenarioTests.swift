import GatewayTestSupport
import LockDomain
import LoqedSimulator
import LoqedWire
import NIOConcurrencyHelpers
import PlainHTTP
import Testing

@Suite struct `A scenario on the bridge` {
    @Test func `lost answers: what the bridge heard and what the lock heard are two things`() async throws {
        try await SimulatorRig.run("lost-answers") { rig in
            await rig.told(1)
            await #expect(throws: ExchangeFailure.closed) { try await rig.ask(rig.command(.lock)) }
            #expect(rig.simulator.snapshot.counters.validByAction == [.lock: 1], "the answer is lost, the door moves")
            await rig.clock.reach(4)
            await eventually("the lock locks") { rig.simulator.snapshot.bolt == .nightLock }

            await rig.clock.reach(10)
            await rig.told(2)
            await #expect(throws: ExchangeFailure.closed) { try await rig.ask(rig.command(.unlock)) }
            #expect(rig.simulator.snapshot.counters.received == 1, "the lock has heard nothing")
            #expect(rig.simulator.snapshot.counters.requests[.toLock] == 2)

            await rig.clock.reach(20)
            await rig.told(3)
            #expect(try await rig.ask(rig.command(.unlock)).status == 200)
            #expect(rig.simulator.snapshot.counters.received == 1, "the lock has heard nothing again")

            await rig.clock.reach(30)
            await rig.told(5)
            #expect(try await rig.ask(rig.command(.unlock)).status == 200)
            #expect(rig.simulator.snapshot.counters.whileOffline == 1)
            await rig.clock.reach(40)
            await rig.told(6)
            await rig.clock.reach(44)
            await eventually("the late command is obeyed") { rig.simulator.snapshot.bolt == .dayLock }

            await rig.clock.reach(50)
            await rig.told(7)
            let command = try rig.command(.lock)
            for _ in 0..<2 { #expect(try await rig.ask(command).status == 200) }
            let counters = rig.simulator.snapshot.counters
            #expect(counters.received == 4)
            #expect(counters.repeated == 1)
            #expect(counters.validByAction == [.lock: 2, .unlock: 1], "the repeat is not obeyed")
            #expect(counters.requests == [.toLock: 6])
            #expect(rig.simulator.snapshot.movements.map(\.outcome) == [.arrived, .arrived])
        }
    }

    @Test func `unreachable: refused, silent, rebooting, and back after each`() async throws {
        try await SimulatorRig.run("unreachable") { rig in
            let port = rig.simulator.port
            await rig.told(1)
            await refused { _ = try await rig.ask(.status) }
            await rig.clock.reach(10)
            await rig.told(2)
            #expect(try await rig.ask(.status).status == 200)
            await rig.clock.reach(20)
            await rig.told(3)
            await #expect(throws: ConnectFailure.timeout) { try await rig.knock() }
            await rig.clock.reach(30)
            await rig.told(4)
            #expect(try await rig.ask(.status).status == 200)
            await rig.clock.reach(40)
            await rig.told(5)
            await #expect(throws: ConnectFailure.timeout) { try await rig.knock() }
            await rig.clock.reach(60)
            await eventually("the bridge is back") { (try? await rig.ask(.status).status) == 200 }
            let status = String(decoding: try await rig.ask(.status).body, as: UTF8.self)
            #expect(status.contains(#""up_timestamp":\#(DeviceStory.epoch + 60)"#))
            #expect(rig.simulator.port == port)
        }
    }

    @Test func `neighbours: each is waited for in turn, and a full list takes no more`() async throws {
        try await SimulatorRig.run("neighbours") {
            $0.timing.deliveryTimeout = .milliseconds(700)
        } _: { rig in
            await rig.told(4)
            #expect(try await rig.create(rig.url("/own")) == 200)
            try await rig.control("by-hand lock")
            await eventually("the slow one is asked") { rig.simulator.foreignDeliveries == 2 }
            #expect(rig.catcher.requests.withLockedValue { $0.isEmpty }, "the slow one is before us")
            #expect(rig.simulator.snapshot.undelivered == 1)
            await rig.clock.reach(3)
            #expect(await rig.catcher.first(1).map(\.head.path) == ["/own"])
            await eventually("all are done with") { rig.simulator.snapshot.undelivered == 0 }
            let webhooks = rig.simulator.snapshot.counters.webhooks
            // On a busy machine even the good ones may answer too late.
            #expect(webhooks.delivered + webhooks.failed == 5 && webhooks.failed >= 2 && webhooks.lost == 0)
            #expect(rig.simulator.snapshot.shownBolt == .dayLock)
            await rig.clock.reach(5)
            await eventually("the status follows") { rig.simulator.snapshot.shownBolt == .nightLock }

            await rig.clock.reach(10)
            await rig.told(5)
            #expect(try await rig.create(rig.url("/more")) == 500)
            await rig.clock.reach(20)
            await rig.told(6)
            #expect(rig.simulator.snapshot.webhooks.map(\.id) == [5])
            #expect(try await rig.create(rig.url("/more")) == 200)
        }
    }

    @Test func `wrong signatures: as the target sees them`() async throws {
        try await SimulatorRig.run("wrong-signatures") { _ in
        } prepare: { rig in
            let status = try await rig.create(rig.url("/own"))
            #expect(status == 200)
        } _: { rig in
            for (count, seconds) in [(1, 5), (2, 10), (3, 15)] {
                _ = await rig.catcher.first(count)
                await rig.clock.reach(seconds)
            }
            let requests = await rig.catcher.first(4)
            let verdicts = zip(requests, [0, 5, 10, 15]).map { request, seconds in
                verdict(on: request, at: UnixTime(seconds: DeviceStory.epoch + seconds), key: rig.key)
            }
            #expect(verdicts == [.stale(skew: .seconds(-90)), .stale(skew: .seconds(90)), .badSignature, .unsigned])
        }
    }

    private func verdict(on request: ReceivedRequest, at now: UnixTime, key: BridgeKey) -> WebhookRejection? {
        let fields = request.head.fields.all.map { (name: $0.name, value: $0.value) }
        do throws(WebhookRejection) {
            _ = try WebhookEnvelope(fields: fields, body: request.body).verified(
                with: key,
                at: now,
                tolerance: .seconds(20)
            )
            return nil
        } catch {
            return error
        }
    }

    @Test func `power cut: a webhook that waits behind a slow target is never sent`() async throws {
        try await SimulatorRig.run { rig in
            try await rig.control("foreign slow")
            #expect(try await rig.create(rig.url("/own")) == 200)
            try await rig.control("by-hand lock")
            try await rig.control("by-hand unlock")
            await eventually("the slow one is asked") { rig.simulator.foreignDeliveries == 1 }
            try await rig.control("power off")
            try await rig.control("power on")
            await rig.clock.reach(3)
            await eventually("all are done with") { rig.simulator.snapshot.undelivered == 0 }
            #expect(rig.simulator.snapshot.counters.webhooks.lost == 1)
            #expect(rig.simulator.foreignDeliveries == 1)
        }
    }

    @Test func `passes faster at speed`() async throws {
        try await SimulatorRig.run("unreachable") {
            $0.speed = 10
        } _: { rig in
            await rig.told(1)
            await rig.clock.reach(1)
            await rig.told(2)
            await rig.clock.reach(2)
            await rig.told(3)
        }
    }

    @Test func `ends when it is cancelled, between two lines`() async throws {
        try await SimulatorRig.run { rig in
            let scenario = try Scenario("0s by-hand lock\n5s by-hand unlock", file: "two")
            let runner = ScenarioRunner(scenario, on: rig.simulator, clock: rig.clock.simulated)
            await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await runner.run() }
                await eventually("the first line is told") { rig.simulator.snapshot.bolt == .nightLock }
                group.cancelAll()
                await #expect(throws: CancellationError.self) { try await group.waitForAll() }
            }
            #expect(rig.simulator.snapshot.bolt == .nightLock)
        }
    }
}

extension SimulatorRig {
    /// Only connects, without much patience.
    fileprivate func knock() async throws {
        let endpoint = HTTPEndpoint(host: "127.0.0.1", port: simulator.port ?? 0)
        let connection = try await OneShotConnection.open(to: endpoint, timeout: .milliseconds(200), on: threads)
        await connection.close()
    }
}
