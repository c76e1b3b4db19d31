import GatewayTestSupport
import Glibc
import Testing

/// Everything that a broker was given on any topic, as another client hears it.
private final class Recording: Sendable {
    struct Line {
        let message: Contract.Message
        let text: String
    }

    private let file: String
    let listener: ChildProcess

    init(in home: Household) async throws {
        file = "\(home.folder.path)/recording"
        listener = try await home.namespace.start(
            "mosquitto_sub",
            ["-V", "5", "-q", "1", "-t", "#", "--retain-as-published", "-F", "%r,%q,%E,%t,%p"],
            output: file
        )
    }

    var lines: [Line] {
        TemporaryFolder.read(file).split(separator: "\n").compactMap { line in
            let parts = line.split(separator: ",", maxSplits: 4, omittingEmptySubsequences: false)
            guard parts.count == 5 else { return nil }
            var message = Contract.Message(String(parts[3]), Array(parts[4].utf8))
            message.isRetained = parts[0] == "1"
            message.qos = Int(parts[1])
            message.expiry = Int(parts[2]).map { .seconds($0) }
            return Line(message: message, text: String(parts[4]))
        }
    }

    /// Waits until a message on a topic has all these parts; passes over those before `start`.
    func has(
        _ topic: String,
        _ parts: String...,
        from start: Int = 0,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        await eventually("\(topic) \(parts)", sourceLocation: sourceLocation) {
            lines.dropFirst(start).contains { line in
                line.message.topic == topic && parts.allSatisfy { line.text.contains($0) }
            }
        }
    }
}

