import GatewayTestSupport
import LockDomain
import LoqedSimulator
import LoqedWire
import Mosquitto
import PlainHTTP
import Testing

extension `The whole gateway` {
    @Suite struct `Moving the door at most once` {
        /// What a bridge may do to a request that it has read, and how the command ends when the door moves all the same.
        @Test(arguments: ["hang", "reset", "truncate", "garbage"])
        func `whatever the bridge answers, the request is written once and the lock's own word decides`(
            fault: String
        ) async throws {
            try await World.run { world in
                try await world.simulate("fault \(fault)")
                try await world.command("LOCK")
                let result = try await world.next("front_door/command/result") {
                    $0.contains("confirmed") || $0.contains("failed")
                }
                #expect(result.contains(#""status":"confirmed""#) && result.contains(#""attempts":1"#))
                #expect(world.simulator.snapshot.counters.received == 1)
            }
        }

        @Test(arguments: ["error", "redirect"])
        func `an answer that says no is final, and no redirect is followed`(fault: String) async throws {
            try await World.run { world in
                try await world.simulate("fault \(fault)")
                try await world.command("LOCK")
                let result = try await world.next("front_door/command/result") { $0.contains("failed") }
                #expect(result.contains(#""error":"rejected""#) && result.contains(#""attempts":1"#))
                #expect(world.simulator.snapshot.counters.received == 1)
            }
        }

