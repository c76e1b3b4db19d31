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
        /// A session without its connection.
        case session(BrokerWatch.Peer)
        /// What the broker does not take of a session.
        case refusals(BrokerWatch.Peer)
    }

    private let problems = NIOLockedValueBox<[Source: Set<Problem>]>([:])

    /// How many problems there are of each code, with one that cannot be published; those that are not there have none.
    func counts(besides unpublished: Problem?) -> [Problem.Code: Int] {
        let published = problems.withLockedValue { $0.values.reduce(into: Set()) { $0.formUnion($1) } }
        let present = published.union(unpublished.map { [$0] } ?? [])
        return present.reduce(into: Dictionary(uniqueKeysWithValues: Problem.Code.allCases.map { ($0, 0) })) {
            $0[$1.code, default: 0] += 1
        }
    }

    /// Says what one source knows to be wrong now; if that changes the whole list, publishes it.
    ///
    /// Publishing happens inside: of two lists made at the same time, the newer one must not be overtaken by the older.
    func set(_ found: Set<Problem>, from source: Source, publish: (ProblemDocument) -> Void) {
        problems.withLockedValue { problems in
            guard problems[source, default: []] != found else { return }
            problems[source] = found.isEmpty ? nil : found
            publish(ProblemDocument(problems.values.reduce(into: []) { $0.formUnion($1) }))
        }
    }
}
