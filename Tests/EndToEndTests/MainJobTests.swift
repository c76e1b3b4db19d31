import GatewayTestSupport
import LockDomain
import LoqedSimulator
import Mosquitto
import Testing

/// One world at a time: each has a broker, a bridge and a gateway of its own.
@Suite(.serialized) enum `The whole gateway` {}

extension `The whole gateway` {
    @Suite struct `Doing its main job` {
        @Test func `moves the lock, and shows every step of it`() async throws {
            try await World.run { world in
                try await world.command("LOCK")
                #expect(try await world.next("front_door/command/result").contains(#""status":"received""#))
                #expect(try await world.next("front_door/command/result").contains(#""status":"sending""#))
                #expect(try await world.next("front_door/command/result").contains(#""status":"sent""#))
                try await world.waits(for: "front_door/state", "locking")
                #expect(try await world.next("front_door/event").contains(#""event_type":"locking""#))
                #expect(try await world.next("front_door/command/result").contains(#""status":"accepted""#))
                try await world.waits(for: "front_door/state", "locked")
                let event = try await world.next("front_door/event")
                #expect(event.contains(#""cause":"gateway""#) && event.contains(#""key_name":"Gateway""#))
                #expect(try await world.next("front_door/command/result").contains(#""status":"confirmed""#))
                #expect(world.simulator.snapshot.counters.valid == 1)
                #expect(world.simulator.snapshot.counters.received == 1)
            }
        }

        @Test func `sends exactly as many valid requests as commands`() async throws {
            try await World.run { world in
                for action in [" Lock\n", "unlock", #"{"command":"OPEN","id":"a"}"#] {
                    try await world.command(action)
                    let result = try await world.next("front_door/command/result") {
                        $0.contains("confirmed") || $0.contains("failed")
                    }
                    #expect(result.contains(#""status":"confirmed""#))
                }
                let counters = world.simulator.snapshot.counters
                #expect(counters.received == 3)
                #expect(counters.valid == 3)
                #expect(counters.repeated == 0)
            }
        }

