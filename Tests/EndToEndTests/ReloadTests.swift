import GatewayTestSupport
import Glibc
import LoqedSimulator
import Testing

@Suite(.serialized) struct `A reload by SIGHUP` {
    private typealias Lock = ReloadHousehold.Lock

    @Test func `under traffic adds, changes and removes locks and disturbs no other`() async throws {
        let front = Lock(id: "front_door", bridge: 0)
        let household = try await ReloadHousehold([front, Lock(id: "back_door", bridge: 1)])
        for lock in ["front_door", "back_door"] { await household.shows("loqed/\(lock)/state", "unlocked") }
        await household.shows("loqed/gateway/availability", "online")

        // Somebody locks and unlocks the front door all the while, as often as the limit of six in ten seconds lets him. A
        // movement that ends in the same second as another like it has the same webhook, which no real bolt is fast enough
        // for; so each begins in a second of its own.
        let traffic = Task { () async throws in
            for number in 0..<6 {
                let action = number.isMultiple(of: 2) ? "LOCK" : "UNLOCK"
                let second = time(nil)
                await eventually("the next second comes") { time(nil) != second }
                #expect(try await household.end(of: action, id: "t\(number)", at: "front_door") == "confirmed")
            }
        }

        let moved = await household.reload([front, Lock(id: "back_door", bridge: 2), Lock(id: "garage", bridge: 1)])
        #expect(moved.contains("reloaded added=garage restarted=back_door\n"))
        for lock in ["garage", "back_door"] { await household.shows("loqed/\(lock)/state", "unlocked") }
        #expect(household.heard("loqed/back_door/state").dropFirst().contains("unknown"))

        let removed = await household.reload([front, Lock(id: "garage", bridge: 1)])
        #expect(removed.contains("reloaded removed=back_door\n"))
        #expect(try await household.retained("loqed/back_door/#") == "")
        #expect(try await household.retained("homeassistant/device/+/config").contains("back_door") == false)
        #expect(try await household.report(2)["webhooks"] == .integer(0))

        try await traffic.value
        // Nothing of all that was seen at the front door.
        #expect(try await household.report(0)["commands"]?["received"] == .integer(6))
        let states = household.heard("loqed/front_door/state")
        let known = states.drop { $0 == "unknown" }
        #expect(!known.contains("unknown"))
        #expect(Set(household.heard("loqed/front_door/connectivity").drop { $0 != "online" }) == ["online"])
        #expect(household.heard("loqed/gateway/availability").drop { $0 != "online" }.allSatisfy { $0 == "online" })
        for client in ["loqed-gateway", "loqed-gateway-front_door", "loqed-gateway-back_door", "loqed-gateway-garage"] {
            #expect(household.connects(client) == 1, "\(client)")
        }

        // The one that came is as good as any, and the one that went comes back.
        #expect(try await household.end(of: "LOCK", id: "g", at: "garage") == "confirmed")
        await household.shows("loqed/garage/state", "locked")
        let back = await household.reload([front, Lock(id: "garage", bridge: 1), Lock(id: "back_door", bridge: 2)])
        #expect(back.contains("reloaded added=back_door\n"))
        await household.shows("loqed/back_door/state", "unlocked")
        await household.end()
        for lock in ["front_door", "garage", "back_door"] { await household.shows("loqed/\(lock)/state", "unknown") }
    }

    @Test func `changes names, commands and the log and restarts nothing`() async throws {
        let household = try await ReloadHousehold([Lock(id: "front_door", bridge: 0)])
        await household.shows("loqed/front_door/state", "unlocked")
        await eventually("Home Assistant knows the lock") {
            household.heard("homeassistant/device/loqed_front_door/config").isEmpty == false
                || TemporaryFolder.read("\(household.folder.path)/heard").contains("A door")
        }
        let changed = Lock(
            id: "front_door",
            bridge: 0,
            name: "Blue door",
            commands: "[lock]",
            keyNames: "{3: Robot}"
        )
        let log = await household.reload([changed], rest: "log: {level: debug, format: json}")
        #expect(log.contains(#""changed":"front_door""#))
        await eventually("Home Assistant knows the new name") {
            TemporaryFolder.read("\(household.folder.path)/heard").contains("Blue door")
        }
        #expect(try await household.end(of: "UNLOCK", id: "u", at: "front_door") == "refused not_allowed")
        #expect(try await household.end(of: "LOCK", id: "l", at: "front_door") == "confirmed")
        await household.shows("loqed/front_door/state", "locked")
        await eventually("the key has its name") {
            household.heard("loqed/front_door/event").contains { $0.contains("Robot") }
        }
        #expect(!household.heard("loqed/front_door/state").drop { $0 == "unknown" }.contains("unknown"))
        #expect(household.connects("loqed-gateway-front_door") == 1)
        let quiet = await household.reload([changed], rest: "log: {level: error}")
        #expect(quiet.contains(#""level":"notice","message":"reloaded""#))
        #expect(household.log.contains(#""level":"debug","message":"session connected""#) == false)
        await household.end()
    }

