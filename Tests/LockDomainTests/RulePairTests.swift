import LockDomain
import Testing

/// Where two rules of evidence meet, which one gives way.
@Suite struct `Two rules of evidence` {
    @Test func `1 and 3: a movement is unknown as soon as the lock is lost, and does not end by itself later`() {
        var story = LockScenario.running(at: .dayLock)
        story.goes(to: .nightLock)
        story.bridge = .silent
        story.loses()
        #expect(story.states == [.locking, .unknown])
        story.advance(by: .seconds(40))
        #expect(story.states == [.locking, .unknown])
    }

    @Test func `1 and 4: a jam is unknown as soon as the lock is lost, and is no jam when it comes back`() {
        var story = LockScenario.running(at: .dayLock)
        story.stalls()
        story.bridge = .silent
        story.loses()
        story.reports(.init(kind: .battery, battery: BatteryReading(level: 70)))
        #expect(story.states == [.jammed, .unknown])
        #expect(story.report.connectivity == .online)
    }

    @Test func `1 and 5: a read under way when the lock is lost does not bring the state back`() {
        var story = LockScenario.running(at: .nightLock)
        story.bridge = .silent
        story.tell(.refreshRequested)
        story.advance(by: .milliseconds(1))
        story.loses()
        story.statusRead(.read(.online(at: .nightLock), .esp32))
        #expect(story.report.connectivity == .offline(.lockOffline))
        #expect(story.states == [.unknown])
    }

    @Test func `1 and 7: no level beside a strength of the lock leaves it online`() {
        var story = LockScenario.running(at: .nightLock)
        story.reports(.init(kind: .battery, battery: BatteryReading(), signal: SignalReading(bluetooth: 55)))
        #expect(story.report.connectivity == .online)
        #expect(story.report.battery.level == nil)
        #expect(story.state == .locked)
    }

    @Test func `1 and 8: a late word that the lock is lost does not take it offline`() {
        var story = LockScenario.running(at: .nightLock)
        story.reports(.init(kind: .signal, signal: SignalReading(wifi: 60, bluetooth: 70)))
        story.reports(.init(kind: .signal, signal: SignalReading(wifi: 60, lockLost: true)), signedAgo: 3)
        #expect(story.report.connectivity == .online)
        #expect(story.state == .locked)
    }

    @Test func `1 and 9: when the proof lapses the battery is unknown in the same report`() throws {
        var story = LockScenario.running(at: .nightLock)
        story.bridge = .silent
        story.tell(.refreshRequested)
        story.forget()
        story.advance(by: story.policy.proofLifetime)
        let report = try #require(story.reports.first)
        #expect(story.reports.count == 1)
        #expect(report.state == .unknown && report.battery.level == nil)
    }

    @Test func `1 and 10: who moved it last stays known while it is offline, and accounts for nothing new`() {
        var story = LockScenario.running(at: .dayLock)
        story.goes(to: .nightLock, key: LockScenario.alice)
        story.loses()
        #expect(story.report.lastAction?.keyName == "Alice")
        story.advance(by: .seconds(300))
        story.reaches(.nightLock)
        #expect(story.report.lastAction?.key == nil)
        #expect(story.report.lastAction?.cause == .byHand)
    }

    @Test func `1 and 11: a command that failed because the lock is offline accounts for no movement`() {
        var story = LockScenario.running(at: .nightLock)
        story.bridge = .shows(.lockOffline)
        story.loses()
        story.request(.unlock)
        story.bridge = .silent
        story.goes(to: .dayLock, key: LockScenario.ownKey)
        #expect(story.words == [.offline, .commandFailed, .online, .unlocking, .unexpectedOwnKey])
    }

    @Test func `2 and 3: a movement seen first after a restart shows, and only its target is believed for a while`() {
        var story = LockScenario.running(at: .dayLock)
        story.bridge = .silent
        story.restart()
        story.goes(to: .nightLock)
        #expect(story.state == .locking)
        story.bridge = .shows(.online(at: .dayLock))
        story.statusRead(.failed(.noAnswer))
        story.advance(by: .seconds(30))
        #expect(story.state == .unknown, "nobody knows what the old state was, so this may be it")
        story.advance(by: .seconds(150))
        #expect(story.state == .unlocked)
    }

