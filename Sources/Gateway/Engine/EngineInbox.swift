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

/// The queue before the engine.
///
/// What comes from outside may be refused; answers to our own effects may not.
package final class EngineInbox: Sendable {
    private struct State {
        var waitingPerLock: [LockID: Int] = [:]
    }

    /// Owned by the engine alone.
    let inputs: AsyncStream<LockInput>
    private let continuation: AsyncStream<LockInput>.Continuation
    private let state = NIOLockedValueBox(State())
    private let limitPerLock: Int

    /// - Parameter limitPerLock: how many inputs of one lock may wait before further ones from outside are refused, so
    ///   that the flood of one lock neither grows without bound nor shuts out another.
    package init(limitPerLock: Int = 256) {
        self.limitPerLock = limitPerLock
        (inputs, continuation) = AsyncStream.makeStream()
    }

    /// Takes an input from outside, unless too many of the same lock wait already.
    package func offer(_ input: LockInput) -> Bool {
        let hasRoom = state.withLockedValue { state in
            guard state.waitingPerLock[input.lock, default: 0] < limitPerLock else { return false }
            state.waitingPerLock[input.lock, default: 0] += 1
            return true
        }
        guard hasRoom else { return false }
        continuation.yield(input)
        return true
    }

    /// Takes the answer to an effect.
    ///
    /// Their number is bounded by the effects under way.
    package func report(_ input: LockInput) {
        state.withLockedValue { $0.waitingPerLock[input.lock, default: 0] += 1 }
        continuation.yield(input)
    }

    /// The engine has taken an input out.
    func taken(_ input: LockInput) {
        state.withLockedValue { $0.waitingPerLock[input.lock, default: 1] -= 1 }
    }

    /// No more inputs; the engine handles those that wait and ends.
    package func finish() { continuation.finish() }
}
