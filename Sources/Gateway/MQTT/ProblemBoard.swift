import LockDomain
import LockMessages
import NIOConcurrencyHelpers

/// All that is wrong now, by whoever found it.
final class ProblemBoard: Sendable {
    enum Source: Hashable, Sendable {
        /// The lock's supervisor.
        case supervisor(LockID)
        /// What lies on a topic of the lock.
        case topic(String)
        /// Where the lock's bridge is.
        case location(LockID)
        /// What the gateway keeps on disk.
        case journal
        case recovery
    }

    private let problems = NIOLockedValueBox<[Source: Set<Problem>]>([:])

    /// Says what one source knows to be wrong now; returns the whole list if that changed it.
    func set(_ found: Set<Problem>, from source: Source) -> ProblemDocument? {
        problems.withLockedValue { problems in
            guard problems[source, default: []] != found else { return nil }
            problems[source] = found.isEmpty ? nil : found
            return ProblemDocument(problems.values.reduce(into: []) { $0.formUnion($1) })
        }
    }
}