    @Test func `of a wrong configuration, or of what needs a restart, changes nothing`() async throws {
        let front = Lock(id: "front_door", bridge: 0)
        let household = try await ReloadHousehold([front])
        await household.shows("loqed/front_door/state", "unlocked")

        let wrong = await household.reload(
            [Lock(id: "Front", bridge: 1), Lock(id: "garage", bridge: 1)],
            rest: "log: {level: loud}"
        )
        #expect(
            wrong.contains("key=log.level reason=\"must be trace, debug, info, notice, warning, error or critical\"")
        )
        #expect(wrong.contains("key=locks[0].id reason=\"must have 1 to 64 characters, only a to z, 0 to 9 and _\""))
        #expect(wrong.contains("key=locks[1].bridge reason=\"is the same as locks[0].bridge\""))
        #expect(wrong.contains("not reloaded, nothing was changed mistakes=3\n"))

        let fixed = await household.reload(
            [front, Lock(id: "garage", bridge: 1)],
            rest: "state_directory: elsewhere\nhome_assistant: {discovery: false}\nlog: {level: debug}"
        )
        #expect(fixed.contains("these keys need a restart of the gateway keys=home_assistant.discovery\n"))
        #expect(household.heard("loqed/garage/state") == [])
        #expect(!household.log.contains("DEBUG"))
        #expect(household.heard("loqed/front_door/state").last == "unlocked")

