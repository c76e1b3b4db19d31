import LockDomain

/// Somebody who watches from outside and knows, by other reasoning than the supervisor's, what may be claimed.
///
/// A position may be claimed when something showed it, and nothing that contradicts it was heard since.
struct Witness {
    private var step = 0
    private var shown: [BoltState: Int] = [:]
    private var contradicted: [BoltState: Int] = [:]
    private var stalled: Int?
    private var reads: [ReadID: Int] = [:]
    private static let positions: [BoltState] = [.open, .dayLock, .nightLock]

    /// The gateway started anew: what was heard before proves nothing any more.
    mutating func forgot() {
        step += 1
        contradict { _ in true }
        stalled = nil
        reads = [:]
    }

    mutating func readBegan(_ id: ReadID) { reads[id] = step }

    mutating func saw(_ event: LockEvent, answeredBy effects: [LockEffect]) {
        step += 1
        for case .announce(.report(let report)) in effects where !report.connectivity.isOnline {
            contradict { _ in true }
            stalled = nil
        }
        switch event {
        case .bridgeReported(let report, _):
            let isIgnored = effects.contains {
                if case .note(.webhookRepeated) = $0 { return true }
                if case .note(.webhookLate) = $0 { return true }
                return false
            }
            if !isIgnored { heard(report) }
        case .statusRead(let id, .read(let status, _)):
            if let begun = reads[id], status.isLockOnline {
                shown[status.bolt] = max(begun, shown[status.bolt] ?? begun)
            }
        default: break
        }
    }

    func vouches(for state: LockState) -> Bool {
        switch state {
        case .locked: isShown(.nightLock)
        case .unlocked: isShown(.dayLock)
        case .open: isShown(.open)
        case .jammed: stalled != nil
        case .locking, .unlocking, .opening, .unknown: true
        }
    }

    private func isShown(_ bolt: BoltState) -> Bool {
        guard let shown = shown[bolt] else { return false }
        return shown >= contradicted[bolt] ?? 0
    }

    private mutating func heard(_ report: BridgeReport) {
        switch report.kind {
        case .reached(let bolt):
            contradict { $0 != bolt }
            if bolt.isDefinite {
                shown[bolt] = step
                stalled = nil
            }
        case .going(let target): contradict { $0 != target }
        case .stalled:
            contradict { _ in true }
            stalled = step
        case .battery, .signal: break
        }
    }

    private mutating func contradict(_ isContradicted: (BoltState) -> Bool) {
        for bolt in Self.positions where isContradicted(bolt) { contradicted[bolt] = step }
    }
}
