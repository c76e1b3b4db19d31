import Gateway
import GatewayTestSupport
import Glibc
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

@Suite struct `A log that nobody reads` {
    /// A pipe that is full to the brim; its reader takes everything out again.
    private struct FullPipe {
        let reader: Int32
        let writer: Int32

        init() {
            var ends: [Int32] = [0, 0]
            #expect(pipe(&ends) == 0)
            for end in ends { #expect(fcntl(end, F_SETFL, O_NONBLOCK) == 0) }
            (reader, writer) = (ends[0], ends[1])
            while Glibc.write(writer, "x", 1) == 1 {}
            #expect(fcntl(writer, F_SETFL, 0) == 0, "a write would wait from here on")
        }

        func takeAll() -> String {
            var text = ""
            var bytes = [UInt8](repeating: 0, count: 65_536)
            while case let count = read(reader, &bytes, bytes.count), count > 0 {
                text += String(decoding: bytes.prefix(count), as: UTF8.self)
            }
            return text
        }

        func close() {
            Glibc.close(reader)
            Glibc.close(writer)
        }
    }

    @Test func `does not stop whoever writes it, and says later how much was lost`() {
        let pipe = FullPipe()
        defer { pipe.close() }
        let settings = LineLogHandler.Settings(
            level: .info,
            isJSON: true,
            output: LogOutput(pipe.writer, patience: 0)
        )
        let logger = Logger(label: "test") { _ in LineLogHandler(settings) }
        logger.info("first")
        logger.info("second")
        #expect(!pipe.takeAll().contains("first"))
        logger.info("third")
        logger.info("fourth")
        let messages = pipe.takeAll().split(separator: "\n").map { $0.replacing(/"time":"[^"]*"/, with: "") }
        #expect(
            messages == [
                #"{"count":"2","level":"warning","message":"lines of the log were lost: they could not be written",}"#,
                #"{"level":"info","message":"third",}"#,
                #"{"level":"info","message":"fourth",}"#,
            ]
        )
    }

    @Test func `whose reader is gone is no reason to end`() {
        let pipe = FullPipe()
        defer { Glibc.close(pipe.writer) }
        close(pipe.reader)
        let before = signal(SIGPIPE, SIG_IGN)
        defer { signal(SIGPIPE, before) }
        let output = LogOutput(pipe.writer)
        output.write("first") { "\($0)" }
        var asked: [Int] = []
        output.write("second") {
            asked.append($0)
            return "lost"
        }
        #expect(asked == [1])
    }
}
