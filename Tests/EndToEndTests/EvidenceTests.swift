import GatewayTestSupport
import LockDomain
import LoqedSimulator
import Testing

extension `The whole gateway` {
    /// The rules of evidence, as far as a wire has a part in them.
    @Suite struct `What the wires can do to evidence` {
        @Test func `3: the end of a movement is lost, and a read finds it`() async throws {
            try await World.run {
                $0.movementTimeout = .seconds(2)
            } _: { world in
                try await world.simulate("signal-report")
                try await world.simulate("time motor 10s")
                try await world.simulate("lock")
                try await world.waits(for: "front_door/state", "locking")
                try await world.simulate("lose 1")
                try await world.waits(for: "front_door/state", "locked")
                let attributes = try await world.next("front_door/attributes") { $0.contains(#""state":"locked""#) }
                #expect(attributes.contains(#""source":"status""#))
                #expect(attributes.contains(#""webhook_path":"unproven""#))
            }
        }

        @Test func `3: a movement that does not end is unknown, not what it was`() async throws {
            try await World.run {
                $0.movementTimeout = .seconds(2)
            } _: { world in
                try await world.simulate("time motor 10m")
                try await world.simulate("lock")
                try await world.waits(for: "front_door/state", "locking")
                #expect(try await world.state() == "unknown")
            }
        }

        @Test func `4: a jam ends when the lock says where it stands`() async throws {
            try await World.run { world in
                try await world.simulate("stall on")
                try await world.simulate("lock")
                try await world.waits(for: "front_door/state", "jammed")
                try await world.simulate("by-hand lock")
                try await world.waits(for: "front_door/state", "locked")
            }
        }

        @Test func `5: a status that lags behind a webhook changes nothing`() async throws {
            try await World.run { world in
                try await world.simulate("stuck on")
                try await world.simulate("by-hand lock")
                try await world.waits(for: "front_door/state", "locked")
                let reads = world.simulator.snapshot.counters.requests[.status] ?? 0
                try await world.publish("", to: "front_door/refresh")
                await eventually("the bridge is read") {
                    (world.simulator.snapshot.counters.requests[.status] ?? 0) > reads
                }
                try await world.simulate("battery 55")
                try await world.waits(for: "front_door/battery", "55")
                #expect(world.newest("front_door/state") == "locked")
            }
        }

        @Test func `6: empty batteries are offline`() async throws {
            try await World.run { world in
                try await world.simulate("batteries empty")
                try await world.waits(for: "front_door/state", "unknown")
                try await world.waits(for: "front_door/battery", "unknown")
                try await world.waits(for: "front_door/connectivity", "offline")
                try await world.simulate("batteries new")
                try await world.waits(for: "front_door/connectivity", "online")
                #expect(world.newest("front_door/state") == "unknown", "it knows where it stands only when it moves")
                try await world.simulate("by-hand lock")
                try await world.waits(for: "front_door/state", "locked")
            }
        }

        @Test func `7: numbers may be text, and what means nothing is unknown`() async throws {
            try await World.run { world in
                try await world.simulate("text-numbers on")
                try await world.simulate("battery 15")
                try await world.waits(for: "front_door/battery", "15")
                try await world.simulate("no-key empty")
                try await world.simulate("by-hand lock")
                let event = try await world.next("front_door/event") { $0.contains(#""event_type":"locked""#) }
                #expect(event.contains(#""key_id":null"#))
            }
        }

        @Test func `8: a webhook that comes twice is one event`() async throws {
            try await World.run { world in
                try await world.simulate("repeat on")
                try await world.simulate("by-hand lock")
                try await world.waits(for: "front_door/state", "locked")
                try await world.simulate("repeat off")
                try await world.simulate("by-hand unlock")
                try await world.waits(for: "front_door/state", "unlocked")
                let events = world.history.filter { $0.hasPrefix("loqed/front_door/event ") }
                #expect(events.count { $0.contains(#""event_type":"locked""#) } == 1)
                #expect(world.log.all.contains { $0.contains("webhook repeated") })
            }
        }

        @Test func `8: a webhook overtaken by a newer one is an event, and no state`() async throws {
            try await World.run {
                $0.speed = 1
            } _: { world in
                try await world.simulate("swap on")
                try await world.simulate("by-hand lock")
                // Stamps have whole seconds: the second has to be in a later one to be newer.
                let second = world.now.seconds
                await eventually("a second passes") { world.now.seconds > second }
                try await world.simulate("by-hand unlock")
                _ = try await world.next("front_door/event") { $0.contains(#""event_type":"locked""#) }
                await world.shows("front_door/state") { $0 == "unlocked" }
                #expect(!world.history.contains("loqed/front_door/state locked"))
                #expect(world.log.all.contains { $0.contains("webhook late") })
            }
        }

        @Test(arguments: ["blackhole on", "fault hang"])
        func `9: a bridge that falls silent in any way takes the state with it`(silence: String) async throws {
            try await World.run {
                $0.statusIntervalUnproven = .seconds(1)
            } _: { world in
                try await world.simulate(silence)
                try await world.waits(for: "front_door/state", "unknown")
                let attributes = try await world.next("front_door/attributes") { $0.contains("bridge_unreachable") }
                #expect(attributes.contains(#""last_known":{"battery":82,"#))
            }
        }

        @Test func `a webhook with a wrong signature is refused, and a read finds the truth`() async throws {
            try await World.run {
                $0.statusIntervalUnproven = .seconds(1)
            } _: { world in
                try await world.simulate("forge on")
                try await world.simulate("by-hand lock")
                await eventually("it is refused") {
                    world.log.all.contains { $0.contains("webhook refused") && $0.contains("bridge_key") }
                }
                try await world.waits(for: "front_door/state", "locked")
                #expect(!world.history.contains { $0.hasPrefix("loqed/front_door/event ") && $0.contains("locked") })
            }
        }

        @Test func `a bridge that restarts and forgets our webhook is told again`() async throws {
            try await World.run { world in
                try await world.simulate("reboot lose-webhooks")
                try await world.publish("", to: "front_door/refresh")
                await eventually("the webhook is there again") { world.simulator.snapshot.webhooks.count == 1 }
                try await world.simulate("by-hand lock")
                let event = try await world.next("front_door/event") { $0.contains(#""event_type":"locked""#) }
                #expect(event.contains(#""cause":"by_hand""#))
            }
        }
    }

    @Suite struct `What the wires can do to a command` {
        @Test(arguments: ["hang", "reset", "truncate", "garbage", "drip", "huge"])
        func `an answer that is no good does not make it go twice`(fault: String) async throws {
            try await World.run { world in
                try await world.simulate("fault to_lock \(fault)")
                try await world.command("LOCK")
                let result = try await world.next("front_door/command/result") {
                    $0.contains("confirmed") || $0.contains("failed")
                }
                #expect(result.contains(#""status":"confirmed""#) && result.contains(#""attempts":1"#))
                #expect(world.simulator.snapshot.counters.requests[.toLock] == 1)
                #expect(world.simulator.snapshot.movements.count == 1)
            }
        }

        @Test(arguments: [("drop", "no_response"), ("swallow", "no_confirmation")])
        func `one that the lock never got is not sent again, and fails`(fault: String, reason: String) async throws {
            try await World.run {
                $0.movementTimeout = .seconds(2)
            } _: { world in
                try await world.simulate("signal-report")
                try await world.simulate("fault to_lock \(fault)")
                try await world.command("LOCK")
                let result = try await world.next("front_door/command/result") { $0.contains("failed") }
                #expect(result.contains("\"error\":\"\(reason)\"") && result.contains(#""attempts":1"#))
                #expect(world.simulator.snapshot.counters.requests[.toLock] == 1)
                #expect(world.simulator.snapshot.movements == [])
                #expect(world.newest("front_door/state") == "unlocked")
            }
        }

        @Test func `a bridge that takes no connection gets it once, when it takes them again`() async throws {
            try await World.run {
                $0.probeInterval = .seconds(30)
            } _: { world in
                try await world.simulate("blackhole on")
                try await world.command("LOCK")
                _ = try await world.next("front_door/command/result") { $0.contains(#""attempts":2"#) }
                try await world.simulate("blackhole off")
                let result = try await world.next("front_door/command/result") { $0.contains("confirmed") }
                #expect(!result.contains(#""attempts":1,"#))
                #expect(world.simulator.snapshot.counters.requests[.toLock] == 1)
            }
        }
    }
}
