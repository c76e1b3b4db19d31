import LockDomain
import LockMessages
import Testing

@testable import Gateway

@Suite struct `What the terminal shows` {
    private static let now = UnixTime(rfc3339: "2026-11-23T12:00:00Z")!
    private let plain = TerminalStyle(isTerminal: false, environment: [:])

    private func view(_ messages: (String, String)...) -> GatewayView {
        var view = GatewayView(baseTopic: "home/loqed")
        for (topic, payload) in messages { view.take(Array(payload.utf8), on: "home/loqed/\(topic)") }
        return view
    }

    @Test func `a lock of which nothing is known is unknown`() {
        let view = view(
            ("gateway/availability", "online"),
            ("gateway/info", #"{"version":"1.0","locks":[{"id":"shed"}],"protocol":"3.1.1","started_at":null}"#)
        )
        #expect(
            view.text(now: Self.now, style: plain) == """
                loqed-gateway 1.0 is online, MQTT 3.1.1

                LOCK  STATE    SINCE  BATTERY  LOCK IS  WEBHOOKS  COMMANDS  LAST ACTION
                shed  unknown  -      unknown  unknown  unknown   unknown   -
                """
        )
        #expect(!view.isComplete)
    }

    @Test func `ages, keys and problems are in words`() {
        let view = view(
            ("gateway/availability", "online"),
            ("gateway/info", "{}"),
            (
                "gateway/problem",
                #"[{"code":"bridge_timeout","lock":"shed","remedy":"do this","text":"it is silent"},{"code":"x","lock":"b","text":"t","remedy":"r"}]"#
            ),
            ("shed/state", "locked"),
            ("shed/battery", "15"),
            ("shed/connectivity", "online"),
            ("shed/commands_enabled", "off"),
            (
                "shed/attributes",
                #"""
                {"battery":{"low":true},"evidence":{"source":"status","time":"2026-11-23T10:30:00.000Z"},"offline_reason":null,
                "webhook_path":"proven","last_action":{"event":"locked","key_id":4,"key_name":null,"time":"2026-11-20T11:00:00Z"}}
                """#
            )
        )
        #expect(
            view.text(of: ["shed"], now: Self.now, style: plain)
                == """
                loqed-gateway is online

                LOCK  STATE   SINCE                BATTERY  LOCK IS  WEBHOOKS  COMMANDS  LAST ACTION
                shed  locked  90 min ago (status)  15 %     online   proven    off       locked by key 4 3 days ago

                shed: it is silent
                    do this
                """
        )
    }

    @Test func `colours are for terminals alone`() {
        let view = view(("gateway/availability", "online"), ("shed/state", "jammed"))
        let colour = TerminalStyle(isTerminal: true, environment: [:])
        #expect(view.text(now: Self.now, style: colour).contains("\u{1B}[31mjammed\u{1B}[0m"))
        for environment in [["NO_COLOR": "1"], ["TERM": "dumb"]] {
            let style = TerminalStyle(isTerminal: true, environment: environment)
            #expect(!view.text(now: Self.now, style: style).contains("\u{1B}"))
        }
        #expect(!view.text(now: Self.now, style: plain).contains("\u{1B}"))
    }

    @Test func `nothing from the broker moves the cursor`() {
        let view = view(
            ("gateway/availability", "online"),
            ("shed\u{1B}[2J/state", "locked\u{1B}[2J\u{202E}"),
            ("shed/attributes", "{\"last_action\":{\"event\":\"\\u001b[2Jx\"}}")
        )
        let text = view.text(now: Self.now, style: plain)
        #expect(!text.contains("\u{1B}") && !text.contains("\u{202E}"))
        #expect(text.contains("\u{FFFD}[2Jx"))
    }

    @Test(arguments: ["", "{", "nope", "[1,2", "\u{0}", #"{"a":}"#, String(repeating: "[", count: 100_000)])
    func `a document that is none reads as nothing`(payload: String) {
        let view = view(("gateway/availability", "online"), ("gateway/info", payload), ("shed/attributes", payload))
        #expect(view.jsonText(of: []).hasPrefix(#"{"availability":"online","info":null"#))
    }

    @Test func `what was cleared is gone`() {
        let view = view(("gateway/availability", "online"), ("shed/state", "locked"), ("shed/state", ""))
        #expect(view.lockNames == [])
    }

    @Test func `a document is shown as it was, with what a newer gateway added`() {
        let attributes = #"{"battery":{"voltage":10.46},"big":[1,-2,true,null,"ä\n"],"new":{}}"#
        let view = view(("shed/attributes", attributes))
        #expect(view.jsonText(of: ["shed"]).contains("\"attributes\":\(attributes),"))
    }

    @Test(
        arguments: [
            (
                "gateway/problem", #"[{"code":"clock","lock":"shed"},{"code":"clock","lock":null}]"#,
                "gateway problems shed: clock, clock"
            ),
            ("gateway/problem", "[]", "gateway problems none"),
            ("shed/state", "locked", "shed state locked"),
            ("shed/event", #"{"event_type":"locked","key_id":7,"cause":"pin"}"#, "shed event locked by key 7 (pin)"),
            ("shed/event", "garbage", "shed event ?"),
            (
                "shed/command/result", #"{"id":"a","command":"LOCK","status":"failed","error":"jammed"}"#,
                "shed command LOCK failed (jammed), id a"
            ),
        ]
    )
    func `every happening has its line`(topic: String, payload: String, line: String) {
        let watched = WatchLine(Array(payload.utf8), on: "loqed/\(topic)", below: "loqed")
        #expect(watched.text(at: Self.now) == "12:00:00 \(line)")
    }

    @Test func `inbound topics and attributes are no happenings`() {
        for topic in ["shed/command", "shed/attributes", "gateway/info", "shed"] {
            #expect(WatchLine(Array("{}".utf8), on: "loqed/\(topic)", below: "loqed").text(at: Self.now) == nil)
        }
    }

    @Test func `a line of JSON has words as text and documents as they are`() {
        let word = WatchLine(Array("82".utf8), on: "loqed/shed/battery", below: "loqed")
        #expect(
            word.json(at: Self.now)
                == #"{"payload":"82","time":"2026-11-23T12:00:00.000Z","topic":"loqed/shed/battery"}"#
        )
        let document = WatchLine(Array(#"{"a":1}"#.utf8), on: "loqed/shed/attributes", below: "loqed")
        #expect(
            document.json(at: Self.now)
                == #"{"payload":{"a":1},"time":"2026-11-23T12:00:00.000Z","topic":"loqed/shed/attributes"}"#
        )
    }

    @Test func `every reason of a command that came to nothing has its own advice`() {
        let refused = RefusalReason.allCases.map { CommandAdvice.refused($0.rawValue) }
        #expect(!refused.contains(CommandAdvice.refused("something new")))
        let failed = FailureReason.allCases.map { CommandAdvice.failed($0.rawValue) }
        #expect(!failed.contains(CommandAdvice.failed(nil)))
    }

    @Test func `the message carries all that keeps it from moving the door twice or late`() throws {
        let errand = DoorErrand(.unlock, of: "shed", id: try #require(CommandID("x")), ifState: .locked)
        #expect(
            String(decoding: errand.payload(at: Self.now), as: UTF8.self)
                == #"{"command":"UNLOCK","expires_at":"2026-11-23T12:00:30.000Z","id":"x","if_state":"locked","#
                + #""issued_at":"2026-11-23T12:00:00.000Z"}"#
        )
    }
}
