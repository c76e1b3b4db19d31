package import LockDomain

/// Where the simulation's time comes from.
package struct SimulatorClock: Sendable {
    package let now: @Sendable () -> Moment
    package let sleep: @Sendable (_ until: Duration) async throws -> Void

    package init(
        now: @escaping @Sendable () -> Moment,
        sleep: @escaping @Sendable (_ until: Duration) async throws -> Void
    ) {
        self.now = now
        self.sleep = sleep
    }
}