        let same = await household.reload([front])
        #expect(same.contains("reloaded\n"))
        #expect(!household.heard("loqed/front_door/state").drop { $0 == "unknown" }.contains("unknown"))
        await household.end()
    }

    @Test func `leaves nothing behind of a lock that goes, and knows it again when it comes back`() async throws {
        let locks = [Lock(id: "front_door", bridge: 0), Lock(id: "back_door", bridge: 1)]
        let household = try await ReloadHousehold(locks)
        for lock in locks { await household.shows("loqed/\(lock.id)/state", "unlocked") }
        #expect(try await household.end(of: "LOCK", id: "k1", at: "back_door") == "confirmed")
        try await household.publish("off", to: "loqed/back_door/commands_enabled/set")
        await household.shows("loqed/back_door/commands_enabled", "off")
        try await household.tell(1, "refuse on")
        await eventually("there is a problem") {
            household.heard("loqed/gateway/problem").last?.contains("back_door") == true
        }
        let admin = "http://127.0.0.1:\(household.adminPort)"
        let webhook = "http://127.0.0.1:\(household.webhookPort)/loqed/back_door"
        let status = ["-o", "/dev/null", "-w", "%{http_code}", "-d", "{}", webhook]
        #expect(try await household.curl(status) == "202")
        for path in ["metrics", "explain"] {
            #expect(try await household.curl(["\(admin)/\(path)"]).contains("back_door"), "\(path)")
        }

        let log = await household.reload([locks[0]])
        #expect(log.contains("reloaded removed=back_door\n"))
        #expect(log.contains("our webhook could not be taken off a bridge that is ours no more; it does no harm"))
        #expect(try await household.curl(status) == "404")
        #expect(try await household.retained("loqed/back_door/#") == "")
        for topic in ["loqed/gateway/problem", "loqed/gateway/info"] {
            #expect(household.heard(topic).last?.contains("back_door") == false, "\(topic)")
        }
        for path in ["metrics", "explain"] {
            let answer = try await household.curl(["\(admin)/\(path)"])
            #expect(answer.contains("front_door") && !answer.contains("back_door"), "\(path)")
        }

        try await household.tell(1, "refuse off")
        _ = await household.reload(locks)
        await household.shows("loqed/back_door/state", "locked")
        await household.shows("loqed/back_door/commands_enabled", "off")
        #expect(try await household.end(of: "UNLOCK", id: "k2", at: "back_door") == "refused disabled")
        try await household.publish("on", to: "loqed/back_door/commands_enabled/set")
        await household.shows("loqed/back_door/commands_enabled", "on")
        try await household.publish(#"{"command":"LOCK","id":"k1"}"#, to: "loqed/back_door/command")
        #expect(try await household.end(of: "UNLOCK", id: "k3", at: "back_door") == "confirmed")
        #expect(household.heard("loqed/back_door/command/result").contains { $0.contains("duplicate") })
        #expect(try await household.report(1)["commands"]?["received"] == .integer(2))
        await household.end()
    }

    @Test func `says of a command under way to a changed lock that its end is not known, and the state at once`()
        async throws
    {
        let household = try await ReloadHousehold([Lock(id: "back_door", bridge: 1)])
        await household.shows("loqed/back_door/state", "unlocked")
        // The lock moves, and nobody hears of it.
        try await household.tell(1, "lose on")
        try await household.tell(1, "fault to_lock hang")
        try await household.publish(#"{"command":"LOCK","id":"h"}"#, to: "loqed/back_door/command")
        await eventually("the bridge has it") {
            (try? await household.report(1)["commands"]?["received"]) == .integer(1)
        }
        household.write([Lock(id: "back_door", bridge: 1, keyID: 4)])
        household.gateway.send(SIGHUP)
        await household.shows("loqed/back_door/state", "unknown")
        #expect(await household.result(of: "h", at: "back_door") == "failed outcome_unknown")
        #expect(try await household.end(of: "UNLOCK", id: "i", at: "back_door") == "refused busy")
        await eventually("it is taken") { household.log.contains("reloaded restarted=back_door\n") }
        await household.shows("loqed/back_door/state", "locked")
        #expect(try await household.report(1)["commands"]?["received"] == .integer(1))
        await household.end()
    }

    @Test func `waits for the start, comes once for many, minds no missing or half file, and never kills`() async throws
    {
        let front = Lock(id: "front_door", bridge: 0)
        let folder = TemporaryFolder()
        let manager = try NotificationSocket(at: "\(folder.path)/notify")
        let household = try await ReloadHousehold([front], environment: ["NOTIFY_SOCKET": "\(folder.path)/notify"])
        await eventually("it starts") { household.log.contains("starting") }
        household.gateway.send(SIGHUP)
        await eventually("it reloads") { household.log.contains("reloaded\n") }
        var words: [String] = []
        while !words.contains(where: { $0.hasPrefix("READY=1") })
            || !words.contains(where: { $0.hasPrefix("RELOADING") })
            || words.last?.hasPrefix("READY=1") != true
        {
            let word = try await blocking { manager.next() }
            try #require(!word.isEmpty)
            words.append(word)
        }
        await household.shows("loqed/front_door/state", "unlocked")

        rename("\(household.folder.path)/gateway.yaml", "\(household.folder.path)/away.yaml")
        #expect(
            await household.reload().contains(
                "not reloaded, nothing was changed reason=\"\(household.folder.path)/gateway.yaml does not exist\"\n"
            )
        )
        let (reloading, ready) = try await blocking { (manager.next(), manager.next()) }
        let microseconds = try #require(reloading.wholeMatch(of: /RELOADING=1\nMONOTONIC_USEC=([0-9]+)/)?.output.1)
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        let passed = (Int(now.tv_sec) - (try #require(Int(microseconds))) / 1_000_000)
        #expect((0...60).contains(passed))
        #expect(ready == "READY=1\nSTATUS=not reloaded: mistakes in the configuration")
        let text = TemporaryFolder.read("\(household.folder.path)/away.yaml")
        household.folder.write(String(text.prefix(text.count / 2)), to: "gateway.yaml")
        #expect(await household.reload().contains("not reloaded, nothing was changed mistakes="))
        #expect(household.heard("loqed/front_door/state").last == "unlocked")

        household.write([front, Lock(id: "garage", bridge: 1)])
        let before = household.log.count
        for _ in 0..<20 { household.gateway.send(SIGHUP) }
        await household.shows("loqed/garage/state", "unlocked")
        let log = household.log.dropFirst(before)
        #expect(log.components(of: "reloaded added=garage") == 1)

        household.gateway.send(SIGTERM)
        for _ in 0..<20 { household.gateway.send(SIGHUP) }
        #expect(await household.gateway.ended() == 0)
        await household.shows("loqed/front_door/state", "unknown")
    }

    @Test func `takes a lock off the broker that went while the broker was away`() async throws {
        let locks = [Lock(id: "front_door", bridge: 0), Lock(id: "back_door", bridge: 1)]
        let household = try await ReloadHousehold(locks)
        for lock in locks { await household.shows("loqed/\(lock.id)/state", "unlocked") }
        try await eventually("Home Assistant knows the lock") {
            try await household.retained("homeassistant/device/+/config").contains("back_door")
        }
        await household.broker.stop()
        await eventually("the broker is gone") { !FreePort.isTaken(household.broker.port) }
        #expect(await household.reload([locks[0]]).contains("reloaded removed=back_door\n"))
        try await household.broker.start()
        await household.shows("loqed/gateway/availability", "online")
        try await eventually("nothing is left") {
            let topics = try await household.retained("loqed/back_door/#")
            let devices = try await household.retained("homeassistant/device/+/config")
            return topics == "" && !devices.contains("back_door")
        }
        #expect(try await household.retained("homeassistant/device/+/config").contains("front_door"))
        await household.end()
    }
}

extension Substring {
    /// How often a text stands in it.
    fileprivate func components(of text: String) -> Int { ranges(of: text).count }
}
