package import LockDomain

/// Where the gateway's time comes from.
package struct TimeSource: Sendable {
    /// Both clocks, read now.
    package let now: @Sendable () -> Moment
    /// Returns when the monotonic clock has reached that uptime, or throws when the task is cancelled.
    package let sleep: @Sendable (_ until: Duration) async throws -> Void

    package init(
        now: @escaping @Sendable () -> Moment,
        sleep: @escaping @Sendable (_ until: Duration) async throws -> Void
    ) {
        self.now = now
        self.sleep = sleep
    }
}