@Suite(.enabled(if: Namespace.isAvailable, Namespace.requirement)) struct `A broker that hears a busy day` {
    @Test func `gets nothing that is not in the contract, and everything that is`() async throws {
        let home = try await Household()
        let recording = try await Recording(in: home)
        let quick = ["PROBE_INTERVAL=1s", "MOVEMENT_TIMEOUT=5s", "STATUS_INTERVAL_UNPROVEN=10s"]
            .map { "LOQED_GATEWAY_SUPERVISION_\($0)" }
        let gateway = try await home.startGatewayAndWait(quick)
        try await commands(home, recording)
        try await lockAlone(home, recording)
        try await refusals(home, recording)

        gateway.send(SIGTERM)
        #expect(await gateway.ended() == 0)
        let again = try await home.startGateway(log: "again.log", quick)
        await recording.has("loqed/gateway/availability", "offline")
        try await home.waits(for: "loqed/gateway/availability", "online")
        again.send(SIGKILL)
        #expect(await again.ended() == 128 + SIGKILL)
        try await home.waits(for: "loqed/gateway/availability", "offline")
        try await home.waits(for: "loqed/front_door/state", "unknown")
        await home.end(recording.listener)

        let lines = recording.lines
        let inbound = ["loqed/front_door/command", "loqed/front_door/commands_enabled/set", "loqed/front_door/refresh"]
        let published = lines.filter { !inbound.contains($0.message.topic) }
        try await expectKept(by: published, Self.topics.union([Self.answers]))
        for leaf in ["battery", "connectivity", "attributes"] {
            let messages = published.filter { $0.message.topic == "loqed/front_door/\(leaf)" }.map(\.message)
            #expect(messages.count > 1)
            #expect(messages.allSatisfy { $0.expiry != nil }, "\(leaf) goes away by itself")
        }
    }

    @Test func `with MQTT 3.1.1 gets the same, for ever and without answers`() async throws {
        let home = try await Household()
        let recording = try await Recording(in: home)
        let gateway = try await home.startGatewayAndWait(["LOQED_GATEWAY_MQTT_PROTOCOL=3.1.1"])
        try await home.publish(
            #"{"command":"LOCK","id":"old-1"}"#,
            to: "loqed/front_door/command",
            "-V",
            "5",
            "-D",
            "publish",
            "response-topic",
            Self.answers
        )
        await recording.has(result, #""id":"old-1""#, "confirmed")
        gateway.send(SIGTERM)
        #expect(await gateway.ended() == 0)
        await home.end(recording.listener)
        let published = recording.lines.filter { $0.message.topic != "loqed/front_door/command" }
        try await expectKept(by: published, Self.topics)
        #expect(published.allSatisfy { $0.message.expiry == nil })
        let info = try #require(published.last { $0.message.topic == "loqed/gateway/info" }).text
        #expect(info.contains(#""features":["home_assistant"],"#))
        #expect(info.contains(#""protocol":"3.1.1","#))
    }

    /// Expects that these, and nothing but Home Assistant's devices besides, were published as the contract says.
    private func expectKept(by published: [Recording.Line], _ topics: Set<String>) async throws {
        let devices = published.filter { $0.message.topic.hasPrefix("homeassistant/device/loqed_") }
        #expect(devices.count > 1)
        #expect(devices.allSatisfy { $0.message.isRetained == true && $0.message.qos == 1 && $0.text.hasPrefix("{") })
        let others = published.filter { line in !devices.contains { $0.message.topic == line.message.topic } }
        #expect(Set(others.map(\.message.topic)) == topics)
        try await Contract.expectKept(
            by: others.map { line in
                var message = line.message
                if message.topic == Self.answers { message.role = "<response topic>" }
                return message
            }
        )
    }

    private static let answers = "loqed/answers/day"

    private static let topics: Set<String> = [
        "loqed/gateway/availability", "loqed/gateway/info", "loqed/gateway/problem", "loqed/front_door/state",
        "loqed/front_door/battery", "loqed/front_door/connectivity", "loqed/front_door/attributes",
        "loqed/front_door/event", "loqed/front_door/commands_enabled", "loqed/front_door/command/result",
    ]

    private let result = "loqed/front_door/command/result"
    private let state = "loqed/front_door/state"

    private func commands(_ home: Household, _ recording: Recording) async throws {
        let command = "loqed/front_door/command"
        try await home.publish(
            #"{"command":"LOCK","id":"day-1"}"#,
            to: command,
            "-V",
            "5",
            "-D",
            "publish",
            "response-topic",
            Self.answers,
            "-D",
            "publish",
            "correlation-data",
            "1"
        )
        await recording.has(result, #""id":"day-1""#, "confirmed")
        await recording.has(Self.answers, #""id":"day-1""#, "confirmed")
        try await home.publish(#"{"command":"LOCK","id":"day-1"}"#, to: command)
        await recording.has(result, #""id":"day-1""#, "duplicate")
        try await home.publish(#"{"command":"unlock","id":"day-2","if_state":"locked"}"#, to: command)
        await recording.has(result, #""id":"day-2""#, "confirmed")
        try await home.simulate("stall on")
        try await home.publish(#"{"command":"LOCK","id":"day-3"}"#, to: command)
        await recording.has(result, #""id":"day-3""#, #""error":"jammed""#)
        await recording.has(state, "jammed")
        try await home.simulate("stall off")
        try await home.publish(#"{"command":"OPEN","id":"day-4"}"#, to: command)
        await recording.has(result, #""id":"day-4""#, "confirmed")
        // The bridge says yes to it, and nothing moves.
        try await home.simulate("fault to_lock swallow 1")
        try await home.publish(#"{"command":"LOCK","id":"day-5"}"#, to: command)
        await recording.has(result, #""id":"day-5""#, "no_confirmation")
    }

    private func lockAlone(_ home: Household, _ recording: Recording) async throws {
        try await home.simulate("by-hand lock")
        await recording.has("loqed/front_door/event", #""cause":"by_hand","event_type":"locked""#)
        try await home.simulate("battery 12")
        await recording.has("loqed/front_door/battery", "12")
        try await home.simulate("battery -1")
        await recording.has("loqed/front_door/battery", "unknown")
        try await home.simulate("offline")
        await recording.has("loqed/front_door/connectivity", "offline")
        await recording.has("loqed/front_door/attributes", #""offline_reason":"lock_offline""#)
        var start = recording.lines.count
        try await home.simulate("online")
        await recording.has("loqed/front_door/connectivity", "online", from: start)
        try await home.publish("now", to: "loqed/front_door/refresh")
        try await home.simulate("refuse on")
        await recording.has("loqed/gateway/problem", "bridge_refused")
        // The first gives way to the second: nothing of it has left.
        try await home.publish(#"{"command":"LOCK","id":"day-7"}"#, to: "loqed/front_door/command")
        try await home.publish(#"{"command":"UNLOCK","id":"day-8"}"#, to: "loqed/front_door/command")
        await recording.has(result, #""id":"day-7""#, "superseded")
        start = recording.lines.count
        try await home.simulate("refuse off")
        await recording.has(result, #""id":"day-8""#, #""status":"confirmed""#, from: start)
        await recording.has("loqed/gateway/problem", "[]", from: start)
        try await home.publish(#"{"command":"LOCK","id":"day-9"}"#, to: "loqed/front_door/command")
        try await home.waits(for: state, "locked")
    }

    private func refusals(_ home: Household, _ recording: Recording) async throws {
        let command = "loqed/front_door/command"
        let old = #"{"command":"LOCK","id":"day-6","issued_at":"2026-01-01T00:00:00Z"}"#
        for (payload, reason) in [
            ("TOGGLE", "unknown_command"), ("LOCK NOW", "malformed"), ("{", "malformed"), (old, "expired"),
            (#"{"command":"LOCK","if_state":"open"}"#, "state_differs"),
        ] {
            let start = recording.lines.count
            try await home.publish(payload, to: command)
            await recording.has(result, #""error":"\#(reason)""#, from: start)
        }
        try await home.publish("LOCK", to: command, "-r")
        await recording.has(result, #""error":"retained""#)
        await recording.has("loqed/gateway/problem", "retained_command")
        try await home.publish("", to: command, "-r")
        try await home.publish("off", to: "loqed/front_door/commands_enabled/set")
        await recording.has("loqed/front_door/commands_enabled", "off")
        try await home.publish("LOCK", to: command)
        await recording.has(result, #""error":"disabled""#)
        let start = recording.lines.count
        try await home.publish("on", to: "loqed/front_door/commands_enabled/set")
        await recording.has("loqed/front_door/commands_enabled", "on", from: start)
        for _ in 0..<8 { try await home.publish("UNLOCK", to: command) }
        await recording.has(result, #""error":"rate_limited""#)
    }
}
