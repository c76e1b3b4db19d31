import LockDomain
import Testing

@Suite struct `The state of a lock` {
    @Test func `is unknown until the first read, which began after the start`() {
        var story = LockScenario(.silent)
        story.start()
        #expect(story.state == .unknown)
        #expect(story.report.connectivity == .offline(.starting))
        story.statusRead(.read(.online(at: .nightLock), .esp32))
        #expect(story.states == [.unknown, .locked])
        #expect(story.report.evidence == Evidence(source: .status, time: story.now.unix))
        #expect(story.report.battery == BatteryReading(level: 80, voltage: 10.4, type: .alkaline))
    }

    @Test func `follows the bolt through a movement`() {
        var story = LockScenario.running(at: .dayLock)
        story.goes(to: .nightLock, key: LockScenario.alice)
        story.reaches(.nightLock, key: LockScenario.alice)
        #expect(story.states == [.locking, .locked])
        #expect(story.words == [.locking, .locked])
        #expect(story.report.evidence?.source == .webhook)
    }

    @Test func `stays when the motor starts towards where the bolt already stands`() {
        var story = LockScenario.running(at: .nightLock)
        story.goes(to: .nightLock, key: LockScenario.alice)
        #expect(story.state == .locked)
    }

    @Test func `is unknown, as is the battery, in the same report that says offline`() throws {
        var story = LockScenario.running(at: .nightLock)
        story.reports(.init(kind: .signal, signal: SignalReading(wifi: 60, lockLost: true)))
        let report = try #require(story.reports.first)
        #expect(report.connectivity == .offline(.lockOffline))
        #expect(report.state == .unknown)
        #expect(report.evidence == nil)
        #expect(report.battery.level == nil)
        #expect(report.road == .none)
        #expect(report.lastKnownState?.state == .locked)
        #expect(report.lastKnownBattery?.level == 80)
        #expect(story.words == [.offline])
    }

    @Test func `is not read at once after the lock was lost, when the status may still show it connected`() {
        var story = LockScenario.running(at: .nightLock)
        story.reports(.init(kind: .signal, signal: SignalReading(wifi: 60, lockLost: true)))
        story.advance(by: .seconds(59))
        #expect(story.readTimes.isEmpty)
        story.advance(by: .seconds(1))
        #expect(story.readTimes.count == 1)
    }

    @Test func `needs two agreeing reads five seconds apart once the lock is back`() {
        var story = LockScenario.running(at: .nightLock)
        story.bridge = .shows(.lockOffline)
        story.reports(.init(kind: .signal, signal: SignalReading(lockLost: true)))
        story.forget()
        story.bridge = .shows(.online(at: .dayLock))
        story.advance(by: .seconds(61))
        #expect(story.report.connectivity == .online)
        #expect(story.state == .unknown)
        story.advance(by: .seconds(5))
        #expect(story.state == .unlocked)
        #expect(story.readTimes.count == 2)
        #expect(story.words == [.online])
    }

    @Test func `is believed at once when a returning lock reports a stop itself`() {
        var story = LockScenario.running(at: .nightLock)
        story.bridge = .silent
        story.reports(.init(kind: .signal, signal: SignalReading(lockLost: true)))
        story.reaches(.dayLock)
        #expect(story.states == [.unknown, .unlocked])
        #expect(story.report.connectivity == .online)
    }

    @Test func `does not fall back to the old word when a movement never ends`() {
        var story = LockScenario.running(at: .dayLock)
        story.goes(to: .nightLock, key: LockScenario.alice)
        story.advance(by: .seconds(29))
        #expect(story.state == .locking)
        story.advance(by: .seconds(1))
        #expect(story.state == .unknown)
        story.advance(by: .seconds(149))
        #expect(story.state == .unknown)
        story.advance(by: .seconds(1))
        #expect(story.state == .unlocked, "after three minutes the status can no longer be stale")
        #expect(story.readTimes.map { $0 - story.readTimes[0] } == [.zero, .seconds(60), .seconds(120), .seconds(150)])
    }

    @Test func `is the target when a late read shows it, and the webhook path is in doubt`() {
        var story = LockScenario.running(at: .dayLock)
        story.goes(to: .nightLock, key: LockScenario.alice)
        story.bridge = .shows(.online(at: .nightLock))
        story.advance(by: .seconds(30))
        #expect(story.state == .locked)
        #expect(story.report.evidence?.source == .status)
        #expect(story.report.webhookPath == .unproven)
    }

