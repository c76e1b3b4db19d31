package import LockDomain
import NIOConcurrencyHelpers

/// One thing that happened to one lock.
package struct LockInput: Hashable, Sendable {
    package let lock: LockID
    package let event: LockEvent

    package init(_ lock: LockID, _ event: LockEvent) {
        self.lock = lock
        self.event = event
    }
}

/// The queue before the engine: bounded for each lock, and fair among them.
///
/// What comes from outside may be refused; answers to our own effects may not.
package final class EngineInbox: Sendable {
    private struct State: Sendable {
        var queue = FairQueue()
        var isFinished = false
        var handled = 0
        var orders: [EngineOrder] = []
        var reader: CheckedContinuation<LockInput?, Never>?

        /// Queues the input, or returns the reader to hand it to; drops it when all is over.
        mutating func add(_ input: LockInput) -> CheckedContinuation<LockInput?, Never>? {
            guard !isFinished else { return nil }
            if let waiting = reader {
                reader = nil
                handled += 1
                return waiting
            }
            queue.append(input)
            return nil
        }
    }

    private let state = NIOLockedValueBox(State())
    private let limitPerLock: Int

    /// - Parameter limitPerLock: how many inputs of one lock may wait before further ones from outside are refused, so
    ///   that the flood of one lock neither grows without bound nor shuts out another.
    package init(limitPerLock: Int = 256) { self.limitPerLock = limitPerLock }

    /// Owned by the engine alone.
    var inputs: LockInputs { LockInputs(inbox: self) }

    /// How many inputs of a lock wait.
    func waiting(of lock: LockID) -> Int { state.withLockedValue { $0.queue.count(of: lock) } }

    /// How far the engine is: it has taken `handled` inputs, `waiting` more wait, and it waits itself when it is idle.
    struct Progress: Hashable, Sendable {
        let handled: Int
        let waiting: Int
        let isIdle: Bool
    }

    var progress: Progress {
        state.withLockedValue { state in
            Progress(
                handled: state.handled,
                waiting: state.queue.count,
                isIdle: state.reader != nil || state.isFinished
            )
        }
    }

    /// Takes an input from outside, unless too many of the same lock wait already.
    ///
    /// One that says nothing new beside those that wait is taken and dropped.
    package func offer(_ input: LockInput) -> Bool {
        let (isTaken, reader) = state.withLockedValue { state -> (Bool, CheckedContinuation<LockInput?, Never>?) in
            guard !input.event.isFoldedWhileWaiting || !state.queue.contains(input) else { return (true, nil) }
            guard state.queue.count(of: input.lock) < limitPerLock else { return (false, nil) }
            return (true, state.add(input))
        }
        reader?.resume(returning: input)
        return isTaken
    }

    /// Takes the answer to an effect.
    ///
    /// Their number is bounded by the effects under way.
    package func report(_ input: LockInput) {
        state.withLockedValue { $0.add(input) }?.resume(returning: input)
    }

    /// Gives the engine an order.
    ///
    /// It carries that out before all inputs that wait, and after the one that it has in hand.
    func give(_ order: EngineOrder) {
        state.withLockedValue { $0.orders.append(order) }
        // Wakes the engine, and nobody else minds.
        report(LockInput(order.lock, .woke))
    }

    /// The orders that nobody has carried out yet.
    func takeOrders() -> [EngineOrder] {
        state.withLockedValue { state in
            defer { state.orders = [] }
            return state.orders
        }
    }

    /// Drops what the bridge of a lock has said and nobody has handled yet.
    func dropReports(of lock: LockID) {
        state.withLockedValue { state in
            state.queue.removeAll(of: lock) { $0.isReport }
        }
    }

    /// No more inputs; the engine handles those that wait and ends.
    package func finish() {
        let reader = state.withLockedValue { state in
            state.isFinished = true
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume(returning: nil)
    }

    fileprivate func next() async -> LockInput? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (reader: CheckedContinuation<LockInput?, Never>) in
                let isCancelled = Task.isCancelled
                let (isOver, input) = state.withLockedValue { state -> (Bool, LockInput?) in
                    if let input = state.queue.removeFirst() {
                        state.handled += 1
                        return (true, input)
                    }
                    if state.isFinished || isCancelled { return (true, nil) }
                    state.reader = reader
                    return (false, nil)
                }
                if isOver { reader.resume(returning: input) }
            }
        } onCancel: {
            finish()
        }
    }
}

extension LockEvent {
    /// Said by a bridge, and proved by its key or its address alone.
    var isReport: Bool {
        switch self {
        case .bridgeReported, .doorbellRang, .webhookRefusedForAge: true
        default: false
        }
    }

    /// Ringing twice before anybody could look is ringing once.
    ///
    /// Anybody on the network may be able to cause these, and no more than one of a kind waits.
    fileprivate var isFoldedWhileWaiting: Bool {
        switch self {
        case .doorbellRang, .bridgeReported: true
        default: false
        }
    }
}

/// The inputs in the order in which the engine handles them; ends when the inbox is finished and empty, or the task cancelled.
struct LockInputs: AsyncSequence {
    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let inbox: EngineInbox

        mutating func next() async -> LockInput? { await inbox.next() }
    }

    fileprivate let inbox: EngineInbox

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(inbox: inbox) }
}
