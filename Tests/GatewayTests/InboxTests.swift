import GatewayTestSupport
import LockDomain
import Testing

@testable import Gateway

@Suite struct `The engine's inbox` {
    private let a = LockID("a")!
    private let b = LockID("b")!
    private let c = LockID("c")!

    private func report(_ number: Int) -> LockEvent {
        .bridgeReported(BridgeReport(kind: .stalled), WebhookStamp(signedAt: 0, fingerprint: UInt64(number)))
    }

    /// What the engine is handed, until nothing waits.
    private func rest(_ inbox: EngineInbox) async -> [LockInput] {
        inbox.finish()
        var all: [LockInput] = []
        for await input in inbox.inputs { all.append(input) }
        return all
    }

    @Test func `gives each lock its turn, and keeps the order within one`() async {
        let inbox = EngineInbox()
        for number in 0..<100 { #expect(inbox.offer(LockInput(a, report(number)))) }
        for number in 0..<2 { #expect(inbox.offer(LockInput(b, report(number)))) }
        inbox.report(LockInput(c, .woke))
        let all = await rest(inbox)
        #expect(all.prefix(5).map(\.lock) == [a, b, c, a, b])
        #expect(all.filter { $0.lock == a }.map(\.event) == (0..<100).map(report))
        #expect(all.count == 103)
    }

    @Test func `folds what says nothing new beside what waits`() async {
        let inbox = EngineInbox(limitPerLock: 4)
        for _ in 0..<10_000 {
            #expect(inbox.offer(LockInput(a, .doorbellRang)))
            #expect(inbox.offer(LockInput(a, report(1))))
        }
        #expect(inbox.offer(LockInput(b, .doorbellRang)))
        #expect(inbox.waiting(of: a) == 2)
        #expect(
            await rest(inbox) == [LockInput(a, .doorbellRang), LockInput(b, .doorbellRang), LockInput(a, report(1))]
        )
    }

    @Test func `is bounded for what comes from outside, and never for answers`() async {
        let inbox = EngineInbox(limitPerLock: 4)
        let taken = (0..<10).map { inbox.offer(LockInput(a, report($0))) }
        #expect(taken == [true, true, true, true, false, false, false, false, false, false])
        #expect(inbox.offer(LockInput(b, report(0))))
        for _ in 0..<10 { inbox.report(LockInput(a, .woke)) }
        #expect(inbox.waiting(of: a) == 14)
        #expect(await rest(inbox).count == 15)
    }

    @Test func `hands over at once to an engine that waits, and ends with its task`() async {
        let inbox = EngineInbox()
        async let first = { () async -> LockInput? in
            for await input in inbox.inputs { return input }
            return nil
        }()
        #expect(inbox.offer(LockInput(a, .doorbellRang)))
        #expect(await first == LockInput(a, .doorbellRang))
        let waiting = Task { () -> Int in
            var count = 0
            for await _ in inbox.inputs { count += 1 }
            return count
        }
        waiting.cancel()
        #expect(await waiting.value == 0)
    }
}

@Suite struct `What is sent again and again` {
    private let report = BridgeReport(kind: .reached(.nightLock))

    @Test func `is passed on three times, and then no more`() {
        var gate = RepeatGate()
        let event = LockEvent.bridgeReported(report, WebhookStamp(signedAt: 1, fingerprint: 1))
        let passed = (0..<10_000).filter { _ in gate.admits(event, at: .zero) }
        #expect(passed == [0, 1, 2])
        let isOtherPassed = gate.admits(
            .bridgeReported(report, WebhookStamp(signedAt: 2, fingerprint: 1)),
            at: .zero
        )
        #expect(isOtherPassed)
    }

    @Test func `is known among the last 64`() {
        var gate = RepeatGate()
        let numbers: [UInt64] = [0, 0, 0] + Array(1..<64) + [0, 64, 0]
        let refused = numbers.indices.filter { index in
            let stamp = WebhookStamp(signedAt: 1, fingerprint: numbers[index])
            return !gate.admits(.bridgeReported(report, stamp), at: .zero)
        }
        #expect(refused == [66])
    }

    @Test func `and was refused for its age is passed on once a second`() {
        var gate = RepeatGate()
        let times = (0..<20).filter {
            gate.admits(.webhookRefusedForAge(skew: .seconds($0)), at: .milliseconds($0 * 250))
        }
        #expect(times == [0, 4, 8, 12, 16])
    }
}
