import LockDomain

/// Somebody who watches from outside and knows, by other reasoning than the supervisor's, what may be claimed.
///
/// A position may be claimed when something showed it, and nothing that contradicts it was heard since.
struct Witness {
    private var step = 0
    private var shown: [BoltState: Int] = [:]
    private var contradicted: [BoltState: Int] = [:]
    private var stalled: Int?
    private var connectivity: Connectivity?
    private var isClockTrue = true
    /// A state is claimed at present.
    private var isClaimed = false
    private var reads: [ReadID: (step: Int, time: Duration)] = [:]
    /// The last movement that the lock reported, or that a command may have caused, and that no read has shown since.
    private var moved: (target: BoltState, time: Duration)?
    /// The command under way, unless the lock has said anything of the bolt since.
    private var attempt: (target: BoltState, time: Duration)?
    private var movedBeforeAttempt: (target: BoltState, time: Duration)?
    /// The same, when the lock was away after it: `/status` may not show it yet.
    private var movedBeforeLoss: (target: BoltState, time: Duration)?
    /// A position was announced that reads have shown.
    private var isSettledByRead = false
    private static let lag = LockPolicy().staleStatusWindow
    private static let positions: [BoltState] = [.open, .dayLock, .nightLock]

    /// The gateway started anew: what was heard before proves nothing any more.
    mutating func forgot() {
        step += 1
        contradict { _ in true }
        stalled = nil
        connectivity = nil
        reads = [:]
        // What moved before may still not show.
        let before = moved ?? movedBeforeLoss
        (moved, movedBeforeLoss) = (nil, isClockTrue && before?.target != .unknown ? before : nil)
    }

    /// Over a restart, only the wall clock tells how long ago something was.
    mutating func clockWasSet() { isClockTrue = false }

    mutating func readBegan(_ id: ReadID, at now: Duration) { reads[id] = (step, now) }

    mutating func saw(_ event: LockEvent, answeredBy effects: [LockEffect], at now: Duration) {
        step += 1
        // Only now: what was announced then was judged before.
        if isSettledByRead { (moved, movedBeforeLoss, isSettledByRead) = (nil, nil, false) }
        switch event {
        case .commandAnswered(_, .notSent), .commandAnswered(_, .refused):
            moved = movedBeforeAttempt
            // The link may have been lost while it was thought to be under way.
            if let attempt, movedBeforeLoss?.time == attempt.time { movedBeforeLoss = movedBeforeAttempt }
        default: break
        }
        // Nothing vouches for the silence of a lock that nobody knows the place of.
        if case .commandAnswered(_, let answer) = event, !isClaimed, [.acknowledged, .unanswered].contains(answer) {
            movedBeforeLoss = attempt ?? movedBeforeLoss
        }
        if case .bridgeReported(let report, _) = event, !effects.contains(where: \.saysThatItCountsForNothing) {
            heard(report, at: now)
        }
        for case .announce(.report(let report)) in effects {
            if report.evidence?.source == .status { isSettledByRead = true }
            isClaimed = report.state != .unknown
            defer { connectivity = report.connectivity }
            // Saying it once more is no news.
            guard !report.connectivity.isOnline, report.connectivity != connectivity else { continue }
            contradict { _ in true }
            stalled = nil
            movedBeforeLoss = moved ?? movedBeforeLoss
        }
        for case .sendCommand(let attempt) in effects {
            movedBeforeAttempt = moved
            moved = (attempt.action.target, now)
            self.attempt = moved
        }
        if case .statusRead(let id, .read(let status, _)) = event, let begun = reads[id], status.isLockOnline,
            !isOutOfDate(status.bolt, begunAt: begun.time)
        {
            shown[status.bolt] = max(begun.step, shown[status.bolt] ?? begun.step)
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

    private func isOutOfDate(_ bolt: BoltState, begunAt: Duration) -> Bool {
        guard let moved = movedBeforeLoss, begunAt < moved.time + Self.lag else { return false }
        return bolt != moved.target && !(moved.target == .open && bolt == .dayLock)
    }

    private mutating func heard(_ report: BridgeReport, at now: Duration) {
        switch report.kind {
        case .reached(let bolt), .going(let bolt): (moved, movedBeforeLoss) = ((bolt, now), nil)
        case .stalled: (moved, movedBeforeLoss) = ((.unknown, now), nil)
        case .battery, .signal: return
        }
        // Also where an attempt is under way that turns out not to have been sent.
        (movedBeforeAttempt, attempt) = (moved, nil)
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

extension LockEffect {
    /// A webhook was a repeat, or older than one before it.
    fileprivate var saysThatItCountsForNothing: Bool {
        switch self {
        case .note(.webhookRepeated), .note(.webhookLate): true
        default: false
        }
    }
}
