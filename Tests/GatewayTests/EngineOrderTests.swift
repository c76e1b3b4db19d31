import GatewayTestSupport
import LockDomain
import NIOConcurrencyHelpers
import Testing

@testable import Gateway

/// Keeps the effects it is given; the test answers.
private final class Desk: EffectRunning {
    private let effects = NIOLockedValueBox<[LockEffect]>([])

    func perform(_ effect: LockEffect, for lock: LockID, in group: inout DiscardingTaskGroup) {
        effects.withLockedValue { $0.append(effect) }
    }

    /// All effects since the last call.
    func take() -> [LockEffect] {
        effects.withLockedValue { effects in
            defer { effects = [] }
            return effects
        }
    }

    func has(_ effect: LockEffect) -> Bool { effects.withLockedValue { $0.contains(effect) } }

    func count(of effect: LockEffect) -> Int { effects.withLockedValue { $0.count { $0 == effect } } }
}

@Suite struct `A lock that is configured anew` {
    private let id = LockID("front")!
    private let inbox = EngineInbox()
    private let desk = Desk()
    private let time = DrivenTime()
    private let now = UnixTime(seconds: 1_700_000_000)

    private func setting() -> LockSetting {
        LockSetting(
            identity: LockIdentity(id: id, ownKey: KeyID(3)!, allowedActions: [.lock]),
            policy: LockPolicy()
        )
    }

    private func tell(_ event: LockEvent) { inbox.report(LockInput(id, event)) }

    private func locked(_ number: UInt64 = 1) -> LockEvent {
        .bridgeReported(
            BridgeReport(kind: .reached(.nightLock)),
            WebhookStamp(signedAt: now.seconds, fingerprint: number)
        )
    }

    /// The states that were told since the last call.
    private func states(_ effects: [LockEffect]) -> [LockState] {
        effects.compactMap { if case .announce(.report(let report)) = $0 { report.state } else { nil } }
    }

    private func refused(_ name: String, _ reason: RefusalReason) -> LockEffect {
        let result = CommandResult(
            id: CommandID(name)!,
            action: .lock,
            status: .refused(reason),
            receivedAt: now,
            updatedAt: now
        )
        return .announce(.commandResult(result))
    }

