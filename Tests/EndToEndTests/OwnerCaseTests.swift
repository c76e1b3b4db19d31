import GatewayTestSupport
import LockDomain
import LoqedSimulator
import LoqedWire
import Testing

extension `The whole gateway` {
    /// What owners of these locks report.
    @Suite struct `In homes as they are` {
        @Test func `a wrong URL registered before us is replaced, and a stranger's is left alone`() async throws {
            let stranger = "http://127.0.0.1:1/api/webhook/0123456789abcdef"
            try await World.run {
                $0.registered = [stranger, "http://172.17.0.2:8099/loqed/front_door"]
            } _: { world in
                await eventually("ours is the only one beside the stranger's") {
                    let urls = world.simulator.snapshot.webhooks.map(\.url)
                    let ours = urls.filter { $0.hasPrefix("http://127.0.0.1:") && $0.hasSuffix("/loqed/front_door") }
                    return urls.count == 2 && urls.contains(stranger) && ours.count == 1
                }
                try await world.simulate("by-hand lock")
                try await world.waits(for: "front_door/state", "locked")
                #expect(!world.history.contains { $0.contains("0123456789abcdef") })
                #expect(!world.log.all.contains { $0.contains("0123456789abcdef") })
            }
        }

        @Test func `five foreign targets of which three are dead delay events, and we say so`() async throws {
            try await World.run {
                $0.prelude = ["foreign dead", "foreign ok", "foreign dead", "foreign ok", "foreign dead"]
                $0.timing.deliveryTimeout = .milliseconds(800)
            } _: { world in
                #expect(world.simulator.snapshot.webhooks.count == 6)
                await eventually("the owner is told") {
                    world.log.all.contains { $0.contains("dead ones delay every event webhooks.foreign=5") }
                        || world.log.all.contains {
                            $0.contains("dead ones delay") && $0.contains("webhooks.foreign=5")
                        }
                }
                // The first shows how far the clocks differ, or how long it took; two can be told apart.
                try await world.simulate("signal-report")
                try await world.simulate("by-hand lock")
                try await world.waits(for: "front_door/state", "locked")
                let event = try await world.next("front_door/event") { $0.contains(#""event_type":"locked""#) }
                #expect(event.contains(#""cause":"by_hand""#))
                await world.shows("front_door/attributes") { $0.contains(#""webhook_path":"proven""#) }
                #expect(world.simulator.foreignDeliveries >= 2)
                #expect(world.simulator.snapshot.webhooks.count == 6)
            }
        }

        @Test(arguments: [(-40, "40 s behind ours"), (40, "40 s ahead of ours")])
        func `a skew of 40 s`(skew: Int, text: String) async throws {
            try await World.run {
                $0.prelude = ["skew \(skew)"]
                // Doorbells, not polling, have to bring the news.
                $0.statusIntervalUnproven = .seconds(3600)
                $0.timing.statusLag = .zero
            } _: { world in
                try await world.simulate("by-hand lock")
                try await world.waits(for: "front_door/state", "locked")
                // Refused ones are looked at once a second at most.
                let second = world.now.seconds
                await eventually("more than a second passes") { world.now.seconds > second + 1 }
                try await world.simulate("by-hand unlock")
                try await world.waits(for: "front_door/state", "unlocked")
                await world.shows("gateway/problem") { $0.contains("clock_skew") && $0.contains(text) }
                #expect(world.newest("gateway/problem")?.contains("webhooks_missing") == false)
                await world.shows("front_door/attributes") {
                    $0.contains(#""webhook_path":"unproven""#) && $0.contains(#""clock_skew_seconds":\#(-skew)"#)
                }
                try await world.simulate("skew 0")
                for _ in 0..<3 {
                    let second = world.now.seconds
                    await eventually("a second passes") { world.now.seconds > second }
                    try await world.simulate("signal-report")
                }
                await world.shows("gateway/problem") { $0 == "[]" }
            }
        }

        @Test func `a bridge that refuses port 80`() async throws {
            try await World.run { world in
                try await world.simulate("refuse on")
                try await world.waits(for: "front_door/state", "unknown")
                let problem = try await world.next("gateway/problem") { $0.contains("bridge_refused") }
                #expect(problem.contains(#""remedy":"#))
                try await world.simulate("by-hand lock")
                try await world.simulate("refuse off")
                try await world.waits(for: "front_door/state", "locked")
                try await world.waits(for: "gateway/problem", "[]")
            }
        }

        @Test(arguments: [("blackhole on", "bridge_timeout"), ("fault hang", "bridge_hung")])
        func `a bridge that falls silent is a problem by its own name`(silence: String, code: String) async throws {
            try await World.run {
                $0.statusIntervalUnproven = .seconds(1)
            } _: { world in
                try await world.simulate(silence)
                try await world.waits(for: "front_door/state", "unknown")
                _ = try await world.next("gateway/problem") { $0.contains(code) }
            }
        }

        @Test func `a newer bridge without TIMESTAMP rings, and its status tells`() async throws {
            try await World.run {
                $0.kind = .shelly
                $0.timing.statusLag = .zero
                $0.statusIntervalUnproven = .seconds(3600)
            } _: { world in
                try await world.simulate("by-hand lock")
                try await world.waits(for: "front_door/state", "locked")
                await world.shows("front_door/attributes") {
                    $0.contains(#""kind":"shelly""#) && $0.contains(#""webhook_path":"unproven""#)
                }
                #expect(world.newest("gateway/problem") == "[]")
            }
        }

        @Test func `webhooks that never arrive are a problem that names both ends`() async throws {
            try await World.run {
                $0.statusIntervalUnproven = .seconds(1)
                $0.timing.statusLag = .zero
            } _: { world in
                try await world.simulate("lose on")
                try await world.simulate("by-hand lock")
                try await world.waits(for: "front_door/state", "locked")
                let problem = try await world.next("gateway/problem") { $0.contains("webhooks_missing") }
                #expect(problem.contains("allow TCP from 127.0.0.1 (the bridge) to 127.0.0.1:"))
                try await world.simulate("lose off")
                try await world.simulate("signal-report")
                try await world.waits(for: "gateway/problem", "[]")
            }
        }
    }
}