    @Test func `2 and 4: a stall is believed at once after a restart`() {
        var story = LockScenario.running(at: .dayLock)
        story.bridge = .silent
        story.restart()
        story.stalls()
        #expect(story.state == .jammed)
    }

    @Test func `2 and 5: a stop reported between the two reads after a return is believed, and the reads are not`() {
        var story = LockScenario.running(at: .nightLock)
        story.loses()
        story.bridge = .shows(.online(at: .nightLock))
        story.advance(by: .seconds(61))
        #expect(story.state == .unknown)
        story.reaches(.dayLock)
        #expect(story.state == .unlocked)
        story.advance(by: .seconds(10))
        #expect(story.state == .unlocked)
    }

    @Test func `2 and 6: a lock that comes back is read, and believed after two reads that agree, 5 s apart`() {
        var story = LockScenario.running(at: .nightLock)
        story.loses()
        story.forget()
        story.reports(.init(kind: .battery, battery: BatteryReading(level: 70)))
        let start = story.now.uptime
        story.advance(by: .seconds(5))
        #expect(story.readTimes.map { $0 - start } == [.zero, .seconds(5)])
        #expect(story.states == [.unknown, .locked])
    }

    @Test func `2 and 6: two reads that disagree start over`() {
        var story = LockScenario.running(at: .nightLock)
        story.loses()
        story.reports(.init(kind: .battery, battery: BatteryReading(level: 70)))
        story.bridge = .shows(.online(at: .dayLock))
        story.advance(by: .seconds(5))
        #expect(story.state == .unknown)
        story.advance(by: .seconds(5))
        #expect(story.state == .unlocked)
    }

    @Test func `2 and 7: a read without a position is none of the two`() {
        var story = LockScenario.running(at: .nightLock)
        story.loses()
        story.reports(.init(kind: .battery, battery: BatteryReading(level: 70)))
        story.bridge = .shows(.online(at: .unknown))
        story.advance(by: .seconds(5))
        story.bridge = .shows(.online(at: .nightLock))
        story.tell(.refreshRequested)
        #expect(story.state == .unknown)
        story.advance(by: .seconds(5))
        #expect(story.state == .locked)
    }

    @Test func `2 and 8: after a restart, a webhook older than the newest before it proves nothing`() {
        var story = LockScenario.running(at: .dayLock)
        story.reaches(.nightLock)
        story.bridge = .silent
        story.restart()
        story.reaches(.dayLock, signedAgo: 3)
        #expect(story.state == .unknown)
        #expect(story.notices.contains(.webhookLate(by: .seconds(2))))
    }

    @Test func `2 and 9: a bridge that dies between the two reads starts them over`() {
        var story = LockScenario.running(at: .nightLock)
        story.loses()
        story.reports(.init(kind: .battery, battery: BatteryReading(level: 70)))
        story.bridge = .fails(.refused)
        story.advance(by: .seconds(60))
        #expect(story.report.connectivity == .offline(.bridgeUnreachable))
        story.bridge = .shows(.online(at: .nightLock))
        story.advance(by: .seconds(31))
        #expect(story.report.connectivity == .online)
        story.advance(by: .seconds(5))
        #expect(story.state == .locked)
        #expect(story.states.filter { $0 == .locked }.count == 1)
    }

    @Test func `2 and 10: a movement that began before a restart is nobody's after it`() {
        var story = LockScenario.running(at: .dayLock)
        story.goes(to: .nightLock, key: LockScenario.alice, cause: .touch)
        story.restart()
        story.reaches(.nightLock)
        #expect(story.report.lastAction?.key == nil)
        #expect(story.report.lastAction?.cause == .byHand)
    }

    @Test func `2 and 11: a command from before a restart accounts for its movement, nothing else does`() {
        var story = LockScenario.running(at: .nightLock)
        story.request(.unlock)
        story.restart()
        story.forget()
        story.goes(to: .dayLock, key: LockScenario.ownKey)
        #expect(story.words == [.unlocking])
        story.reaches(.dayLock, key: LockScenario.ownKey)
        story.goes(to: .nightLock, key: LockScenario.ownKey)
        #expect(story.words == [.unlocking, .unlocked, .locking, .unexpectedOwnKey])
    }

