/// How long a bridge's webhooks take, and how far its clock is from ours, told apart.
///
/// A stamp shows both at once: what lies between its time and its arrival is the delay and the difference of the clocks.
/// Delays are never negative and mostly short, so the least of the latest differences is that of the clocks, and what
/// the others have more is their delay. Stamps have whole seconds, so both are known to one second at best.
struct WebhookTiming: Hashable, Sendable {
    /// One stamp, as it arrived.
    private struct Sample: Hashable, Sendable {
        let signedAt: Int64
        /// From its time to its arrival, by our clock.
        let difference: Duration
        /// It was verified and fresh.
        let isAccepted: Bool
    }

    /// Why a webhook was too old or too new to be taken.
    enum Refusal: Hashable, Sendable {
        /// The clocks agree, or are not known to differ: it was under way too long.
        case late
        /// The clocks differ by that much.
        case skewed
    }

    private static let capacity = 16
    /// So many in a row that agree with each other and not with those before them show that a clock was set.
    private static let agreeing = 3
    /// Differences of clocks that are told apart from short delays.
    private static let resolution: Duration = .seconds(5)

    private var samples: [Sample] = []
    private var count = 0
    private var refusals: [Refusal: Int] = [:]

    /// Our clock less the bridge's; absent while there is too little to tell it from a delay.
    ///
    /// A webhook from the future can only come from a clock that is ahead; one that is old may have been under way.
    var skew: Duration? {
        guard let least = samples.map(\.difference).min() else { return nil }
        return samples.count > 1 || least < Self.resolution ? least : nil
    }

    /// What is published; absent before the first webhook.
    var figures: WebhookDelays? {
        let delays = samples.filter(\.isAccepted).map { max(.zero, $0.difference - (skew ?? .zero)) }
        guard let last = delays.last, let longest = delays.max() else { return nil }
        return WebhookDelays(
            count: count,
            last: last,
            median: delays.sorted()[delays.count / 2],
            longest: longest,
            refusedLate: refusals[.late, default: 0],
            refusedSkewed: refusals[.skewed, default: 0]
        )
    }

    /// The uptime at which a webhook was signed, up to a second too early.
    func signing(of stamp: WebhookStamp, at now: Moment) -> Duration {
        let difference = Self.difference(of: stamp, at: now)
        return now.uptime - max(.zero, difference - (skew ?? difference))
    }

    private static func difference(of stamp: WebhookStamp, at now: Moment) -> Duration {
        .milliseconds(now.unix.milliseconds) - .seconds(stamp.signedAt)
    }

    /// A verified webhook that was taken.
    mutating func accepted(_ stamp: WebhookStamp, at now: Moment) {
        count += 1
        add(Sample(signedAt: stamp.signedAt, difference: Self.difference(of: stamp, at: now), isAccepted: true))
    }

    /// A verified webhook that was refused for its age, our clock less its stamp; says what is to blame.
    @discardableResult
    mutating func refused(age: Duration, at now: Moment) -> Refusal {
        let signedAt = now.unix.seconds.subtractingReportingOverflow(age.components.seconds).partialValue
        // The same one again shows nothing more.
        if !samples.contains(where: { $0.signedAt == signedAt }) {
            add(Sample(signedAt: signedAt, difference: age, isAccepted: false))
        }
        let isSkewed = skew.map { (age - $0).isShorter(than: Self.resolution) } ?? false
        let refusal: Refusal = isSkewed ? .skewed : .late
        refusals[refusal, default: 0] += 1
        return refusal
    }

    private mutating func add(_ sample: Sample) {
        samples.append(sample)
        let latest = samples.suffix(Self.agreeing)
        if latest.count == Self.agreeing, let least = latest.map(\.difference).min(),
            latest.allSatisfy({ ($0.difference - least).isShorter(than: Self.resolution) })
        {
            samples.removeAll { !($0.difference - least).isShorter(than: Self.resolution) && $0.difference < least }
        }
        if samples.count > Self.capacity { samples.removeFirst() }
    }
}

/// How long the latest webhooks took from the bridge to us, corrected for the difference of the clocks.
package struct WebhookDelays: Hashable, Sendable {
    /// Webhooks that were taken since the gateway started.
    package let count: Int
    package let last: Duration
    package let median: Duration
    package let longest: Duration
    /// Webhooks that were refused because they came too late.
    package let refusedLate: Int
    /// Webhooks that were refused because the clocks differ.
    package let refusedSkewed: Int

    package init(
        count: Int,
        last: Duration,
        median: Duration,
        longest: Duration,
        refusedLate: Int = 0,
        refusedSkewed: Int = 0
    ) {
        self.count = count
        self.last = last
        self.median = median
        self.longest = longest
        self.refusedLate = refusedLate
        self.refusedSkewed = refusedSkewed
    }
}

extension Duration {
    fileprivate func isShorter(than other: Duration) -> Bool { self < other && self > .zero - other }
}
