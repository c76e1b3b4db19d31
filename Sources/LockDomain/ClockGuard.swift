/// Whether our clock may be signed with: a signature carries the time, and what is signed with a wrong one may become
/// valid when nobody expects it any more.
struct ClockGuard: Hashable, Sendable {
    private struct Sighting: Hashable, Sendable {
        let signedAt: Int64
        let at: Duration
    }

    private var newest: Sighting?

    /// A verified webhook was signed at that time of the bridge's clock.
    ///
    /// Only stamps within the tolerance get here, so a replayed old one cannot make our clock look wrong.
    mutating func heard(_ stamp: WebhookStamp, at now: Moment) {
        newest = Sighting(signedAt: stamp.signedAt, at: now.uptime)
    }

    /// After the gateway was built, and within a minute of what the bridge's clock must show by now, if that is known.
    func isCredible(at now: Moment, policy: LockPolicy) -> Bool {
        guard now.unix >= policy.builtAt else { return false }
        guard let newest else { return true }
        let expected = newest.signedAt + (now.uptime - newest.at).components.seconds
        let difference = now.unix.seconds.subtractingReportingOverflow(expected)
        return !difference.overflow
            && difference.partialValue.magnitude <= policy.clockTolerance.components.seconds.magnitude
    }
}
