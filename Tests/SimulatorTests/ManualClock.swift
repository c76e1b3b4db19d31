import GatewayTestSupport
import LockDomain
import LoqedSimulator
import NIOConcurrencyHelpers
import Testing

/// A clock that stands still until a test turns it.
final class ManualClock: Sendable {
    private struct Sleeper {
        let deadline: Duration
        let outcome: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var uptime = Duration.zero
        var sleepers: [Int: Sleeper] = [:]
        var cancelled: Set<Int> = []
        var lastID = 0
    }

    private let state = NIOLockedValueBox(State())

    var now: Moment {
        let uptime = state.withLockedValue { $0.uptime }
        let milliseconds = Int64((uptime / .milliseconds(1)).rounded())
        return Moment(uptime: uptime, unix: UnixTime(milliseconds: DeviceStory.epoch * 1000 + milliseconds))
    }

    var simulated: SimulatorClock { SimulatorClock(now: { self.now }, sleep: { try await self.sleep(until: $0) }) }

    /// Waits until somebody sleeps until then at the latest, and lets it be that time.
    func reach(_ seconds: Int, sourceLocation: SourceLocation = #_sourceLocation) async {
        let deadline = Duration.seconds(seconds)
        await eventually("somebody sleeps until \(deadline)", sourceLocation: sourceLocation) {
            state.withLockedValue { state in state.sleepers.values.contains { $0.deadline <= deadline } }
        }
        let awake = state.withLockedValue { state in
            state.uptime = max(state.uptime, deadline)
            let due = state.sleepers.filter { $0.value.deadline <= deadline }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.map(\.outcome)
        }
        for outcome in awake { outcome.resume() }
    }

    private func sleep(until deadline: Duration) async throws {
        let id = state.withLockedValue { state in
            state.lastID += 1
            return state.lastID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (outcome: CheckedContinuation<Void, any Error>) in
                let result: Result<Void, any Error>? = state.withLockedValue { state in
                    if state.cancelled.remove(id) != nil { return .failure(CancellationError()) }
                    if deadline <= state.uptime { return .success(()) }
                    state.sleepers[id] = Sleeper(deadline: deadline, outcome: outcome)
                    return nil
                }
                if let result { outcome.resume(with: result) }
            }
        } onCancel: {
            let sleeper = state.withLockedValue { state in
                let sleeper = state.sleepers.removeValue(forKey: id)
                if sleeper == nil { state.cancelled.insert(id) }
                return sleeper
            }
            sleeper?.outcome.resume(throwing: CancellationError())
        }
    }
}
