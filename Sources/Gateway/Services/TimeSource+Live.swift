import Glibc
import LockDomain

extension TimeSource {
    /// The clocks of this machine.
    ///
    /// The monotonic one goes on while the machine sleeps, so no proof outlives a nap.
    package static func live() -> TimeSource {
        let clock = ContinuousClock()
        let origin = clock.now
        return TimeSource(
            now: { Moment(uptime: origin.duration(to: clock.now), unix: wallClock()) },
            sleep: { try await clock.sleep(until: origin.advanced(by: $0), tolerance: .milliseconds(20)) }
        )
    }

    private static func wallClock() -> UnixTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UnixTime(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