        @Test func `tells what others do, and by which key`() async throws {
            try await World.run { world in
                try await world.simulate("signal-report")
                try await world.simulate("lock")
                let event = try await world.next("front_door/event") { $0.contains(#""event_type":"locked""#) }
                #expect(event.contains(#""key_id":1"#) && event.contains(#""key_name":"Alice""#))
                try await world.simulate("by-hand unlock")
                let byHand = try await world.next("front_door/event") { $0.contains(#""event_type":"unlocked""#) }
                #expect(byHand.contains(#""cause":"by_hand""#) && byHand.contains(#""key_id":null"#))
                try await world.simulate("battery 15")
                try await world.waits(for: "front_door/battery", "15")
            }
        }

        @Test func `opens, and shows the latch falling back`() async throws {
            try await World.run { world in
                try await world.command("OPEN")
                try await world.waits(for: "front_door/state", "opening")
                try await world.waits(for: "front_door/state", "open")
                try await world.waits(for: "front_door/state", "unlocked")
                #expect(
                    try await world.next("front_door/event") { $0.contains("unlocked") }.contains(#""cause":"auto""#)
                )
            }
        }

        @Test func `shows a jam`() async throws {
            try await World.run { world in
                try await world.simulate("stall on")
                try await world.command("LOCK")
                try await world.waits(for: "front_door/state", "jammed")
                let result = try await world.next("front_door/command/result") { $0.contains("failed") }
                #expect(result.contains(#""error":"jammed""#))
            }
        }
    }

    @Suite struct `When something is away` {
        @Test func `the state is unknown while the lock is offline, and known again after`() async throws {
            try await World.run { world in
                try await world.simulate("offline")
                try await world.waits(for: "front_door/state", "unknown")
                try await world.waits(for: "front_door/battery", "unknown")
                try await world.waits(for: "front_door/connectivity", "offline")
                #expect(try await world.next("front_door/attributes").contains(#""offline_reason":"lock_offline""#))
                try await world.command("LOCK")
                let result = try await world.next("front_door/command/result") { $0.contains("failed") }
                #expect(result.contains(#""error":"offline""#))
                #expect(world.simulator.snapshot.counters.received == 0, "nothing was sent")
                try await world.simulate("online")
                try await world.waits(for: "front_door/connectivity", "online")
                try await world.waits(for: "front_door/state", "unlocked")
            }
        }

        @Test func `the state is unknown while the bridge is gone, and known again after`() async throws {
            try await World.run { world in
                try await world.simulate("refuse on")
                try await world.waits(for: "front_door/state", "unknown")
                #expect(
                    try await world.next("front_door/attributes").contains(#""offline_reason":"bridge_unreachable""#)
                )
                try await world.simulate("refuse off")
                try await world.waits(for: "front_door/state", "unlocked")
            }
        }

        @Test func `a broker that comes back gets everything again`() async throws {
            try await World.run { world in
                await world.broker.kill()
                try await world.simulate("by-hand lock")
                try await world.broker.start()
                await world.shows("front_door/state") { $0 == "locked" }
                await world.shows("gateway/availability") { $0 == "online" }
            }
        }

        @Test func `the end of the gateway leaves no state behind`() async throws {
            try await World.run { world in
                await world.endGateway()
                try await world.waits(for: "front_door/state", "unknown")
                try await world.waits(for: "gateway/availability", "offline")
            }
        }
    }

    @Suite struct `A message on the command topic` {
        @Test(arguments: [
            ("EXPLODE", "unknown_command"), (#"{"command":"LOCK","command":"OPEN"}"#, "malformed"),
            (#"{"command":"LOCK","door":1}"#, "malformed"), ("", "malformed"),
            (#"{"command":"LOCK","issued_at":"2020-01-01T00:00:00Z"}"#, "expired"),
            (#"{"command":"LOCK","if_state":"locked"}"#, "state_differs"),
        ]) func `that must not move the door does not`(payload: String, reason: String) async throws {
            try await World.run { world in
                try await world.command(payload)
                let result = try await world.next("front_door/command/result")
                #expect(result.contains(#""status":"refused""#) && result.contains("\"error\":\"\(reason)\""))
                #expect(world.simulator.snapshot.counters.received == 0)
            }
        }

        @Test func `that is retained, or not allowed, does not move the door`() async throws {
            try await World.run {
                $0.allowedActions = [.lock]
            } _: { world in
                try await world.command("LOCK", retained: true)
                #expect(try await world.next("front_door/command/result").contains(#""error":"retained""#))
                try await world.command("OPEN")
                #expect(try await world.next("front_door/command/result").contains(#""error":"not_allowed""#))
                #expect(world.simulator.snapshot.counters.received == 0)
            }
        }

        @Test func `with an id seen before does not move the door again`() async throws {
            try await World.run { world in
                try await world.command(#"{"command":"LOCK","id":"once"}"#)
                _ = try await world.next("front_door/command/result") { $0.contains("confirmed") }
                try await world.command(#"{"command":"LOCK","id":"once"}"#)
                try await world.command(#"{"command":"UNLOCK","id":"twice"}"#)
                _ = try await world.next("front_door/command/result") {
                    $0.contains("twice") && $0.contains("confirmed")
                }
                #expect(world.simulator.snapshot.counters.received == 2)
            }
        }
    }

    @Suite struct `A bridge of the newer kind` {
        @Test func `is understood by its doorbell and its status`() async throws {
            try await World.run {
                $0.kind = .shelly
                $0.timing.statusLag = .zero
            } _: { world in
                await world.shows("front_door/attributes") { $0.contains(#""kind":"shelly""#) }
                try await world.simulate("by-hand lock")
                try await world.waits(for: "front_door/state", "locked")
                #expect(try await world.next("front_door/attributes").contains(#""source":"status""#))
            }
        }
    }

    @Suite struct `Nothing secret` {
        @Test func `is logged or published`() async throws {
            try await World.run { world in
                try await world.command("LOCK")
                _ = try await world.next("front_door/command/result") { $0.contains("confirmed") }
                try await world.simulate("fault reset")
                try await world.command("UNLOCK")
                _ = try await world.next("front_door/command/result") { $0.contains("sending") }
                let secrets = ["AAECAwQF", "//79/Pv6", "to_lock", "command_signed", "HASH"]
                for line in world.log.all {
                    for secret in secrets { #expect(!line.contains(secret), "\(line)") }
                }
                #expect(world.log.all.contains { $0.contains("command ended") })
                #expect(!world.broker.log.contains("AAECAwQF"))
            }
        }
    }
}
