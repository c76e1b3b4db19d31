import Gateway
import GatewayTestSupport
import LockDomain
import Logging
import LoqedWire
import NIOConcurrencyHelpers
import PlainHTTP
import Testing

@Suite struct `A folded log` {
    private typealias Log = FoldedLog<String, Int>

    private func text(_ lines: [Log.Line]) -> [String] {
        lines.map { "\($0.kind ?? "others") \($0.detail) x\($0.count)" }
    }

    @Test func `writes the first at once and the rest when the minute is over`() {
        var log = Log(window: .seconds(60), capacity: 2)
        #expect(text(log.note("a", 1, at: .seconds(100))) == ["a 1 x1"])
        #expect(log.nextDeadline == nil)
        for detail in 2...9 { #expect(log.note("a", detail, at: .seconds(101)).isEmpty) }
        #expect(log.nextDeadline == .seconds(160))
        #expect(log.due(at: .seconds(159)).isEmpty)
        #expect(text(log.due(at: .seconds(160))) == ["a 9 x8"])
        // The line begins a minute of its own, and an empty minute is forgotten.
        #expect(log.note("a", 10, at: .seconds(219)).isEmpty)
        #expect(text(log.due(at: .seconds(220))) == ["a 10 x1"])
        #expect(log.due(at: .seconds(1000)).isEmpty)
        #expect(text(log.note("a", 11, at: .seconds(1001))) == ["a 11 x1"])
    }

    @Test func `writes what is due also when something else happens`() {
        var log = Log(window: .seconds(60), capacity: 2)
        _ = log.note("a", 1, at: .zero)
        _ = log.note("a", 2, at: .zero)
        #expect(text(log.note("b", 3, at: .seconds(60))) == ["a 2 x1", "b 3 x1"])
        _ = log.note("a", 4, at: .seconds(61))
        #expect(text(log.rest()) == ["a 4 x1"])
        #expect(log.rest().isEmpty)
    }

    @Test func `counts together what there are too many kinds of`() {
        var log = Log(window: .seconds(60), capacity: 2)
        var written: [String] = []
        for number in 0..<10_000 { written += text(log.note("\(number)", number, at: .milliseconds(number))) }
        #expect(written == ["0 0 x1", "1 1 x1", "others 2 x1"])
        #expect(text(log.due(at: .seconds(80))) == ["others 9999 x9997"])
        #expect(text(log.note("new", 1, at: .seconds(80))) == ["new 1 x1"])
    }

    /// A flood of a day: the lines depend on the time alone.
    @Test func `writes a line a minute, however much happens`() {
        var log = Log(window: .seconds(60), capacity: 2)
        var written = 0
        for number in 0..<86_400 { written += log.note("a", number, at: .seconds(number)).count }
        #expect(written == 1440)
    }
}

@Suite struct `The log of the listener` {
    private let lock = LockID("front_door")!
    private let back = LockID("back_door")!

    @Test func `has one line for each lock and reason, and the rest at the end`() async throws {
        let (lines, clock) = (LogLines(), NIOLockedValueBox(Duration.seconds(1000)))
        let time = TimeSource(
            now: { Moment(uptime: clock.withLockedValue { $0 }, unix: UnixTime(seconds: 0)) },
            sleep: { _ in try await Task.sleep(for: .seconds(3600)) }
        )
        let log = EdgeLog(time: time, logger: lines.logger)
        for number in 0..<10_000 {
            log.webhookRefused(.badSignature, for: lock)
            log.webhookRefused(.badSignature, for: back)
            log.webhookRefused(.stale(skew: .seconds(number)), for: lock)
            log.noticed(.tlsSpoken, from: "192.0.2.7")
            log.noticed(.http2Spoken, from: "2001:db8::\(String(number, radix: 16))")
        }
        #expect(
            lines.all.prefix(4) == [
                "warning webhook refused lock.id=front_door reason=its signature is wrong; is bridge_key right?",
                "warning webhook refused lock.id=back_door reason=its signature is wrong; is bridge_key right?",
                "warning webhook refused lock.id=front_door reason=it is signed 0 s away from our time",
                "warning TLS was spoken to the plain HTTP listener; write http, not https from=192.0.2.7",
            ]
        )
        // Eight addresses are told apart, all others are one.
        #expect(lines.all.count == 12)
        #expect(lines.all[11].hasSuffix("from many addresses"))
        clock.withLockedValue { $0 += .seconds(60) }
        log.webhookRefused(.malformed, for: lock)
        #expect(
            lines.all[12...] == [
                "warning webhook refused lock.id=front_door reason=its signature is wrong; is bridge_key right? times=9999",
                "warning webhook refused lock.id=back_door reason=its signature is wrong; is bridge_key right? times=9999",
                "warning webhook refused lock.id=front_door reason=it is signed 9999 s away from our time times=9999",
                "warning webhook refused lock.id=front_door reason=its headers are malformed",
            ]
        )
    }

    @Test func `names a lock that was taken out of the configuration and is still called`() {
        let lines = LogLines()
        let time = TimeSource(now: { Moment(uptime: .seconds(1), unix: UnixTime(seconds: 0)) }, sleep: { _ in })
        let log = EdgeLog(time: time, logger: lines.logger)
        for _ in 0..<100 { log.unknownLock(back, calledFrom: "192.0.2.50") }
        #expect(
            lines.all == [
                "warning a webhook came for a lock that is not configured from=192.0.2.50 lock.id=back_door"
                    + " remedy=if a bridge is there: loqed-gateway webhooks remove --help"
            ]
        )
    }

    @Test func `says what was folded when the minute is over, without being asked`() async throws {
        let (lines, clock) = (LogLines(), NIOLockedValueBox(Duration.seconds(1000)))
        let time = TimeSource(
            now: { Moment(uptime: clock.withLockedValue { $0 }, unix: UnixTime(seconds: 0)) },
            sleep: { until in clock.withLockedValue { $0 = max($0, until) } }
        )
        let log = EdgeLog(time: time, logger: lines.logger)
        async let running: Void = log.run()
        log.replaysDropped(for: lock)
        log.replaysDropped(for: lock)
        await eventually("it is said") { lines.all.count == 2 }
        #expect(lines.all[1] == "warning webhook dropped lock.id=front_door reason=it came before, several times")
        log.end()
        try await running
    }
}
