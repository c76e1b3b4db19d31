import BridgeHTTP
import GatewayTestSupport
import LockDomain
import NIOConcurrencyHelpers
import PlainHTTP
import Testing

@testable import Gateway

/// Keeps the effects it is given, and answers none.
private final class Recorder: EffectRunning {
    let effects = NIOLockedValueBox<[(LockID, LockEffect)]>([])

    func perform(_ effect: LockEffect, for lock: LockID, in group: inout DiscardingTaskGroup) {
        effects.withLockedValue { $0.append((lock, effect)) }
    }

    func effects(of lock: LockID) -> [LockEffect] { effects.withLockedValue { $0.filter { $0.0 == lock }.map(\.1) } }
}

@Suite struct `The engine` {
    private let front = LockID("front")!
    private let back = LockID("back")!

    private func settings(_ ids: LockID...) -> [LockSetting] {
        ids.map {
            LockSetting(
                identity: LockIdentity(id: $0, ownKey: KeyID(3)!, allowedActions: [.lock]),
                policy: LockPolicy()
            )
        }
    }

    private func run(
        _ ids: LockID...,
        story: (EngineInbox, Recorder, DrivenTime) async throws -> Void
    ) async throws {
        let (inbox, recorder, time) = (EngineInbox(limitPerLock: 4), Recorder(), DrivenTime())
        let locks = ids.map { settings($0)[0] }
        let engine = GatewayEngine(locks: locks, inbox: inbox, runner: recorder, time: time.source)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await engine.run() }
            try await story(inbox, recorder, time)
            inbox.finish()
            time.advance(by: .seconds(86_400))
            try await group.waitForAll()
        }
    }

    @Test func `starts every lock with a report and a read`() async throws {
        try await run(front, back) { _, recorder, _ in
            for lock in [front, back] {
                await eventually("it starts") { recorder.effects(of: lock).count >= 3 }
                let effects = recorder.effects(of: lock)
                guard case .announce(.report(let report)) = effects[0] else {
                    Issue.record("the first word is a report")
                    return
                }
                #expect(report.state == .unknown)
                guard case .explain(let decision) = effects[1], case .state(let state) = decision.subject else {
                    Issue.record("the second word is why")
                    return
                }
                #expect(state.rule == .nothingHeard)
                #expect(effects[2] == .readStatus(ReadID(1)))
            }
        }
    }

    @Test func `wakes a lock when its deadline comes, without being told`() async throws {
        try await run(front) { inbox, recorder, time in
            await eventually("it starts") { recorder.effects(of: front).count >= 2 }
            inbox.report(LockInput(front, .statusRead(ReadID(1), .failed(.refused))))
            await eventually("it waits") { time.sleepers >= 1 }
            time.advance(by: .seconds(5))
            await eventually("it reads again") { recorder.effects(of: front).contains(.readStatus(ReadID(2))) }
        }
    }

    @Test func `ends what is under way with a last word`() async throws {
        let recorder = Recorder()
        let (inbox, time) = (EngineInbox(), DrivenTime())
        let engine = GatewayEngine(locks: settings(front), inbox: inbox, runner: recorder, time: time.source)
        let status = BridgeStatus(isLockOnline: true, bolt: .dayLock)
        inbox.report(LockInput(front, .statusRead(ReadID(1), .read(status, .esp32))))
        _ = inbox.offer(LockInput(front, .commandRequested(CommandRequest(id: CommandID("c")!, action: .lock))))
        async let running: Void = engine.run()
        await eventually("it is taken on") {
            recorder.effects(of: front).contains { if case .announce(.commandResult) = $0 { true } else { false } }
        }
        inbox.finish()
        time.advance(by: .seconds(86_400))
        await running
        let results = recorder.effects(of: front).compactMap { effect -> CommandStatus? in
            if case .announce(.commandResult(let result)) = effect { result.status } else { nil }
        }
        #expect(results.last?.isFinal == true)
    }
}
