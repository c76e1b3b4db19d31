import GatewayTestSupport
import LoqedSimulator
import LoqedWire
import Testing

@Suite struct `webhooks list` {
    @Test func `shows five targets of others of which three are dead, and how to be rid of those`() async throws {
        let terminal = try await WebhookTerminal()
        try await terminal.simulate("foreign ok", "foreign dead", "foreign ok", "foreign dead", "foreign refusing")
        terminal.has(WebhookTerminal.url)
        let others = terminal.origins
        let outcome = try await terminal.run("list")
        #expect(outcome.code == 0)
        #expect(outcome.errors == "")
        #expect(
            outcome.output == """
                front_door (\(terminal.name)): 6 webhooks
                  ID  WHOSE  TARGET                                  TRIGGERS  STATE
                   1  other  \(others[0])                  all       answers
                   2  other  \(others[1])                  all       does not answer (nothing within 2 s)
                   3  other  \(others[2])                  all       answers
                   4  other  \(others[3])                  all       does not answer (nothing within 2 s)
                   5  other  \(others[4])                  all       does not answer (connection refused)
                   6  ours   http://127.0.0.1:8099/loqed/front_door  all       right
                3 of 5 targets of others do not answer a connection from this machine: id 2, 4, 5.
                That is our view: the bridge may reach what we cannot. If it cannot either, they delay every event: a bridge
                calls its targets one after another, and refreshes its own status only after the last. With dead targets
                a command was seen to take 10 to 16 s to be confirmed, and about 4 s without.
                If nobody needs them any more, remove them:
                    loqed-gateway webhooks remove front_door --id 2 --id 4 --id 5 --yes
                Warning: 5 targets of others. Each one more makes every event later for all; keep at most 3.

                """
        )
        let removal = try await terminal.run("remove", "front_door", "--id", "2", "--id", "4", "--id", "5", "--yes")
        #expect(removal.code == 0)
        #expect(terminal.bridge.snapshot.webhooks.map(\.id) == [1, 3, 6])
    }

    @Test func `shows of others no more than scheme, host and port`() async throws {
        let terminal = try await WebhookTerminal()
        terminal.has("http://canary:canary@127.0.0.1:9/canary?token=canary", .battery)
        terminal.has("canary\u{1B}[2J", [])
        let outcome = try await terminal.run("list", "--no-check")
        #expect(
            outcome.output == """
                front_door (\(terminal.name)): 2 webhooks
                  ID  WHOSE  TARGET              TRIGGERS  STATE
                   1  other  http://127.0.0.1:9  battery   not checked
                   2  other  (not shown)         none      cannot be checked
                Ours is not registered (http://127.0.0.1:8099/loqed/front_door). A running gateway mends that; so does
                    loqed-gateway webhooks add front_door

                """
        )
        let json = try await terminal.run("list", "--json")
        #expect(json.code == 0)
        #expect(
            json.output == #"{"locks":[{"bridge":"\#(terminal.name)","error":null,"lock":"front_door","#
                + #""url":"http://127.0.0.1:8099/loqed/front_door","webhooks":["#
                + #"{"id":1,"ours":false,"state":"does_not_answer","target":"http://127.0.0.1:9","triggers":["battery"]},"#
                + #"{"id":2,"ours":false,"state":"unknown","target":null,"triggers":[]}]}]}"# + "\n"
        )
        let removal = try await terminal.run("remove", "front_door", "--id", "1", "--id", "2", "--yes")
        #expect(removal.code == 0)
        #expect(terminal.list() == [])
    }

    @Test func `tells what is wrong with ours`() async throws {
        let terminal = try await WebhookTerminal()
        terminal.has("http://127.0.0.1:9999/loqed/front_door")
        terminal.has(WebhookTerminal.url, [.battery, .onlineStatus])
        terminal.has(WebhookTerminal.url)
        terminal.has(WebhookTerminal.url)
        let outcome = try await terminal.run("list", "front_door", "--config", "gateway.yaml")
        #expect(
            outcome.output == """
                front_door (\(terminal.name)): 4 webhooks
                  ID  WHOSE  TARGET                                  TRIGGERS               STATE
                   1  ours   http://127.0.0.1:9999/loqed/front_door  all                    wrong address
                   2  ours   http://127.0.0.1:8099/loqed/front_door  battery,online_status  wrong triggers
                   3  ours   http://127.0.0.1:8099/loqed/front_door  all                    right
                   4  ours   http://127.0.0.1:8099/loqed/front_door  all                    duplicate
                Ours is not as it should be (http://127.0.0.1:8099/loqed/front_door). A running gateway mends that; so does
                    loqed-gateway webhooks add front_door --config gateway.yaml

                """
        )
    }

    @Test func `tries every bridge, and ends as badly as the worst`() async throws {
        let terminal = try await WebhookTerminal(["front_door", "gone", "stranger", "garbled"])
        let closed = ClosedPort()
        terminal.write("127.0.0.1:\(closed.number)", for: "127.0.0.1:\(terminal.ports[1])")
        let stranger = "127.0.0.1:\(terminal.ports[2])"
        terminal.write("\(stranger)\n    bridge_key_file: wrong", for: "\(stranger)\n    bridge_key_file: bridge")
        terminal.folder.write("Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5LWNhbmE=", to: "wrong.key")
        _ = try await terminal.bridges[3].perform(.fault(.error, on: .list))
        let outcome = try await terminal.run("list")
        #expect(outcome.code == 77)
        #expect(outcome.output.hasPrefix("front_door (\(terminal.name)): 0 webhooks\n"))
        let garbled = "127.0.0.1:\(terminal.ports[3])"
        #expect(
            outcome.errors == """
                gone: the bridge 127.0.0.1:\(closed.number) refuses connections
                    restart the bridge (unplug it for ten seconds); some refuse for as long as they have no internet
                stranger: the bridge \(stranger) does not accept our bridge key
                    copy bridge_key of this lock again from LOQED's portal, and see that this machine and the bridge have the right time
                garbled: the list of webhooks of the bridge \(garbled) cannot be read or changed
                    see that \(garbled) is the bridge and no other device, restart it (unplug it for ten seconds), try again

                """
        )
        #expect(try await terminal.run("list", "gone").code == 69)
        #expect(try await terminal.run("list", "garbled", "gone").code == 65)
        let json = try await terminal.run("list", "gone", "--json")
        #expect(json.code == 69)
        #expect(
            json.output.hasPrefix(
                #"{"locks":[{"bridge":"127.0.0.1:\#(closed.number)","error":{"code":69,"remedy":"restart"#
            )
        )
    }

    @Test func `takes a bridge that is not in the configuration`() async throws {
        let terminal = try await WebhookTerminal()
        terminal.has("http://127.0.0.1:9999/loqed/old_door")
        terminal.folder.write("nothing: here", to: "gateway.yaml")
        let named = ["--bridge", terminal.name, "--bridge-key-file", "bridge.key", "--lock-id", "old_door"]
        let outcome = try await terminal.run(["list"] + named)
        #expect(outcome.code == 0)
        #expect(
            outcome.output == """
                old_door (\(terminal.name)): 1 webhook
                  ID  WHOSE  TARGET                                TRIGGERS  STATE
                   1  ours   http://127.0.0.1:9999/loqed/old_door  all       -

                """
        )
        let removal = try await terminal.run(["remove"] + named + ["--yes"])
        #expect(removal.code == 0)
        #expect(terminal.list() == [])
    }

    private static let wrongCalls: [([String], Int32)] = [
        (["list", "back_door"], 64), (["list", "--bridge", "192.0.2.1"], 64), (["list", "--lock-id", "x"], 64),
        (["list", "--bridge", "192.0.2.1", "--bridge-key-file", "bridge.key", "front_door"], 64),
        (["list", "--bridge", "192.0.2.1", "--bridge-key-file", "bridge.key", "--lock-id", "X"], 64),
        (["list", "--bridge", "192.0.2.1", "--bridge-key-file", "missing"], 78),
        (["list", "--bridge", "192.0.2.1", "--bridge-key-file", WebhookTerminal.key], 78),
        (["list", WebhookTerminal.key], 64), (["list", "--config", "missing"], 66), (["remove", "--id", "1"], 64),
        (["remove", "--bridge", "192.0.2.1", "--bridge-key-file", "bridge.key"], 64), (["fly"], 64),
    ]

    @Test(arguments: wrongCalls)
    func `ends with the code that says how it was called wrongly, and repeats no key`(
        arguments: [String],
        code: Int32
    ) async throws {
        let terminal = try await WebhookTerminal()
        let outcome = try await terminal.run(arguments)
        #expect(outcome.code == code)
        #expect(outcome.output == "")
        #expect(outcome.errors != "")
    }
}
