import Gateway
import GatewayTestSupport
import Logging
import Testing

@Suite struct `A line of the log` {
    /// Standard error is shared, so the line is looked for in what the command printed.
    @Test func `has its time, level, message and fields, and stays one line`() {
        let text = LineLogHandler(level: .info, isJSON: false)
        let event = LogEvent(
            level: .warning,
            message: "no connection",
            error: nil,
            metadata: ["reason": "the broker's \"away\"\nnow", "lock.id": "front_door"],
            source: "test",
            file: "",
            function: "",
            line: 1
        )
        #expect(
            text.line(for: event, at: "2026-11-23T10:20:30Z")
                == #"2026-11-23T10:20:30Z WARNING no connection lock.id=front_door reason="the broker's \"away\" now""#
        )
        let json = LineLogHandler(level: .info, isJSON: true)
        #expect(
            json.line(for: event, at: "2026-11-23T10:20:30Z")
                == #"{"level":"warning","lock.id":"front_door","message":"no connection","#
                + #""reason":"the broker's \"away\"\nnow","time":"2026-11-23T10:20:30Z"}"#
        )
    }
}
