import LockDomain
import Testing

@testable import LockMessages

@Suite struct `The access list` {
    private let front = LockID("front_door")!
    private let back = LockID("back_door")!

    private func list(
        answers: String = "loqed",
        isDiscoverable: Bool = true,
        locks: [LockID],
        former: [LockID] = [],
        assistant: String? = "homeassistant",
        operators: [AccessList.User] = [],
        panels: [AccessList.User] = []
    ) throws -> [Substring] {
        AccessList(
            base: try #require(TopicPrefix("loqed")),
            answers: try #require(TopicPrefix(answers)),
            discoveryPrefix: try #require(TopicPrefix("homeassistant")),
            isDiscoverable: isDiscoverable,
            locks: locks,
            formerLocks: former,
            gateway: "loqed",
            assistant: assistant,
            operators: operators,
            panels: panels
        ).text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// The lines of a user, without comments.
    private func section(_ user: String, of lines: [Substring]) throws -> [Substring] {
        let start = try #require(lines.firstIndex(of: "user \(user)"))
        return lines[(start + 1)...].prefix { !$0.isEmpty }.filter { !$0.hasPrefix("#") }
    }

    @Test func `is the same list in JSON`() throws {
        let list = AccessList(
            base: try #require(TopicPrefix("loqed")),
            answers: try #require(TopicPrefix("loqed")),
            discoveryPrefix: try #require(TopicPrefix("homeassistant")),
            isDiscoverable: false,
            locks: [front],
            formerLocks: [back],
            gateway: "loqed",
            assistant: "ha",
            operators: [.init(name: "nodered", locks: [front])],
            panels: [.init(name: "hall", locks: [front])]
        )
        #expect(
            list.jsonText.hasSuffix(
                #"{"name":"hall","rules":[{"access":"read","topic":"loqed/gateway/availability"},"#
                    + #"{"access":"read","topic":"loqed/front_door/state"},"#
                    + #"{"access":"read","topic":"loqed/front_door/battery"},"#
                    + #"{"access":"read","topic":"loqed/front_door/connectivity"}]}]}"#
            )
        )
        guard case .object(let document) = list.json, case .list(let users)? = document["users"] else {
            Issue.record("no users")
            return
        }
        var lines: [String] = []
        for case .object(let user) in users {
            guard case .text(let name)? = user["name"], case .list(let rules)? = user["rules"] else { continue }
            lines.append("user \(name)")
            for case .object(let rule) in rules {
                guard case .text(let access)? = rule["access"], case .text(let topic)? = rule["topic"] else { continue }
                lines.append("topic \(access) \(topic)")
            }
        }
        #expect(lines == list.text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init))
    }

    @Test func `names every topic of the gateway`() throws {
        let text = try list(locks: [front], assistant: nil).joined(separator: "\n")
        #expect(
            text == """
                # Who may do what with the locks, for mosquitto. Made by: loqed-gateway acl
                # It goes into the file that mosquitto.conf names as acl_file, beside the lines of your other devices:
                # with an acl_file, nobody may do anything that it does not name.

                # The gateway.
                user loqed
                topic readwrite loqed/gateway/availability
                topic readwrite loqed/gateway/info
                topic readwrite loqed/gateway/problem
                topic readwrite loqed/front_door/state
                topic readwrite loqed/front_door/battery
                topic readwrite loqed/front_door/connectivity
                topic readwrite loqed/front_door/attributes
                topic readwrite loqed/front_door/event
                topic readwrite loqed/front_door/command/result
                topic readwrite loqed/front_door/commands_enabled
                topic read loqed/front_door/command
                topic read loqed/front_door/refresh
                topic read loqed/front_door/commands_enabled/set
                topic write loqed/answers/#
                topic readwrite homeassistant/device/loqed_gateway/config
                topic readwrite homeassistant/device/loqed_front_door-bridge/config
                topic readwrite homeassistant/device/loqed_front_door/config
                topic read homeassistant/status
                # By these the doctor sees that the broker has this list; nobody reads them.
                topic readwrite loqed/gateway/doctor
                topic readwrite loqed/front_door/doctor

                """
        )
    }

    @Test func `gives Home Assistant all to read, and all to ask for`() throws {
        #expect(
            try section("homeassistant", of: list(locks: [front])) == [
                "topic read loqed/gateway/availability", "topic read loqed/gateway/info",
                "topic read loqed/gateway/problem",
                "topic read loqed/front_door/state", "topic read loqed/front_door/battery",
                "topic read loqed/front_door/connectivity", "topic read loqed/front_door/attributes",
                "topic read loqed/front_door/event", "topic read loqed/front_door/command/result",
                "topic read loqed/front_door/commands_enabled", "topic write loqed/front_door/command",
                "topic write loqed/front_door/refresh", "topic write loqed/front_door/commands_enabled/set",
                "topic readwrite homeassistant/device/loqed_gateway/config",
                "topic readwrite homeassistant/device/loqed_front_door-bridge/config",
                "topic readwrite homeassistant/device/loqed_front_door/config", "topic readwrite homeassistant/status",
            ]
        )
    }

    @Test func `gives a panel how the door is, and no more`() throws {
        let hall = AccessList.User(name: "hall", locks: [front])
        #expect(
            try section("hall", of: list(locks: [back, front], panels: [hall])) == [
                "topic read loqed/gateway/availability", "topic read loqed/front_door/state",
                "topic read loqed/front_door/battery", "topic read loqed/front_door/connectivity",
            ]
        )
    }

    @Test func `gives an operator the commands of some locks, and not the switch that turns them off`() throws {
        let nodeRED = AccessList.User(name: "nodered", locks: [back])
        let lines = try section(
            "nodered",
            of: list(answers: "home/answers", locks: [back, front], operators: [nodeRED])
        )
        #expect(
            lines.filter { $0.hasPrefix("topic write") } == [
                "topic write loqed/back_door/command", "topic write loqed/back_door/refresh",
            ]
        )
        #expect(lines.last == "topic read home/answers/#")
        #expect(!lines.contains { $0.contains("front_door") })
    }

    @Test func `lets the gateway take its devices back where there is no discovery, and no more of Home Assistant`()
        throws
    {
        let lines = try list(isDiscoverable: false, locks: [front], assistant: nil)
        #expect(
            lines.filter { $0.contains("homeassistant") } == [
                "topic readwrite homeassistant/device/loqed_gateway/config",
                "topic readwrite homeassistant/device/loqed_front_door-bridge/config",
                "topic readwrite homeassistant/device/loqed_front_door/config",
            ]
        )
    }

    @Test func `lets the gateway see and clear what a former lock left`() throws {
        let lines = try section("loqed", of: list(locks: [front], former: [back])).filter { $0.contains("back_door") }
        #expect(
            lines
                == [
                    "loqed/back_door/state", "loqed/back_door/battery", "loqed/back_door/connectivity",
                    "loqed/back_door/attributes", "loqed/back_door/command/result", "loqed/back_door/commands_enabled",
                    "homeassistant/device/loqed_back_door/config", "homeassistant/device/loqed_back_door-bridge/config",
                ].map { "topic readwrite \($0)" }
        )
    }
}