    @Test func `3 and 4: a stall ends a movement at once, and a new start does not end the jam`() {
        var story = LockScenario.running(at: .dayLock)
        story.goes(to: .nightLock)
        story.stalls()
        story.goes(to: .dayLock)
        #expect(story.states == [.locking, .jammed])
    }

    @Test func `3 and 5: during a movement no read is believed, not even two`() {
        var story = LockScenario.running(at: .dayLock)
        story.goes(to: .nightLock)
        story.tell(.refreshRequested)
        story.advance(by: .seconds(29))
        story.tell(.refreshRequested)
        #expect(story.states == [.locking])
    }

    @Test func `3 and 7: a start towards nowhere makes the state unknown`() {
        var story = LockScenario.running(at: .dayLock)
        story.goes(to: .unknown)
        #expect(story.state == .unknown)
    }

    @Test func `3 and 8: a late start does not set the bolt in motion`() {
        var story = LockScenario.running(at: .dayLock)
        story.reaches(.nightLock)
        story.reports(.init(kind: .going(to: .nightLock), eventType: "GO_TO_STATE_X"), signedAgo: 2)
        #expect(story.state == .locked)
        #expect(story.words == [.locked, .locking])
    }

    @Test func `3 and 9: a movement whose bridge falls silent is unknown when the proof lapses, at the latest`() {
        var story = LockScenario.running(at: .dayLock)
        story.bridge = .silent
        story.goes(to: .nightLock)
        story.advance(by: story.policy.proofLifetime)
        #expect(story.states == [.locking, .unknown])
    }

    @Test func `3 and 10: a stop that comes too late for its start is nobody's`() {
        var story = LockScenario.running(at: .dayLock)
        story.goes(to: .nightLock, key: LockScenario.alice, cause: .touch)
        story.advance(by: .seconds(91))
        story.reaches(.nightLock)
        #expect(story.report.lastAction?.key == nil)
    }

    @Test func `3 and 11: the start and the stop of an unexpected movement are one surprise`() {
        var story = LockScenario.running(at: .nightLock)
        story.goes(to: .dayLock, key: LockScenario.ownKey)
        story.advance(by: .seconds(4))
        story.reaches(.dayLock, key: LockScenario.ownKey)
        #expect(story.words.filter { $0 == .unexpectedOwnKey }.count == 1)
    }

    @Test func `4 and 5: one read does not end a jam, and one that disagrees starts over`() {
        var story = LockScenario.running(at: .dayLock)
        story.stalls()
        story.advance(by: .seconds(30))
        story.bridge = .shows(.online(at: .nightLock))
        story.advance(by: .seconds(30))
        #expect(story.state == .jammed)
        story.advance(by: .seconds(30))
        #expect(story.state == .locked)
    }

    @Test func `4 and 7: reads without a position do not end a jam`() {
        var story = LockScenario.running(at: .dayLock)
        story.bridge = .shows(.online(at: .unknown))
        story.stalls()
        story.advance(by: .seconds(600))
        #expect(story.states == [.jammed])
    }

    @Test func `4 and 8: a late stop does not end a jam`() {
        var story = LockScenario.running(at: .dayLock)
        story.stalls()
        story.reaches(.dayLock, signedAgo: 2)
        #expect(story.state == .jammed)
    }

    @Test func `4 and 9: a jam is unknown when the proof lapses`() {
        var story = LockScenario.running(at: .dayLock)
        story.bridge = .silent
        story.stalls()
        story.advance(by: story.policy.proofLifetime)
        #expect(story.states == [.jammed, .unknown])
    }

    @Test func `4 and 10: a stall is by whoever started, the next movement is not`() {
        var story = LockScenario.running(at: .dayLock)
        story.goes(to: .nightLock, key: LockScenario.alice, cause: .touch)
        story.stalls(key: LockScenario.alice)
        #expect(story.report.lastAction?.event == .jammed)
        #expect(story.report.lastAction?.cause == .touch)
        story.reaches(.dayLock)
        #expect(story.report.lastAction?.cause == .byHand)
    }

    @Test func `4 and 11: a stall by our own key without a command is said so`() {
        var story = LockScenario.running(at: .dayLock)
        story.stalls(key: LockScenario.ownKey)
        #expect(story.words == [.jammed, .unexpectedOwnKey])
    }
}