    @Test func `is unknown when the read after a movement fails`() {
        var story = LockScenario.running(at: .dayLock)
        story.goes(to: .nightLock)
        story.bridge = .fails(.noAnswer)
        story.advance(by: .seconds(30))
        #expect(story.state == .unknown)
    }

    @Test func `is jammed until a definite stop, whatever the lock adds after the stall`() {
        var story = LockScenario.running(at: .dayLock)
        story.goes(to: .nightLock)
        story.stalls()
        story.reaches(.unknown)
        #expect(story.state == .jammed)
        story.goes(to: .dayLock)
        #expect(story.state == .jammed)
        story.reaches(.dayLock)
        #expect(story.states == [.locking, .jammed, .unlocked])
    }

    @Test func `leaves jammed by two agreeing reads thirty seconds apart`() {
        var story = LockScenario.running(at: .dayLock)
        story.stalls()
        story.forget()
        story.advance(by: .seconds(59))
        #expect(story.state == .jammed)
        story.advance(by: .seconds(1))
        #expect(story.state == .unlocked)
        #expect(story.readTimes.count == 2)
    }

    @Test func `is not changed by a read that began before a webhook`() {
        var story = LockScenario.running(at: .dayLock)
        story.bridge = .silent
        story.tell(.refreshRequested)
        story.reaches(.nightLock)
        story.statusRead(.read(.online(at: .dayLock), .esp32))
        #expect(story.state == .locked)
    }

    @Test func `of a recent webhook yields to two agreeing reads, not to one`() {
        var story = LockScenario.running(at: .dayLock)
        story.reaches(.nightLock)
        story.advance(by: .seconds(10))
        story.tell(.refreshRequested)
        #expect(story.state == .locked)
        story.advance(by: .seconds(29))
        #expect(story.state == .locked)
        story.advance(by: .seconds(1))
        #expect(story.state == .unlocked)
        #expect(story.report.webhookPath == .unproven)
    }

    @Test func `of an old webhook yields to one read`() {
        var story = LockScenario.running(at: .dayLock)
        story.reaches(.nightLock)
        story.bridge = .shows(.online(at: .nightLock))
        story.advance(by: .seconds(301))
        story.bridge = .shows(.online(at: .dayLock))
        story.tell(.refreshRequested)
        #expect(story.state == .unlocked)
    }

    @Test func `of open ends by a read when the latch never reports itself`() {
        var story = LockScenario.running(at: .dayLock)
        story.reaches(.open, key: LockScenario.alice)
        story.advance(by: .seconds(14))
        #expect(story.state == .open)
        story.advance(by: .seconds(1))
        #expect(story.state == .unlocked)
    }

    @Test func `is unknown after a stop with two contradicting words`() {
        var story = LockScenario.running(at: .dayLock)
        story.reports(.init(kind: .reached(.unknown), eventType: "STATE_CHANGED_LATCH", isContradictory: true))
        #expect(story.state == .unknown)
        #expect(story.readTimes.count == 1, "it is looked up at once")
    }

    @Test func `is not changed by a late webhook, which is published all the same`() {
        var story = LockScenario.running(at: .dayLock)
        story.reaches(.nightLock)
        story.reaches(.dayLock, signedAgo: 5)
        #expect(story.state == .locked)
        #expect(story.words == [.locked, .unlocked])
        #expect(story.notices.contains(.webhookLate(by: .seconds(5))))
    }

    @Test func `ignores a repeated webhook, and looks when the repeat disagrees`() {
        var story = LockScenario.running(at: .dayLock)
        let stamp = WebhookStamp(signedAt: story.now.unix.seconds, fingerprint: 77)
        let locked = BridgeReport(kind: .reached(.nightLock), eventType: "STATE_CHANGED_NIGHT_LOCK")
        story.tell(.bridgeReported(locked, stamp))
        story.tell(.bridgeReported(locked, stamp))
        #expect(story.words == [.locked])
        #expect(story.readTimes.isEmpty)
        story.reaches(.dayLock)
        story.tell(.bridgeReported(locked, stamp))
        #expect(story.state == .unlocked)
        #expect(story.readTimes.count == 1)
    }
}
