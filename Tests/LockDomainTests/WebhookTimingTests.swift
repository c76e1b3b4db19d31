import Testing

@testable import LockDomain

@Suite struct `The time that webhooks take` {
    /// Webhooks that were signed so many seconds after the start, and arrived so many milliseconds after that by our clock.
    private func timing(_ webhooks: [(signed: Int64, after: Int64)]) -> WebhookTiming {
        var timing = WebhookTiming()
        for webhook in webhooks { timing.accept(webhook.signed, after: webhook.after) }
        return timing
    }

    @Test func `is not known before the first`() {
        #expect(WebhookTiming().figures == nil)
        #expect(WebhookTiming().skew == nil)
    }

    @Test func `is the time from stamp to arrival while the clocks agree`() {
        let timing = timing([(0, 300), (10, 200), (20, 1_400), (30, 13_200), (40, 900)])
        #expect(timing.skew == .milliseconds(200))
        #expect(
            timing.figures
                == WebhookDelays(count: 5, last: .milliseconds(700), median: .milliseconds(700), longest: .seconds(13))
        )
    }

    @Test func `is corrected for clocks that differ`() {
        let behind = timing([(0, 12_000), (10, 12_500), (20, 15_000)])
        #expect(behind.skew == .seconds(12))
        #expect(behind.figures?.longest == .seconds(3))
        let ahead = timing([(0, -9_000), (10, -8_000)])
        #expect(ahead.skew == .seconds(-9))
        #expect(ahead.figures?.last == .seconds(1))
    }

    @Test func `shows no difference of clocks by one webhook alone, unless it is from the future`() {
        #expect(timing([(0, 13_000)]).skew == nil)
        #expect(timing([(0, -1_000)]).skew == .seconds(-1))
    }

    @Test func `forgets how the clocks were when one was set`() {
        var timing = timing([(0, -12_000), (10, -11_900), (20, -12_000), (30, 100), (40, 200)])
        #expect(timing.skew == .seconds(-12))
        timing.accept(50, after: 100)
        #expect(timing.skew == .milliseconds(100))
    }

    @Test func `is told of the latest sixteen`() {
        var timing = timing([(0, 9_000)])
        for signed in 1...15 { timing.accept(Int64(signed), after: 0) }
        #expect(timing.figures?.longest == .seconds(9))
        timing.accept(16, after: 0)
        #expect(timing.figures?.longest == .zero)
        #expect(timing.figures?.count == 17)
    }

    @Test func `is to blame for one that is refused while the others are in time`() {
        var timing = timing([(0, 0), (10, 0)])
        #expect(timing.refuse(20, age: 40) == .late)
        #expect(timing.figures?.refusedLate == 1)
        #expect(timing.skew == .zero)
    }

    @Test func `is not to blame when all are refused alike: the clocks are`() {
        var timing = WebhookTiming()
        #expect(timing.refuse(0, age: 40) == .late)
        #expect(timing.skew == nil)
        #expect(timing.refuse(3, age: 41) == .skewed)
        #expect(timing.skew == .seconds(40))
        #expect(timing.refuse(60, age: 40) == .skewed)
    }

    @Test func `is not to blame for one from the future`() {
        var timing = WebhookTiming()
        #expect(timing.refuse(0, age: -40) == .skewed)
        #expect(timing.skew == .seconds(-40))
    }

    @Test func `tells nothing new by the same one again`() {
        var timing = WebhookTiming()
        timing.refuse(0, age: 40)
        timing.refuse(0, age: 40)
        #expect(timing.skew == nil)
    }
}

extension WebhookTiming {
    private static var start: Int64 { 1_790_000_000 }

    fileprivate mutating func accept(_ signed: Int64, after milliseconds: Int64) {
        let signedAt = Self.start + signed
        let arrival = UnixTime(milliseconds: signedAt * 1000 + milliseconds)
        let stamp = WebhookStamp(signedAt: signedAt, fingerprint: UInt64(signed))
        accepted(stamp, at: Moment(uptime: .seconds(signed), unix: arrival))
    }

    @discardableResult
    fileprivate mutating func refuse(_ signed: Int64, age: Int64) -> Refusal {
        let arrival = UnixTime(seconds: Self.start + signed + age)
        return refused(age: .seconds(age), at: Moment(uptime: .seconds(signed + 100), unix: arrival))
    }
}
