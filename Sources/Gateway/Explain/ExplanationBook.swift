package import LockDomain
import LockMessages
import NIOConcurrencyHelpers

/// Keeps the last decisions about each lock, for whoever asks.
package final class ExplanationBook: Sendable {
    private struct State {
        /// In the order in which they are told.
        var locks: [LockID]
        var histories: [LockID: DecisionHistory] = [:]
    }

    private let policy: LockPolicy
    private let state: NIOLockedValueBox<State>

    /// - Parameters:
    ///   - locks: in the order in which they are told.
    ///   - policy: what their decisions rest on.
    package init(_ locks: [LockID], policy: LockPolicy) {
        state = NIOLockedValueBox(State(locks: locks))
        self.policy = policy
    }

    /// Takes a decision at once, if the lock is one of ours.
    func record(_ decision: LockDecision, of lock: LockID) {
        state.withLockedValue { state in
            guard state.locks.contains(lock) else { return }
            state.histories[lock, default: DecisionHistory()].record(decision)
        }
    }

    /// Forgets why a lock was in its state: what that rested on holds no more.
    func forget(_ lock: LockID) { state.withLockedValue { $0.histories[lock] = nil } }

    /// These are the locks from now on; all others are forgotten.
    func configured(_ locks: [LockID]) {
        state.withLockedValue { state in
            state.locks = locks
            state.histories = state.histories.filter { locks.contains($0.key) }
        }
    }

    /// All of it: an ``ExplanationDocument``.
    var document: JSONValue {
        let state = state.withLockedValue { $0 }
        let told = state.locks.map { ($0, state.histories[$0] ?? DecisionHistory()) }
        return ExplanationDocument(told, policy: policy).json
    }
}
