package import LockDomain
import LockMessages
import NIOConcurrencyHelpers

/// Keeps the last decisions about each lock, for whoever asks.
package final class ExplanationBook: Sendable {
    private let locks: [LockID]
    private let policy: LockPolicy
    private let histories = NIOLockedValueBox<[LockID: DecisionHistory]>([:])

    /// - Parameters:
    ///   - locks: in the order in which they are told.
    ///   - policy: what their decisions rest on.
    package init(_ locks: [LockID], policy: LockPolicy) {
        self.locks = locks
        self.policy = policy
    }

    /// Takes a decision at once.
    func record(_ decision: LockDecision, of lock: LockID) {
        histories.withLockedValue { $0[lock, default: DecisionHistory()].record(decision) }
    }

    /// All of it: an ``ExplanationDocument``.
    var document: JSONValue {
        let histories = histories.withLockedValue { $0 }
        return ExplanationDocument(locks.map { ($0, histories[$0] ?? DecisionHistory()) }, policy: policy).json
    }
}
