/// How long to wait before the next attempt to connect.
package struct BackOff: Hashable, Sendable {
    package var base: Duration = .milliseconds(250)
    package var maximum: Duration = .seconds(30)
    /// A connection that lasted this long shows that all is well again; a shorter one does not end the back-off.
    package var resetAfter: Duration = .seconds(10)
    /// After another client took the session over: so long that two clients with one id do not fight for it.
    package var takeoverBase: Duration = .seconds(60)
    package var takeoverMaximum: Duration = .seconds(600)

    /// Draws a number of milliseconds from a range.
    package typealias Draw = @Sendable (ClosedRange<Int64>) -> Int64

    package init() {}

    /// Doubles with each failure in a row, then drawn from its upper half.
    package func delay(afterFailures failures: Int, draw: Draw) -> Duration {
        Self.delay(failures, from: base, to: maximum, draw)
    }

    /// The same, after takeovers.
    package func delay(afterTakeovers takeovers: Int, draw: Draw) -> Duration {
        Self.delay(takeovers, from: takeoverBase, to: takeoverMaximum, draw)
    }

    private static func delay(_ count: Int, from base: Duration, to maximum: Duration, _ draw: Draw) -> Duration {
        let full = min(maximum, base * (1 << min(max(count - 1, 0), 16)))
        let milliseconds = full.components.seconds * 1000 + full.components.attoseconds / 1_000_000_000_000_000
        return .milliseconds(draw(milliseconds / 2...max(milliseconds, 1)))
    }
}