    /// Runs an engine with one lock, whose first read is under way.
    private func run(_ story: () async throws -> Void) async throws {
        let engine = GatewayEngine(locks: [setting()], inbox: inbox, runner: desk, time: time.source)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await engine.run() }
            await eventually("it reads") { desk.has(.readStatus(ReadID(1))) }
            try await story()
            inbox.finish()
            time.advance(by: .seconds(86_400))
            try await group.waitForAll()
        }
    }

    /// Begins a retirement, and returns once the last words are said.
    private func retire(_ retirement: Retirement) async -> Task<Bool, Never> {
        let isStopped = NIOLockedValueBox(false)
        let (inbox, id, time) = (inbox, id, time.source)
        let retired = Task {
            await inbox.retire(id, retirement, within: .seconds(30), by: time) {
                isStopped.withLockedValue { $0 = true }
            }
        }
        await eventually("it stops") { isStopped.withLockedValue { $0 } }
        return retired
    }

    /// Answers what is under way at the bridge.
    private func answer() { tell(.statusRead(ReadID(1), .abandoned)) }

    @Test func `has its next supervisor when the work of the one before has ended, and not sooner`() async throws {
        try await run {
            let retired = await retire(.sameBridge)
            await eventually("the read is given up") { desk.has(.abandonBridgeCall) }
            tell(.commandRequested(CommandRequest(id: CommandID("c")!, action: .lock)))
            tell(.commandRejected(RejectedCommand(id: CommandID("r")!, action: .lock, reason: .malformed)))
            await eventually("both are refused") {
                desk.has(refused("c", .busy)) && desk.has(refused("r", .malformed))
            }
            tell(.commandsSwitched(false))
            tell(locked())
            answer()
            #expect(await retired.value)
            _ = desk.take()

            inbox.start(setting())
            await eventually("it reads") { desk.has(.readStatus(ReadID(1))) }
            let effects = desk.take()
            // What the bridge said in between counts, and so does the wish for no commands.
            #expect(states(effects).first == .unknown)
            #expect(states(effects).last == .locked)
            #expect(effects.contains(.remember(.commandsSwitched(false))))
        }
    }

    @Test func `takes nothing from the bridge that it had before`() async throws {
        try await run {
            let retired = await retire(.otherBridge)
            tell(locked(1))
            tell(.doorbellRang)
            tell(.commandsSwitched(false))
            answer()
            #expect(await retired.value)
            _ = desk.take()
            // Taken in between, and not handled yet.
            tell(locked(2))
            inbox.dropReports(of: id)
            inbox.start(setting())
            await eventually("it reads") { desk.has(.readStatus(ReadID(1))) }
            let effects = desk.take()
            #expect(Set(states(effects)) == [.unknown])
            #expect(effects.contains(.remember(.commandsSwitched(false))))
        }
    }

    @Test func `waits for an answer that does not come without holding up anybody, and never mistakes it for its own`()
        async throws
    {
        try await run {
            let retired = await retire(.otherBridge)
            await eventually("it waits") { time.sleepers >= 1 }
            time.advance(by: .seconds(31))
            #expect(await retired.value == false)
            _ = desk.take()
            inbox.start(setting())
            tell(.commandRequested(CommandRequest(id: CommandID("c")!, action: .lock)))
            await eventually("the command is refused") { desk.has(refused("c", .busy)) }
            #expect(!desk.has(.readStatus(ReadID(1))))
            // The read of the one before ends at last; its answer is nobody's.
            tell(.statusRead(ReadID(1), .read(BridgeStatus(isLockOnline: true, bolt: .nightLock), .esp32)))
            await eventually("it begins") { desk.has(.readStatus(ReadID(1))) }
            #expect(Set(states(desk.take())) == [.unknown])
        }
    }

    @Test func `leaves its wish for no commands on record when it goes`() async throws {
        try await run {
            let retired = await retire(.removed)
            answer()
            #expect(await retired.value)
            tell(.commandsSwitched(false))
            tell(locked())
            tell(.commandRequested(CommandRequest(id: CommandID("c")!, action: .lock)))
            await eventually("the command is refused") { desk.has(refused("c", .busy)) }
            #expect(desk.has(.remember(.commandsSwitched(false))))
            #expect(!states(desk.take()).contains(.locked))
        }
    }

    /// An alarm of the supervisor before rings while there is none.
    @Test func `is woken at its own deadlines`() async throws {
        try await run {
            tell(.statusRead(ReadID(1), .failed(.refused)))
            await eventually("it waits to read again") { time.sleepers >= 1 }
            let retired = await retire(.sameBridge)
            #expect(await retired.value)
            time.advance(by: .seconds(60))
            _ = desk.take()
            inbox.start(setting())
            await eventually("it reads") { desk.has(.readStatus(ReadID(1))) }
            tell(.statusRead(ReadID(1), .failed(.refused)))
            await eventually("it waits to read again") { time.sleepers >= 1 }
            time.advance(by: .seconds(5))
            await eventually("it reads again") { desk.has(.readStatus(ReadID(2))) }
        }
    }

    @Test func `says of a command under way that nobody knows how it ends`() async throws {
        try await run {
            tell(.statusRead(ReadID(1), .read(BridgeStatus(isLockOnline: true, bolt: .dayLock), .esp32)))
            tell(.commandRequested(CommandRequest(id: CommandID("c")!, action: .lock)))
            var attempt: CommandAttempt?
            var seen: [LockEffect] = []
            await eventually("it is sent") {
                let news = desk.take()
                seen += news
                for case .reconcileWebhooks in news { tell(.webhooksReconciled(.abandoned, over: nil)) }
                for case .sendCommand(let sent) in seen { attempt = sent }
                return attempt != nil
            }
            let retired = await retire(.sameBridge)
            let last = desk.take().compactMap { effect -> CommandStatus? in
                if case .remember(.command(let result)) = effect { result.status } else { nil }
            }
            #expect(last == [.failed(.outcomeUnknown)])
            // Nobody follows before its answer is there.
            inbox.start(setting())
            tell(.doorbellRang)
            #expect(!desk.has(.readStatus(ReadID(1))))
            tell(.commandAnswered(try #require(attempt), .acknowledged))
            // What else was under way.
            for case .probe in seen { tell(.probed(nil)) }
            #expect(await retired.value)
            await eventually("the next begins") { desk.has(.readStatus(ReadID(1))) }
        }
    }
}
