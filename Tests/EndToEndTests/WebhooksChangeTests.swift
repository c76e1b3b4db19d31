import LoqedSimulator
import LoqedWire
import Testing

@Suite struct `webhooks add` {
    private static let url = WebhookTerminal.url

    @Test func `registers ours, and then has nothing to do`() async throws {
        let terminal = try await WebhookTerminal()
        let dry = try await terminal.run("add", "--dry-run")
        #expect(dry.output == "front_door (\(terminal.name)): would register \(Self.url)\n")
        #expect(terminal.list() == [])
        let first = try await terminal.run("add")
        #expect(first.output == "front_door (\(terminal.name)): registered \(Self.url) as id 1\n")
        let second = try await terminal.run("add", "front_door")
        #expect(second.output == "front_door (\(terminal.name)): already right, \(Self.url) as id 1\n")
        #expect([dry.code, first.code, second.code] == [0, 0, 0])
        #expect(terminal.list() == ["1 \(Self.url)"])
    }

    @Test func `replaces a wrong address of ours that was registered before, and leaves that of others`() async throws {
        let terminal = try await WebhookTerminal()
        terminal.has("http://127.0.0.1:9999/loqed/front_door")
        terminal.has("http://127.0.0.1:9999/loqed/back_door")
        let dry = try await terminal.run("add", "--dry-run")
        #expect(
            dry.output == """
                front_door (\(terminal.name)): would replace; then \(Self.url)
                  would remove id 1: http://127.0.0.1:9999/loqed/front_door (wrong address)

                """
        )
        let outcome = try await terminal.run("add")
        #expect(outcome.code == 0)
        #expect(
            outcome.output == """
                front_door (\(terminal.name)): replaced; now \(Self.url) as id 3
                  removed id 1: http://127.0.0.1:9999/loqed/front_door (wrong address)

                """
        )
        #expect(terminal.list() == ["2 http://127.0.0.1:9999/loqed/back_door", "3 \(Self.url)"])
    }

    @Test func `removes duplicates`() async throws {
        let terminal = try await WebhookTerminal()
        for _ in 1...2 { terminal.has(Self.url) }
        #expect(
            try await terminal.run("add").output == """
                front_door (\(terminal.name)): already right, \(Self.url) as id 1
                  removed id 2: \(Self.url) (duplicate)

                """
        )
        #expect(terminal.list() == ["1 \(Self.url)"])
    }

    @Test func `replaces an entry for other events`() async throws {
        let terminal = try await WebhookTerminal()
        terminal.has(Self.url, .battery)
        #expect(
            try await terminal.run("add").output == """
                front_door (\(terminal.name)): replaced; now \(Self.url) as id 2
                  removed id 1: \(Self.url) (wrong triggers)

                """
        )
    }

    @Test func `takes the place of its own old entry on a full list`() async throws {
        let terminal = try await WebhookTerminal()
        try await terminal.simulate("foreign ok", "webhook-limit 2")
        terminal.has("http://127.0.0.1:9999/loqed/front_door")
        let result = try await terminal.run("add")
        #expect(result.code == 0, "\(result)")
        #expect(terminal.bridge.snapshot.webhooks.map(\.id) == [1, 3])
    }

    @Test func `says how to make room on a list that is full of others'`() async throws {
        let terminal = try await WebhookTerminal()
        try await terminal.simulate("foreign ok", "foreign refusing", "webhook-limit 2")
        let outcome = try await terminal.run("add")
        #expect(outcome.code == 73)
        #expect(outcome.output == "")
        #expect(
            outcome.errors == """
                front_door: the bridge \(terminal.name) takes no more webhooks: it has 2 of others, and none of ours
                    see which of them are dead: loqed-gateway webhooks list front_door; then remove those by their ids: \
                loqed-gateway webhooks remove front_door --id ID --yes

                """
        )
        #expect(terminal.bridge.snapshot.webhooks.map(\.id) == [1, 2])
    }

    @Test func `is not deceived by a bridge that says yes and does nothing`() async throws {
        let terminal = try await WebhookTerminal()
        try await terminal.simulate("fault create swallow")
        let outcome = try await terminal.run("add")
        #expect(outcome.code == 65)
        #expect(
            outcome.errors.hasPrefix(
                "front_door: the bridge \(terminal.name) said yes, but its list of webhooks did not change as it should\n"
            )
        )
    }

    @Test func `refuses an address that no bridge could call`() async throws {
        let terminal = try await WebhookTerminal(webhook: #"advertise: "http://0.0.0.0:8099""#)
        let outcome = try await terminal.run("add")
        #expect(outcome.code == 78)
        #expect(outcome.errors.hasPrefix("front_door: webhook.advertise is no address that the bridge"))
        #expect(terminal.list() == [])
    }

    @Test func `registers what is advertised`() async throws {
        let terminal = try await WebhookTerminal(webhook: #"advertise: "http://127.0.0.1:8100""#)
        #expect(try await terminal.run("add").code == 0)
        #expect(terminal.list() == ["1 http://127.0.0.1:8100/loqed/front_door"])
    }
}

@Suite struct `webhooks remove` {
    @Test func `shows what it would remove, and does it when told to, once`() async throws {
        let terminal = try await WebhookTerminal()
        try await terminal.simulate("foreign ok")
        terminal.has(WebhookTerminal.url)
        let table = """
              ID  WHOSE  TARGET                                  TRIGGERS  STATE
               2  ours   http://127.0.0.1:8099/loqed/front_door  all       right
            """
        let again = "A running gateway registers ours again, unless the lock is taken out of its configuration."
        let dry = try await terminal.run("remove")
        #expect(
            dry.output == """
                front_door (\(terminal.name)): would remove
                \(table)
                Nothing was changed. To do it:
                    loqed-gateway webhooks remove front_door --yes
                \(again)

                """
        )
        #expect(terminal.bridge.snapshot.webhooks.map(\.id) == [1, 2])
        let real = try await terminal.run("remove", "--yes")
        #expect(real.output == "front_door (\(terminal.name)): removed\n\(table)\n\(again)\n")
        #expect(terminal.bridge.snapshot.webhooks.map(\.id) == [1])
        let idle = try await terminal.run("remove", "--yes")
        #expect(idle.output == "front_door (\(terminal.name)): none of ours is there, nothing to remove\n")
        #expect([dry.code, real.code, idle.code] == [0, 0, 0])
    }

    @Test func `removes what is named by its id, also of others, and says what is not there`() async throws {
        let terminal = try await WebhookTerminal()
        terminal.has("http://user:canary@127.0.0.1:9/canary")
        let dry = try await terminal.run("remove", "front_door", "--id", "1")
        #expect(
            dry.output == """
                front_door (\(terminal.name)): would remove
                  ID  WHOSE  TARGET              TRIGGERS  STATE
                   1  other  http://127.0.0.1:9  all       -
                Nothing was changed. To do it:
                    loqed-gateway webhooks remove front_door --id 1 --yes

                """
        )
        #expect(terminal.bridge.snapshot.webhooks.count == 1)
        let real = try await terminal.run("remove", "front_door", "--id", "1", "--id", "7", "--yes")
        #expect(real.output.hasSuffix("front_door (\(terminal.name)): no webhook has the id 7, nothing to remove\n"))
        #expect([dry.code, real.code] == [0, 0])
        #expect(terminal.list() == [])
    }

    @Test func `is not deceived by a bridge that says yes and does nothing`() async throws {
        let terminal = try await WebhookTerminal()
        terminal.has(WebhookTerminal.url)
        try await terminal.simulate("fault delete swallow")
        let outcome = try await terminal.run("remove", "--yes")
        #expect(outcome.code == 65)
        #expect(outcome.output == "")
    }
}
