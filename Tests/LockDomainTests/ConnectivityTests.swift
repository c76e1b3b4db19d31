import LockDomain
import Testing

@Suite struct `The road to a lock` {
    @Test func `is given up after three failures in a row, and the state with it at that instant`() {
        var story = LockScenario.running(at: .nightLock)
        story.reports(.init(kind: .signal, signal: SignalReading(wifi: 60, bluetooth: 90)))
        story.bridge = .fails(.refused)
        story.advance(by: .seconds(30))
        #expect(story.state == .locked)
        story.advance(by: .seconds(14))
        #expect(story.state == .locked)
        story.advance(by: .seconds(1))
        #expect(story.report.connectivity == .offline(.bridgeUnreachable))
        #expect(story.state == .unknown)
        #expect(
            story.probeTimes.suffix(3).map { $0 - story.probeTimes[story.probeTimes.count - 3] } == [
                .zero, .seconds(5), .seconds(15),
            ]
        )
        #expect(story.words == [.offline])
    }

    @Test func `counts a bridge that takes connections but never answers as gone`() {
        var story = LockScenario.running(at: .nightLock)
        story.bridge = .fails(.noAnswer)
        story.tell(.refreshRequested)
        story.advance(by: .seconds(5))
        #expect(story.state == .locked)
        story.advance(by: .seconds(10))
        #expect(story.report.connectivity == .offline(.bridgeUnreachable))
        #expect(story.readTimes.count == 3)
    }

    @Test func `comes back when a probe finds the bridge and two reads agree`() {
        var story = LockScenario.running(at: .nightLock)
        story.bridge = .fails(.refused)
        story.advance(by: .seconds(120))
        story.forget()
        story.bridge = .shows(.online(at: .nightLock))
        story.advance(by: .seconds(31))
        #expect(story.report.connectivity == .online)
        story.advance(by: .seconds(5))
        #expect(story.states == [.unknown, .locked])
        #expect(story.words == [.online])
    }

    @Test func `is held open by webhooks alone`() {
        var story = LockScenario.running(at: .nightLock)
        story.bridge = .fails(.refused)
        for _ in 0..<20 {
            story.reports(.init(kind: .signal, signal: SignalReading(wifi: 60, bluetooth: 90)))
            story.advance(by: .seconds(44))
        }
        #expect(story.report.connectivity == .online)
        #expect(story.state == .locked)
    }

    @Test func `lapses by itself when no answer ever comes back`() {
        var story = LockScenario.running(at: .nightLock)
        story.bridge = .silent
        story.tell(.refreshRequested)
        story.advance(by: story.policy.proofLifetime)
        #expect(story.report.connectivity == .offline(.bridgeUnreachable))
        #expect(story.state == .unknown)
    }

    @Test func `is not shaken by a jump of the wall clock`() {
        var story = LockScenario.running(at: .nightLock)
        story.jumpWallClock(by: 86_400 * 365)
        story.advance(by: .seconds(100))
        #expect(story.state == .locked)
        #expect(story.words == [])
    }

    @Test func `is polled once an hour when webhooks are proven and once a minute when not`() {
        var story = LockScenario.running(at: .nightLock)
        story.advance(by: .seconds(7200))
        #expect(story.readTimes.count == 2)

        var unproven = LockScenario(.shows(.online(at: .nightLock)))
        unproven.start()
        unproven.advance(by: .seconds(600))
        #expect(unproven.readTimes.count == 11)
    }

    @Test func `is read within a second of a doorbell, at most once in two seconds`() {
        var story = LockScenario.running(at: .dayLock)
        story.tell(.doorbellRang)
        story.tell(.doorbellRang)
        story.tell(.doorbellRang)
        #expect(story.readTimes.count == 1)
        story.advance(by: .seconds(2))
        #expect(story.readTimes.count == 2)
        story.advance(by: .seconds(3))
        #expect(story.readTimes.count == 3, "once more, when the status has followed")
        story.advance(by: .seconds(50))
        #expect(story.readTimes.count == 3)
    }

    @Test func `has its webhooks looked after at start, hourly and after the bridge restarted`() {
        var story = LockScenario.running()
        #expect(story.reconciliationTimes.count == 1)
        story.advance(by: .seconds(3600))
        #expect(story.reconciliationTimes.count == 2)
        var rebooted = BridgeStatus.online(at: .dayLock)
        rebooted.bootedAt = 1_700_001_000
        story.bridge = .shows(rebooted)
        story.tell(.refreshRequested)
        #expect(story.reconciliationTimes.count == 3)
    }

    @Test func `has its webhooks looked after when the bridge counts others than we left there`() {
        var story = LockScenario.running()
        var forgetful = BridgeStatus.online(at: .dayLock)
        forgetful.webhookCount = 0
        story.bridge = .shows(forgetful)
        story.advance(by: .seconds(400))
        story.tell(.refreshRequested)
        #expect(story.reconciliationTimes.count == 2)
        story.advance(by: .seconds(600))
        story.tell(.refreshRequested)
        #expect(story.reconciliationTimes.count == 2, "a bridge that counts wrongly is not asked again and again")
    }

    @Test func `has its webhooks looked after again when the bridge counts what it did before we came`() {
        var empty = BridgeStatus.online(at: .dayLock)
        empty.webhookCount = 0
        var story = LockScenario(.shows(empty))
        story.start()
        #expect(story.reconciliationTimes.count == 1)
        story.advance(by: .seconds(60))
        #expect(story.reconciliationTimes.count == 2)
    }

    @Test func `is read when a bridge that failed once is there again`() {
        var story = LockScenario.running(at: .dayLock)
        story.bridge = .fails(.refused)
        story.advance(by: .seconds(31))
        #expect(story.readTimes == [])
        story.bridge = .shows(.online(at: .nightLock))
        story.advance(by: .seconds(5))
        #expect(story.readTimes.count == 1)
        #expect(story.state == .locked)
    }

    @Test func `asks again sooner and then later when the webhooks could not be looked after`() {
        var story = LockScenario(.shows(.online(at: .dayLock)))
        story.reconciliation = .badKey
        story.start()
        let start = story.now.uptime
        story.advance(by: .seconds(40))
        #expect(story.reconciliationTimes.map { $0 - start } == [.zero, .seconds(5), .seconds(15), .seconds(35)])
        story.reconciliation = .inOrder(foreign: 0)
        story.advance(by: .seconds(3000))
        #expect(story.reconciliationTimes.count == 5)
    }
}
