import LockDomain
import Testing

@Suite struct `The way of webhooks` {
    private static let missing = LockProblem.webhooksMissing(
        CallbackRoute(bridge: "192.0.2.50", callback: "192.0.2.10:8099")
    )

    /// A lock whose change was seen by a read alone.
    private static func changedUnannounced() -> LockScenario {
        var story = LockScenario.running(at: .dayLock)
        story.bridge = .shows(.online(at: .nightLock))
        story.tell(.refreshRequested)
        return story
    }

    @Test func `is a problem with both addresses when the lock changed and no webhook said so`() {
        let story = Self.changedUnannounced()
        #expect(story.state == .locked)
        #expect(story.report.webhookPath == .unproven)
        #expect(story.report.problems == [Self.missing])
        #expect(story.reconciliationTimes.count == 2, "our entry is looked after at once")
    }

    @Test func `is no problem before the lock has changed`() {
        var story = LockScenario(.shows(.online(at: .dayLock)))
        story.start()
        story.advance(by: .seconds(7200))
        #expect(story.report.webhookPath == .unproven)
        #expect(story.report.problems == [])
    }

    @Test func `is a problem also when no webhook ever came`() {
        var story = LockScenario(.shows(.online(at: .dayLock)))
        story.start()
        story.advance(by: .seconds(100))
        story.bridge = .shows(.online(at: .nightLock))
        story.advance(by: .seconds(100))
        #expect(story.state == .locked)
        #expect(story.report.problems == [Self.missing])
    }

    @Test func `is well again with the next webhook`() {
        var story = Self.changedUnannounced()
        story.reports(.init(kind: .signal, signal: SignalReading(wifi: 60, bluetooth: 90)))
        #expect(story.report.webhookPath == .proven)
        #expect(story.report.problems == [])
    }

    @Test func `is open when unsigned webhooks ring, though they prove nothing`() {
        var story = LockScenario(.shows(.online(at: .dayLock)))
        story.start()
        story.advance(by: .seconds(100))
        story.bridge = .shows(.online(at: .nightLock))
        story.tell(.doorbellRang)
        #expect(story.state == .locked)
        #expect(story.report.webhookPath == .unproven)
        #expect(story.report.problems == [])
    }

    @Test func `is open when webhooks come that a wrong clock makes useless, and each makes the bridge be read`() {
        var story = LockScenario(.shows(.online(at: .dayLock)))
        story.start()
        story.advance(by: .seconds(100))
        story.bridge = .shows(.online(at: .nightLock))
        story.tell(.webhookRefusedForAge(skew: .seconds(40)))
        #expect(story.state == .locked)
        #expect(story.report.problems == [])
        story.advance(by: .seconds(3))
        story.tell(.webhookRefusedForAge(skew: .seconds(41)))
        #expect(story.report.clockSkew == .seconds(40))
        #expect(story.report.problems == [.clockSkew(.seconds(40))])
        #expect(story.report.webhookDelays == nil)
    }

    @Test func `has its time told`() {
        let story = LockScenario.running()
        #expect(story.report.webhookDelays?.count == 1)
        #expect(story.report.webhookDelays?.last == .zero)
    }
}

@Suite struct `A bridge that fails` {
    @Test(arguments: [
        BridgeFailure.nameNotFound, .noRoute, .refused, .refusedWithoutInternet, .connectTimeout, .noAnswer,
        .unreadable,
    ])
    func `is a problem by its own name once it is given up, and none when it is back`(failure: BridgeFailure) {
        var story = LockScenario.running(at: .dayLock)
        story.bridge = .fails(failure)
        story.tell(.refreshRequested)
        #expect(story.report.problems == [])
        story.advance(by: .seconds(30))
        #expect(story.report.problems == [.bridgeUnreachable(failure)])
        story.bridge = .shows(.online(at: .dayLock))
        story.advance(by: .seconds(31))
        #expect(story.report.problems == [])
    }

    @Test(arguments: [
        (WebhookReconciliation.badKey, LockProblem.bridgeKeyRefused), (.failed(.unreadable), .webhookListUnreadable),
        (.listFull(foreign: 5), .webhookListFull(foreign: 5)),
        (
            .noUsableAddress(UnusableCallback(.loopback, remedy: "webhook.listen: 192.0.2.10:8099")),
            .callbackUnusable(UnusableCallback(.loopback, remedy: "webhook.listen: 192.0.2.10:8099"))
        ),
    ])
    func `to take our webhook is a problem, and no reason to give up its state`(
        outcome: WebhookReconciliation,
        problem: LockProblem
    ) {
        var story = LockScenario(.shows(.online(at: .dayLock)))
        story.reconciliation = outcome
        story.start()
        story.advance(by: .seconds(10))
        #expect(story.state == .unlocked)
        #expect(story.report.problems == [problem])
        story.reconciliation = .inOrder(foreign: 0)
        story.advance(by: .seconds(20))
        #expect(story.report.problems == [])
    }

    @Test func `says nothing about its webhooks any more`() {
        var story = LockScenario(.shows(.online(at: .dayLock)))
        story.reconciliation = .badKey
        story.start()
        story.advance(by: .seconds(10))
        story.bridge = .fails(.refused)
        story.advance(by: .seconds(100))
        #expect(story.report.problems == [.bridgeUnreachable(.refused)])
    }
}

@Suite struct `A network that changes` {
    @Test func `makes the bridge be looked for and its webhooks be looked after at once`() {
        var story = LockScenario.running(at: .dayLock)
        story.tell(.networkChanged)
        #expect(story.reconciliationTimes.count == 2)
        story.bridge = .fails(.noRoute)
        story.tell(.networkChanged)
        story.advance(by: .seconds(16))
        #expect(story.state == .unknown)
        #expect(story.report.problems == [.bridgeUnreachable(.noRoute)])
        story.bridge = .shows(.online(at: .nightLock))
        story.tell(.networkChanged)
        story.advance(by: .seconds(5))
        #expect(story.report.problems == [])
        #expect(story.state == .locked)
    }
}
