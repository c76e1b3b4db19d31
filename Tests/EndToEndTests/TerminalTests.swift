import GatewayTestSupport
import Glibc
import LockDomain
import LoqedSimulator
import Testing

extension `The whole gateway` {
    /// The commands of the terminal that talk to the running gateway, as processes.
    @Suite struct `At the terminal` {
        private func run(_ world: World, _ arguments: String...) async throws -> (code: Int32, output: String) {
            try await Binary.run(arguments + ["--broker", "127.0.0.1:\(world.broker.port)"])
        }

        @Test func `a lock is locked once, every step is shown, and the exit code says that it is done`() async throws {
            try await World.run { world in
                let outcome = try await run(world, "lock", "front_door")
                #expect(outcome.output == "received\nsending\nsent\naccepted\nconfirmed\n")
                #expect(outcome.code == 0)
                #expect(world.simulator.snapshot.counters.received == 1)
                #expect(try await world.retained("front_door/state") == "locked")
            }
        }

        @Test func `the same id moves nothing a second time, and is no success`() async throws {
            try await World.run { world in
                #expect(try await run(world, "lock", "front_door", "--id", "night").code == 0)
                let again = try await run(world, "lock", "front_door", "--id", "night")
                #expect(
                    again.output == """
                        refused (duplicate)
                        loqed-gateway: refused: duplicate
                            this id was used within the last day; leave --id out, or take a new one

                        """
                )
                #expect(again.code == EX_NOPERM)
                #expect(world.simulator.snapshot.counters.received == 1)
            }
        }

