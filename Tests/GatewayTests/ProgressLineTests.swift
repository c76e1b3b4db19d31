import LockDomain
import NIOConcurrencyHelpers
import Testing

@testable import Gateway

@Suite struct `The line of progress` {
    /// What is written while one second after another passes, as long as the work goes on.
    private func written(isTerminal: Bool, seconds: Int) async -> [String] {
        let texts = NIOLockedValueBox<[String]>([])
        let slept = NIOLockedValueBox(0)
        let (done, finish) = AsyncStream.makeStream(of: Never.self)
        let time = TimeSource(
            now: { Moment(uptime: .zero, unix: UnixTime(seconds: 0)) },
            sleep: { until in
                #expect(until == .seconds(1))
                let count = slept.withLockedValue {
                    $0 += 1
                    return $0
                }
                guard count > seconds else { return }
                finish.finish()
                // Until the work is done, and this is cancelled.
                for await _ in AsyncStream<Never>.makeStream().stream {}
                throw CancellationError()
            }
        )
        let line = ProgressLine(isTerminal: isTerminal, time: time) { text in texts.withLockedValue { $0.append(text) }
        }
        line.now("looking")
        let outcome = await line.shown {
            if isTerminal { for await _ in done {} }
            return 7
        }
        #expect(outcome == 7)
        return texts.withLockedValue { $0 }
    }

    @Test func `is not there for work that is short`() async {
        #expect(await written(isTerminal: true, seconds: 0) == [])
    }

    @Test func `says what is done, and is gone in the end`() async {
        let line = "\r\u{1B}[Klooking ..."
        #expect(await written(isTerminal: true, seconds: 2) == [line, line, "\r\u{1B}[K"])
    }

    @Test func `is not there where nobody watches`() async {
        #expect(await written(isTerminal: false, seconds: 2) == [])
    }

    @Test func `makes place for what is to stay`() async {
        let texts = NIOLockedValueBox<[String]>([])
        let (shown, finish) = AsyncStream.makeStream(of: Never.self)
        let slept = NIOLockedValueBox(0)
        let time = TimeSource(
            now: { Moment(uptime: .zero, unix: UnixTime(seconds: 0)) },
            sleep: { _ in
                let isFirst = slept.withLockedValue { count in
                    defer { count += 1 }
                    return count == 0
                }
                guard !isFirst else { return }
                finish.finish()
                for await _ in AsyncStream<Never>.makeStream().stream {}
                throw CancellationError()
            }
        )
        let line = ProgressLine(isTerminal: true, time: time) { text in texts.withLockedValue { $0.append(text) } }
        line.now("waiting")
        await line.shown {
            for await _ in shown {}
            line.aside { texts.withLockedValue { $0.append("received") } }
        }
        #expect(texts.withLockedValue { $0 } == ["\r\u{1B}[Kwaiting ...", "\r\u{1B}[K", "received"])
    }
}
