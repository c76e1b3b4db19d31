import LockDomain
import LockMessages
import Testing

@Suite struct `A topic` {
    private let layout = Samples.layout

    @Test func `stands where the contract says`() {
        let lock = Samples.frontDoor
        #expect(layout.gatewayAvailability == "loqed/gateway/availability")
        #expect(layout.gatewayInfo == "loqed/gateway/info")
        #expect(layout.state(of: lock) == "loqed/front_door/state")
        #expect(layout.battery(of: lock) == "loqed/front_door/battery")
        #expect(layout.connectivity(of: lock) == "loqed/front_door/connectivity")
        #expect(layout.attributes(of: lock) == "loqed/front_door/attributes")
        #expect(layout.event(of: lock) == "loqed/front_door/event")
        #expect(layout.command(of: lock) == "loqed/front_door/command")
        #expect(layout.commandResult(of: lock) == "loqed/front_door/command/result")
        #expect(layout.gatewayProbe == "loqed/gateway/doctor")
        #expect(layout.probe(of: lock) == "loqed/front_door/doctor")
        #expect(layout.refresh(of: lock) == "loqed/front_door/refresh")
        #expect(layout.commandsEnabled(of: lock) == "loqed/front_door/commands_enabled")
        #expect(layout.commandsSwitch(of: lock) == "loqed/front_door/commands_enabled/set")
        #expect(layout.gatewayProblem == "loqed/gateway/problem")
    }

    @Test(arguments: [
        ("loqed/answers/7", true), ("home/answers/7", true), ("loqed/front_door/command", false),
        ("loqed/front_door/state", false), ("loqed/gateway/availability", false), ("loqed/other_lock/command", true),
        ("loqed", false), ("loqed/", false), ("home/answers", false), ("homeassistant/x", false), ("loqed/+/x", false),
        ("loqed/#", false), ("loqed//x", false), ("$SYS/x", false), ("loqed/a\u{0}b", false), ("xloqed/a", false),
    ])
    func `may be answered on only where no harm is done`(topic: String, isAllowed: Bool) {
        let prefix = Samples.prefix("home/answers")
        #expect(layout.mayAnswer(on: topic, below: prefix, locks: [Samples.frontDoor]) == isAllowed)
    }

    @Test(arguments: ["loqed", "home/loqed", "Haus-Tür", "command", "a/command"])
    func `of a command leads back to its lock`(base: String) {
        let layout = TopicLayout(base: Samples.prefix(base))
        for name in ["front_door", "a", "command", "refresh", String(repeating: "z", count: 64)] {
            let lock = Samples.lock(name)
            #expect(layout.lock(ofCommandTopic: layout.command(of: lock)) == lock)
            #expect(layout.lock(ofRefreshTopic: layout.refresh(of: lock)) == lock)
            #expect(layout.lock(ofCommandTopic: layout.refresh(of: lock)) == nil)
            #expect(layout.lock(ofRefreshTopic: layout.command(of: lock)) == nil)
        }
    }

    @Test(arguments: [
        "", "loqed", "loqed/", "loqed/command", "loqed//command", "loqed/front_door/command/result",
        "loqed/front_door/Command", "LOQED/front_door/command", "loqed/Front/command", "loqed/a/b/command",
        "loqed/+/command", "loqed/#", "other/front_door/command", "xloqed/front_door/command",
        "loqed/front_door/command ",
        "/loqed/front_door/command", "loqed/front_door/commands_enabled/set",
    ])
    func `of something else is not taken for a command`(topic: String) {
        #expect(layout.lock(ofCommandTopic: topic) == nil)
    }

    @Test(arguments: ["loqed", "home/loqed", "Haus-Tür", "a", String(repeating: "a", count: 200)])
    func `may begin with any plain name`(text: String) {
        #expect(TopicPrefix(text)?.rawValue == text)
    }

    @Test(arguments: [
        "", "/", "loqed/", "/loqed", "a//b", "loqed/+", "#", "lo#qed", "$SYS", "$share/x", "a\u{0}b", "a\nb",
        "a\u{85}b",
        String(repeating: "a", count: 201),
    ])
    func `never begins with what a broker would refuse or take for a pattern`(text: String) {
        #expect(TopicPrefix(text) == nil)
    }

    @Test func `is Home Assistant's where its messages are concerned`() {
        let layout = HomeAssistantLayout(prefix: Samples.prefix("ha/discovery"))
        #expect(layout.configuration(of: .lock(Samples.frontDoor)) == "ha/discovery/device/loqed_front_door/config")
        #expect(layout.configuration(of: .gateway) == "ha/discovery/device/loqed_gateway/config")
        #expect(layout.birth == "ha/discovery/status")
        #expect(layout.isBirth(Array("online".utf8)))
        #expect(!layout.isBirth(Array("offline".utf8)))
        #expect(!layout.isBirth([]))
    }
}
