/// Who set the bolt in motion.
///
/// Belongs to one movement and is never carried over to the next.
struct Attribution: Hashable, Sendable {
    /// A movement that has started.
    private struct Start: Hashable, Sendable {
        let target: BoltState
        let cause: Cause
        let key: KeyID?
        let at: Duration
    }

    /// A movement that our own command may cause.
    private struct Expectation: Hashable, Sendable {
        let target: BoltState
        let until: Duration
    }

    struct Author: Hashable, Sendable {
        let cause: Cause
        let key: KeyID?
        /// Our own key moved the lock, and no command of ours accounts for it.
        let isUnexpected: Bool
    }

    private let ownKey: KeyID
    private var start: Start?
    private var expectation: Expectation?
    private var lastOpened: Duration?

    init(ownKey: KeyID) { self.ownKey = ownKey }

    /// One command is about to be written: it accounts for one movement.
    mutating func expect(_ target: BoltState, until: Duration) {
        expectation = Expectation(target: target, until: until)
    }

    /// The motor started.
    mutating func started(_ report: BridgeReport, towards target: BoltState, at now: Duration) -> Author {
        let isOwn = report.key == ownKey
        let isExpected = isOwn && useExpectation(of: target, at: now)
        let cause: Cause = isExpected ? .gateway : report.cause
        start = Start(target: target, cause: cause, key: report.key, at: now)
        return Author(cause: cause, key: report.key, isUnexpected: isOwn && !isExpected)
    }

    /// The motor stopped at `bolt`, or the bolt was turned there; `isChange` when it did not stand there already.
    mutating func ended(
        _ report: BridgeReport,
        at bolt: BoltState,
        isChange: Bool,
        now: Duration,
        policy: LockPolicy
    ) -> Author {
        defer {
            start = nil
            lastOpened = bolt == .open ? now : nil
        }
        if let start, start.target == bolt || !bolt.isDefinite,
            now - start.at <= policy.movementTimeout + policy.secondLookAfter,
            report.key == nil || report.key == start.key
        {
            return Author(cause: start.cause, key: report.key ?? start.key, isUnexpected: false)
        }
        guard let key = report.key else {
            let fellBack = bolt == .dayLock && lastOpened.map { now - $0 <= policy.openWithoutLatch } ?? false
            return Author(cause: fellBack ? .auto : .byHand, key: nil, isUnexpected: false)
        }
        guard key == ownKey else { return Author(cause: report.cause, key: key, isUnexpected: false) }
        let isExpected = useExpectation(of: bolt, at: now)
        return Author(cause: isExpected ? .gateway : report.cause, key: key, isUnexpected: !isExpected && isChange)
    }

    private mutating func useExpectation(of target: BoltState, at now: Duration) -> Bool {
        guard let expectation, expectation.target == target, now <= expectation.until else { return false }
        self.expectation = nil
        return true
    }
}
