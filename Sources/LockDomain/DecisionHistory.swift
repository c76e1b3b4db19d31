/// The last decisions about one lock.
///
/// Bounded, and kind by kind: no flood of commands or webhooks pushes out why the state is what it is.
package struct DecisionHistory: Hashable, Sendable {
    /// A decision, and how often it was made in a row.
    package struct Entry: Hashable, Sendable {
        package let decision: LockDecision
        /// More than 1 only for webhooks that were passed over.
        package let count: Int

        package init(_ decision: LockDecision, count: Int = 1) {
            self.decision = decision
            self.count = count
        }
    }

    fileprivate enum Kind: Hashable {
        case state
        case command
        case commandsSwitched
        case passedOver(PassedOverKind)

        var capacity: Int {
            switch self {
            case .state: 32
            case .command: 24
            case .commandsSwitched: 4
            case .passedOver: 1
            }
        }
    }

    fileprivate enum PassedOverKind: Hashable, CaseIterable {
        case repeated, late, refusedForAge, unsigned
    }

    private struct Numbered: Hashable {
        let number: Int
        let entry: Entry
    }

    /// How many entries there are at most.
    package static let capacity =
        ([.state, .command, .commandsSwitched] + PassedOverKind.allCases.map { .passedOver($0) })
        .reduce(0) { (sum: Int, kind: Kind) in sum + kind.capacity }

    private var perKind: [Kind: [Numbered]] = [:]
    private var number = 0

    package init() {}

    /// Why the lock is in its present state.
    package var present: StateDecision? {
        guard case .state(let state) = perKind[.state]?.last?.entry.decision.subject else { return nil }
        return state
    }

    /// Since when ``present`` is so.
    package var presentSince: UnixTime? { perKind[.state]?.last?.entry.decision.time }

    /// The oldest first.
    package var entries: [Entry] { perKind.values.joined().sorted { $0.number < $1.number }.map(\.entry) }

    /// Takes a decision; forgets the oldest of its kind beyond the limit.
    package mutating func record(_ decision: LockDecision) {
        number += 1
        let kind = Kind(decision.subject)
        var entry = Entry(decision)
        if case .passedOver = kind, let before = perKind[kind]?.last?.entry {
            entry = Entry(decision, count: before.count + 1)
        }
        perKind[kind, default: []].append(Numbered(number: number, entry: entry))
        if perKind[kind, default: []].count > kind.capacity { perKind[kind]?.removeFirst() }
    }
}

extension DecisionHistory.Kind {
    fileprivate init(_ subject: LockDecision.Subject) {
        switch subject {
        case .state: self = .state
        case .command: self = .command
        case .commandsSwitched: self = .commandsSwitched
        case .passedOver(.repeated): self = .passedOver(.repeated)
        case .passedOver(.late): self = .passedOver(.late)
        case .passedOver(.refusedForAge): self = .passedOver(.refusedForAge)
        case .passedOver(.unsigned): self = .passedOver(.unsigned)
        }
    }
}
