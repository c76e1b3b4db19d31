import LockDomain

/// What waits for the engine, lock by lock.
///
/// Within a lock the order of arrival is kept; among locks each gets its turn with one input at a time. So a lock's input waits
/// for at most one input of each other lock, however many of them wait.
struct FairQueue: Sendable {
    private var perLock: [LockID: Line<LockEvent>] = [:]
    /// Locks of which something waits, in the order of their turns.
    private var turns = Line<LockID>()

    init() {}

    func count(of lock: LockID) -> Int { perLock[lock]?.count ?? 0 }

    /// How many inputs wait in all.
    var count: Int { perLock.values.reduce(0) { $0 + $1.count } }

    /// Whether the same event of the lock waits already.
    func contains(_ input: LockInput) -> Bool { perLock[input.lock]?.contains(input.event) ?? false }

    mutating func append(_ input: LockInput) {
        if perLock[input.lock] == nil { turns.append(input.lock) }
        perLock[input.lock, default: Line()].append(input.event)
    }

    /// Takes those events of a lock out for which `isDropped` holds.
    mutating func removeAll(of lock: LockID, where isDropped: (LockEvent) -> Bool) {
        perLock[lock]?.removeAll(where: isDropped)
        guard perLock[lock]?.count == 0 else { return }
        perLock[lock] = nil
        turns.removeAll { $0 == lock }
    }

    mutating func removeFirst() -> LockInput? {
        guard let lock = turns.removeFirst(), let event = perLock[lock]?.removeFirst() else { return nil }
        if perLock[lock]?.count == 0 {
            perLock[lock] = nil
        } else {
            turns.append(lock)
        }
        return LockInput(lock, event)
    }
}

/// First in, first out, without moving what waits.
private struct Line<Element: Sendable>: Sendable {
    private var arriving: [Element] = []
    /// The front, last element first.
    private var leaving: [Element] = []

    var count: Int { arriving.count + leaving.count }

    mutating func append(_ element: Element) { arriving.append(element) }

    mutating func removeFirst() -> Element? {
        if leaving.isEmpty {
            swap(&leaving, &arriving)
            leaving.reverse()
        }
        return leaving.popLast()
    }

    mutating func removeAll(where isDropped: (Element) -> Bool) {
        arriving.removeAll(where: isDropped)
        leaving.removeAll(where: isDropped)
    }
}

extension Line where Element: Equatable {
    func contains(_ element: Element) -> Bool { arriving.contains(element) || leaving.contains(element) }
}
