/// A wall-clock instant: milliseconds since 1970-01-01T00:00:00Z.
///
/// For stamps only, never for deadlines.
package struct UnixTime: Hashable, Comparable, Sendable {
    package let milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package init(seconds: Int64) { milliseconds = seconds.multipliedReportingOverflow(by: 1000).partialValue }

    /// Whole seconds, the fraction dropped (also before 1970).
    package var seconds: Int64 {
        let (quotient, remainder) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        return remainder < 0 ? quotient - 1 : quotient
    }

    package static func < (left: UnixTime, right: UnixTime) -> Bool { left.milliseconds < right.milliseconds }
}

/// One reading of both clocks.
package struct Moment: Hashable, Sendable {
    /// Monotonic time since some fixed point of this process.
    ///
    /// Every deadline is a value of this clock.
    package let uptime: Duration
    /// What the wall clock says; it may jump.
    package let unix: UnixTime

    package init(uptime: Duration, unix: UnixTime) {
        self.uptime = uptime
        self.unix = unix
    }
}
