/// Whether the bridge answers and has the lock, and until when that may be said.
///
/// A bridge is given up after ``LockPolicy/failuresUntilUnreachable`` failures in a row, or when its last sign of life is
/// older than ``LockPolicy/proofLifetime``, whichever comes first.
struct ConnectivityWatch: Hashable, Sendable {
    /// How the bridge should be asked for its next sign of life.
    enum Check: Hashable, Sendable {
        /// A TCP connect will do.
        case probe
        /// The bridge takes connections but does not answer: only an answer counts.
        case read
    }

    private(set) var connectivity: Connectivity = .offline(.starting)
    /// When the bridge should be asked for a sign of life.
    private(set) var checkDue: Duration
    /// Why the bridge failed last; absent since it last answered.
    private(set) var lastFailure: BridgeFailure?
    private var failures = 0
    private var answersFail = false
    private var proofLapses: Duration?

    init(at now: Duration, policy: LockPolicy) { checkDue = now + policy.probeInterval }

    var check: Check {
        answersFail && connectivity != .offline(.bridgeUnreachable) ? .read : .probe
    }

    /// The bridge has failed since it last answered.
    var isFailing: Bool { failures > 0 }

    /// Why the bridge is taken for gone; absent while it is not.
    var reasonToGiveUp: BridgeFailure? {
        connectivity == .offline(.bridgeUnreachable) ? lastFailure ?? .noAnswer : nil
    }

    /// When the claim that the lock can be heard ends by itself; absent when there is no such claim.
    var lapse: Duration? { connectivity == .offline(.bridgeUnreachable) ? nil : proofLapses }

    /// The bridge answered a request, or sent a verified webhook.
    mutating func bridgeAnswered(lockOnline: Bool?, at now: Duration, policy: LockPolicy) {
        failures = 0
        lastFailure = nil
        answersFail = false
        renewProof(at: now, policy: policy)
        if let lockOnline { connectivity = lockOnline ? .online : .offline(.lockOffline) }
    }

    /// The bridge took a TCP connection.
    ///
    /// Does not outweigh requests that fail.
    mutating func bridgeConnected(at now: Duration, policy: LockPolicy) {
        guard !answersFail else {
            checkDue = now + policy.delay(afterFailures: failures)
            return
        }
        failures = 0
        lastFailure = nil
        renewProof(at: now, policy: policy)
    }

    /// A probe or a request failed.
    mutating func bridgeFailed(_ check: Check, _ failure: BridgeFailure, at now: Duration, policy: LockPolicy) {
        failures += 1
        lastFailure = failure
        if check == .read { answersFail = true }
        checkDue = now + policy.delay(afterFailures: failures)
        if failures >= policy.failuresUntilUnreachable { giveUp() }
    }

    /// The bridge should be looked for at once: the network is not what it was.
    mutating func hurry(at now: Duration) { checkDue = min(checkDue, now) }

    /// Ends the claim if its proof has lapsed.
    mutating func expire(at now: Duration, policy: LockPolicy) {
        guard let lapse, now >= lapse else { return }
        checkDue = min(checkDue, now + policy.probeInterval)
        giveUp()
    }

    private mutating func giveUp() {
        connectivity = .offline(.bridgeUnreachable)
        proofLapses = nil
    }

    private mutating func renewProof(at now: Duration, policy: LockPolicy) {
        proofLapses = now + policy.proofLifetime
        checkDue = now + policy.probeInterval
    }
}