        @Test func `one that provably never left is tried again, and goes out once`() async throws {
            try await World.run {
                $0.probeInterval = .seconds(30)
            } _: { world in
                try await world.simulate("refuse on")
                try await world.command("LOCK")
                _ = try await world.next("front_door/command/result") { $0.contains(#""attempts":2"#) }
                try await world.simulate("refuse off")
                let result = try await world.next("front_door/command/result") { $0.contains("confirmed") }
                #expect(!result.contains(#""attempts":1,"#))
                #expect(world.simulator.snapshot.counters.valid == 1)
                #expect(world.simulator.snapshot.counters.received == 1)
            }
        }

        @Test func `the latest command wins while nothing has left`() async throws {
            try await World.run {
                $0.probeInterval = .seconds(30)
            } _: { world in
                try await world.simulate("refuse on")
                try await world.command(#"{"command":"LOCK","id":"old"}"#)
                _ = try await world.next("front_door/command/result") { $0.contains(#""attempts":1"#) }
                try await world.command(#"{"command":"OPEN","id":"new"}"#)
                _ = try await world.next("front_door/command/result") {
                    $0.contains(#""id":"old""#) && $0.contains(#""status":"superseded""#)
                }
                try await world.simulate("refuse off")
                _ = try await world.next("front_door/command/result") {
                    $0.contains(#""id":"new""#) && $0.contains("confirmed")
                }
                #expect(world.simulator.snapshot.counters.received == 1)
            }
        }

        @Test func `a repeated id is answered with the first result, which stays where it was`() async throws {
            try await World.run { world in
                try await world.command(#"{"command":"LOCK","id":"once"}"#)
                let first = try await world.next("front_door/command/result") { $0.contains("confirmed") }
                try await world.command(#"{"command":"LOCK","id":"once"}"#)
                let message = try await world.messages.first("the answer") { message in
                    message.topic == "loqed/front_door/command/result" ? message : nil
                }
                let text = String(decoding: message.payload, as: UTF8.self)
                #expect(text.contains(#""error":"duplicate""#))
                #expect(text.contains(#""first":{"error":null,"status":"confirmed""#))
                #expect(!message.isRetained)
                let retained = try await world.retained("front_door/command/result")
                #expect(retained == first)
                #expect(world.simulator.snapshot.counters.received == 1)
            }
        }

        @Test func `a message that the broker let expire is not carried out`() async throws {
            try await World.run {
                $0.probeInterval = .seconds(30)
            } _: { world in
                try await world.simulate("refuse on")
                try await world.command("LOCK", expiringIn: .seconds(1))
                let result = try await world.next("front_door/command/result") { $0.contains("expired") }
                #expect(result.contains(#""status":"expired""#) && result.contains(#""error":"unreachable""#))
                #expect(world.simulator.snapshot.counters.received == 0)
            }
        }

        @Test func `the seventh command in ten seconds is refused`() async throws {
            try await World.run { world in
                for _ in 0..<7 { try await world.command("LOCK") }
                let result = try await world.next("front_door/command/result") { $0.contains("refused") }
                #expect(result.contains(#""error":"rate_limited""#))
            }
        }

        @Test func `a command for a lock whose neighbour's bridge hangs is not delayed`() async throws {
            let back = LockID("back_door")!
            try await World.run {
                $0.neighbours = [back]
            } _: { world in
                // The bridge hangs, and its lock hears nothing.
                try await world.simulate("fault hang")
                try await world.simulate("offline")
                try await world.command("LOCK")
                _ = try await world.next("front_door/command/result") { $0.contains(#""status":"sending""#) }
                try await world.command("LOCK", to: back)
                // The bridge at the front door is given five seconds for its answer; only then can it be sent or not.
                let order = try await world.messages.first("the back door is done") { message -> [String]? in
                    let text = String(decoding: message.payload, as: UTF8.self)
                    guard message.topic.hasSuffix("command/result"), text.contains("confirmed") else { return nil }
                    return [message.topic]
                }
                #expect(order == ["loqed/back_door/command/result"])
                #expect(world.neighbours[back]?.snapshot.counters.valid == 1)
                #expect(world.newest("front_door/command/result")?.contains("confirmed") == false)
            }
        }
    }

    @Suite struct `The kill switch` {
        @Test func `turns commands off and on, and is shown`() async throws {
            try await World.run { world in
                await world.shows("front_door/commands_enabled") { $0 == "on" }
                try await world.publish(" OFF ", to: "front_door/commands_enabled/set")
                try await world.waits(for: "front_door/commands_enabled", "off")
                try await world.command("LOCK")
                #expect(try await world.next("front_door/command/result").contains(#""error":"disabled""#))
                try await world.publish("maybe", to: "front_door/commands_enabled/set")
                try await world.publish("on", to: "front_door/commands_enabled/set", retained: true)
                try await world.command("LOCK")
                #expect(try await world.next("front_door/command/result").contains(#""error":"disabled""#))
                try await world.publish("on", to: "front_door/commands_enabled/set")
                try await world.waits(for: "front_door/commands_enabled", "on")
                try await world.command("LOCK")
                _ = try await world.next("front_door/command/result") { $0.contains("confirmed") }
                #expect(world.simulator.snapshot.counters.received == 1)
            }
        }
    }

    @Suite struct `A sender who asks for an answer` {
        @Test func `gets every step on its own topic, with its own mark`() async throws {
            try await World.run { world in
                try await world.command("LOCK", answeringOn: "loqed/answers/7", mark: "mine")
                for status in ["received", "sending", "sent", "accepted", "confirmed"] {
                    let answer = try await world.messages.first("an answer") {
                        $0.topic == "loqed/answers/7" ? $0 : nil
                    }
                    #expect(String(decoding: answer.payload, as: UTF8.self).contains("\"status\":\"\(status)\""))
                    #expect(answer.properties.correlationData == Array("mine".utf8))
                    #expect(!answer.isRetained)
                }
            }
        }

        @Test func `is served below the prefix of the configuration, and nowhere else`() async throws {
            try await World.run {
                $0.responseTopicPrefix = "home/answers"
            } _: { world in
                for topic in [
                    "elsewhere/x", "loqed/front_door/command", "loqed/gateway/availability", "home/answers/1",
                ] {
                    try await world.command("EXPLODE", answeringOn: topic, mark: "m")
                    _ = try await world.next("front_door/command/result") { $0.contains("unknown_command") }
                }
                let answer = try await world.messages.first("the answer") { $0.topic == "home/answers/1" ? $0 : nil }
                #expect(answer.properties.correlationData == Array("m".utf8))
                #expect(world.newest("gateway/availability") == "online")
                #expect(world.topics.isDisjoint(with: ["elsewhere/x"]))
                #expect(world.newest("front_door/command") == "EXPLODE", "the gateway does not talk to itself")
            }
        }
    }

    @Suite struct `A retained command` {
        @Test func `that lay there before is never carried out, is reported, and well again when it is cleared`()
            async throws
        {
            try await World.run {
                $0.retained = ["front_door/command": "OPEN"]
            } _: { world in
                await world.shows("gateway/problem") { $0.contains(#""code":"retained_command""#) }
                #expect(world.newest("gateway/problem")?.contains("loqed/front_door/command") == true)
                #expect(world.newest("gateway/problem")?.contains("OPEN") == false)
                #expect(world.simulator.snapshot.counters.received == 0)
                try await world.command("", retained: true)
                await world.shows("gateway/problem") { $0 == "[]" }
                #expect(world.simulator.snapshot.counters.received == 0)
            }
        }

        @Test func `that comes while we listen is refused and reported`() async throws {
            try await World.run { world in
                #expect(world.newest("gateway/problem") == "[]")
                try await world.command("OPEN", retained: true)
                #expect(try await world.next("front_door/command/result").contains(#""error":"retained""#))
                await world.shows("gateway/problem") { $0.contains(#""code":"retained_command""#) }
                #expect(world.simulator.snapshot.counters.received == 0)
            }
        }
    }

    @Suite struct `Without a place for its record` {
        @Test func `the gateway shows the lock, refuses commands and says why`() async throws {
            let folder = TemporaryFolder()
            let file = folder.write("not a folder", to: "state")
            try await World.run {
                $0.stateDirectory = file
            } _: { world in
                await world.shows("front_door/state") { $0 == "unlocked" }
                await world.shows("gateway/problem") {
                    $0.contains(#""code":"journal_unavailable""#) && $0.contains("then start the gateway again")
                }
                await world.shows("front_door/commands_enabled") { $0 == "off" }
                try await world.publish("off", to: "front_door/commands_enabled/set")
                try await world.publish("on", to: "front_door/commands_enabled/set")
                try await world.command("LOCK")
                let result = try await world.next("front_door/command/result") { $0.contains("failed") }
                #expect(result.contains(#""error":"journal_unavailable""#))
                #expect(world.newest("front_door/commands_enabled") == "off")
                #expect(world.simulator.snapshot.counters.received == 0)
            }
            #expect(TemporaryFolder.read(file) == "not a folder")
        }
    }

    @Suite struct `Somebody else on the network` {
        @Test func `who plays a signed command again is noticed`() async throws {
            try await World.run { world in
                let secret = try CommandSecret(base64: SimulatorConfiguration.demoKeySecret)
                let command = SignedCommand(.lock, key: KeyID(3)!, secret: secret, at: world.now)
                let request = BridgeRequest.command(command)
                let endpoint = HTTPEndpoint(host: "127.0.0.1", port: world.bridgePort)
                let connection = try await OneShotConnection.open(to: endpoint, timeout: .seconds(5), on: world.threads)
                _ = try await connection.exchange(
                    HTTPRequest(method: request.method, target: request.target),
                    timeout: .seconds(5),
                    maximumBody: 1024
                )
                let event = try await world.next("front_door/event") { $0.contains("unexpected_own_key") }
                #expect(event.contains(#""key_id":3"#))
                #expect(world.log.all.contains { $0.contains("may have been replayed") })
            }
        }

        @Test func `whose bridge has taken the address of ours gives no state and gets no command`() async throws {
            try await World.run { world in
                try await world.replaceBridge(mac: "ffffffffffff", at: .nightLock)
                try await world.publish("", to: "front_door/refresh")
                await world.shows("gateway/problem") { $0.contains(#""code":"wrong_bridge""#) }
                await world.shows("front_door/state") { $0 == "unknown" }
                try await world.command("OPEN")
                let result = try await world.next("front_door/command/result") { $0.contains("failed") }
                #expect(result.contains(#""error":"wrong_bridge""#))
                #expect(!world.history.contains("loqed/front_door/state locked"))
            }
        }
    }
}
