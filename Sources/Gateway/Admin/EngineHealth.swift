import LockDomain

/// Whether the supervisors still get on.
struct EngineHealth: Sendable {
    /// For how long the engine may be busy with one input: it takes a thousandth of this.
    static let patience = Duration.seconds(2)

    let inbox: EngineInbox
    let time: TimeSource

    /// Looks, and once more after a while if the engine is busy: with the same input still, it is stuck.
    func isWell() async -> Bool {
        let first = inbox.progress
        guard !first.isIdle else { return true }
        try? await time.sleep(time.now().uptime + Self.patience)
        let second = inbox.progress
        return second.isIdle || second.handled != first.handled
    }
}
