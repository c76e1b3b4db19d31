import LockDomain
import NIOConcurrencyHelpers

@testable import Gateway

/// A clock that goes only when it is told to.
final class DrivenTime: Sendable {
    private struct Sleeper {
        let until: Duration
        let outcome: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var uptime = Duration.seconds(100)
        var lastSleeper = 0
        var sleepers: [Int: Sleeper] = [:]
        /// Cancelled before they slept.
        var cancelled: Set<Int> = []
    }

    private let state = NIOLockedValueBox(State())

    var source: TimeSource {
        TimeSource(
            now: { [self] in
                Moment(uptime: state.withLockedValue { $0.uptime }, unix: UnixTime(seconds: 1_700_000_000))
            },
            sleep: { [self] in try await sleep(until: $0) }
        )
    }

    var sleepers: Int { state.withLockedValue { $0.sleepers.count } }

    func advance(by duration: Duration) {
        let due = state.withLockedValue { state in
            state.uptime += duration
            let due = state.sleepers.filter { $0.value.until <= state.uptime }
            for number in due.keys { state.sleepers[number] = nil }
            return due.values
        }
        for sleeper in due { sleeper.outcome.resume() }
    }

    private func sleep(until: Duration) async throws {
        let number = state.withLockedValue { state in
            state.lastSleeper += 1
            return state.lastSleeper
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (outcome: CheckedContinuation<Void, any Error>) in
                let result: Result<Void, any Error>? = state.withLockedValue { state in
                    if state.cancelled.remove(number) != nil { return .failure(CancellationError()) }
                    if state.uptime >= until { return .success(()) }
                    state.sleepers[number] = Sleeper(until: until, outcome: outcome)
                    return nil
                }
                if let result { outcome.resume(with: result) }
            }
        } onCancel: {
            let sleeper = state.withLockedValue { state in
                let sleeper = state.sleepers.removeValue(forKey: number)
                if sleeper == nil { state.cancelled.insert(number) }
                return sleeper
            }
            sleeper?.outcome.resume(throwing: CancellationError())
        }
    }
}