        @Test func `what is not allowed or not meant moves nothing and says why`() async throws {
            try await World.run {
                $0.allowedActions = [.lock]
            } _: { world in
                let refused = try await run(world, "unlock", "front_door")
                #expect(refused.code == EX_NOPERM)
                #expect(
                    refused.output == """
                        refused (not_allowed)
                        loqed-gateway: refused: not_allowed
                            add it to locks.commands of this lock in the configuration, if you want that

                        """
                )
                let differs = try await run(world, "lock", "front_door", "--if-state", "open", "--json")
                #expect(differs.code == EX_NOPERM)
                #expect(differs.output.contains(#""error":"state_differs""#))
                let unknown = try await run(world, "lock", "back_door")
                #expect(unknown.code == EX_USAGE)
                #expect(
                    unknown.output == """
                        loqed-gateway: back_door: is not a lock of the gateway
                            locks there: front_door

                        """
                )
                #expect(world.simulator.snapshot.counters.received == 0)
            }
        }

        @Test func `a lock that jams is a failure`() async throws {
            try await World.run { world in
                try await world.simulate("stall on")
                let outcome = try await run(world, "lock", "front_door")
                #expect(outcome.code == EX_IOERR)
                #expect(
                    outcome.output.hasSuffix(
                        """
                        failed (jammed)
                        loqed-gateway: failed: jammed
                            look at the door: the bolt could not get to its place

                        """
                    )
                )
            }
        }

        @Test func `status shows the lock in a line, and nothing that is not so any more`() async throws {
            try await World.run { world in
                #expect(try await run(world, "lock", "front_door").code == 0)
                let online = try await run(world, "status")
                #expect(online.code == 0)
                let lines = online.output.split(separator: "\n")
                #expect(lines.count == 3)
                #expect(lines.first?.hasPrefix("loqed-gateway ") == true)
                #expect(
                    lines.dropFirst().first
                        == "LOCK        STATE   SINCE              BATTERY  LOCK IS  WEBHOOKS  COMMANDS  LAST ACTION"
                )
                let row = try #require(lines.last).split(separator: " ")
                #expect(row.prefix(2) == ["front_door", "locked"])
                #expect(row.suffix(10).prefix(6) == ["%", "online", "proven", "on", "locked", "by"])
                let json = try await run(world, "status", "front_door", "--json")
                #expect(json.code == 0)
                #expect(json.output.hasPrefix(#"{"availability":"online","info":{"#))
                #expect(json.output.contains(#""last_command":{"attempts":1,"command":"LOCK""#))
                #expect(json.output.hasSuffix(#""state":"locked"}],"problems":[]}"# + "\n"))

                await world.endGateway()
                try await world.waits(for: "gateway/availability", "offline")
                let offline = try await run(world, "status")
                #expect(offline.code == EX_UNAVAILABLE)
                #expect(offline.output.contains(" is offline, so nobody knows what the locks do."))
                #expect(offline.output.contains("front_door  unknown  was locked "))
                let command = try await run(world, "unlock", "front_door")
                #expect(command.code == EX_UNAVAILABLE)
                #expect(
                    command.output == """
                        loqed-gateway: the gateway is offline (loqed/gateway/availability); nothing was sent
                            start it: loqed-gateway run

                        """
                )
            }
        }

        @Test func `watch tells what is so and what happens, line by line`() async throws {
            try await World.run { world in
                let folder = TemporaryFolder()
                let output = "\(folder.path)/watch"
                let port = "127.0.0.1:\(world.broker.port)"
                let child = try ChildProcess(
                    try Binary.path,
                    ["watch", "front_door", "--broker", port],
                    output: output
                )
                await eventually("watch shows the present") {
                    TemporaryFolder.read(output).contains(" front_door state unlocked\n")
                }
                #expect(try await run(world, "lock", "front_door", "--id", "one").code == 0)
                await eventually("watch shows the end") {
                    TemporaryFolder.read(output).contains(" front_door command LOCK confirmed, id one\n")
                }
                let lines = TemporaryFolder.read(output).split(separator: "\n").map { $0.dropFirst(9) }
                for line in [
                    "front_door state locking", "front_door event locking by Gateway (gateway)",
                    "front_door event locked by Gateway (gateway)", "front_door state locked",
                ] {
                    #expect(lines.contains { $0 == line })
                }
                child.send(SIGINT)
                #expect(await child.ended() == 128 + SIGINT)
            }
        }

        @Test func `watch ends in silence when its reader has gone`() async throws {
            try await World.run { world in
                let folder = TemporaryFolder()
                let line = "set -o pipefail; cd \"$1\"; \"$2\" watch --broker \"$3\" 2>errors | head -n 1 >head"
                let port = "127.0.0.1:\(world.broker.port)"
                let child = try ChildProcess("bash", ["-c", line, "bash", folder.path, try Binary.path, port])
                await eventually("watch shows the present") {
                    TemporaryFolder.read("\(folder.path)/head").contains(" ")
                }
                try await world.command("LOCK")
                #expect(await child.ended() == 128 + SIGPIPE)
                #expect(TemporaryFolder.read("\(folder.path)/errors").isEmpty)
            }
        }

        @Test func `a wait of more than a second is told at a terminal`() async throws {
            let broker = ScriptedBroker { _ in [.ignore] }
            defer { broker.stop() }
            let terminal = try PseudoTerminal()
            let child = try ChildProcess(
                try Binary.path,
                ["status", "--broker", "127.0.0.1:\(broker.port)"],
                output: terminal.path
            )
            await eventually("the line of progress is there") { terminal.screen.contains("asking the broker ...") }
            child.send(SIGINT)
            #expect(await child.ended() == 128 + SIGINT)
        }

        @Test func `without a broker or without a gateway it says so`() async throws {
            let port = ClosedPort()
            let refused = try await Binary.run(["status", "--broker", "127.0.0.1:\(port.number)"])
            #expect(refused.code == EX_UNAVAILABLE)
            #expect(
                refused.output == """
                    loqed-gateway: nothing listens at 127.0.0.1:\(port.number), where the broker should be
                        see that the broker runs, that mqtt.host and mqtt.port are right, and that it listens to other \
                    machines (mosquitto does so only with a line like: listener 1883)

                    """
            )
            let broker = try await TemporaryBroker()
            let empty = try await Binary.run(["status", "--broker", "127.0.0.1:\(broker.port)"])
            #expect(empty.code == EX_UNAVAILABLE)
            #expect(
                empty.output == """
                    loqed-gateway: broker 127.0.0.1:\(broker.port): no gateway has said anything below loqed
                        start it: loqed-gateway run; or name the right broker and base topic

                    """
            )
            let users = try await TemporaryBroker(
                settings: ["allow_anonymous false", "password_file FOLDER/users"],
                files: ["users": ""]
            )
            let stranger = try await Binary.run(["status", "--broker", "127.0.0.1:\(users.port)"])
            #expect(stranger.code == EX_NOPERM)
            #expect(
                stranger.output.hasSuffix(
                    "\n    name a user that the broker knows: --username NAME --password-file FILE\n"
                )
            )
            let named = try await Binary.run(["status", "--broker", "127.0.0.1:\(users.port)", "--username", "anna"])
            #expect(
                named.output.hasSuffix(
                    "\n    correct --username and --password-file; else let this user and client id in at the broker\n"
                )
            )
        }
    }
}
