import LockDomain
import Testing

/// The rules by which a lock may be said to be in a state, one by one; `docs/state-and-safety.md` has them in words.
@Suite struct `Rules of evidence` {
    @Test func `1: offline makes state and battery unknown in the same report, and keeps what was last known aside`()
        throws
    {
        var story = LockScenario.running(at: .nightLock)
        let knownAt = try #require(story.report.lastKnownState?.time)
        story.loses()
        #expect(story.reports.count == 1)
        let report = try #require(story.reports.first)
        #expect(report.connectivity == .offline(.lockOffline))
        #expect(report.state == .unknown)
        #expect(report.battery.level == nil && report.battery.voltage == nil)
        #expect(report.lastKnownState == .init(state: .locked, time: knownAt))
        #expect(report.lastKnownBattery?.level == 80)
    }

    @Test func `2: after offline, what was known before proves nothing`() {
        var story = LockScenario.running(at: .nightLock)
        story.loses()
        story.bridge = .silent
        story.reports(.init(kind: .battery, battery: BatteryReading(level: 80)))
        #expect(story.report.connectivity == .online)
        story.advance(by: .seconds(20))
        #expect(story.state == .unknown)
    }

    @Test func `2: after a restart, the first read that began since is enough`() {
        var story = LockScenario.running(at: .nightLock)
        story.bridge = .silent
        story.restart()
        #expect(story.state == .unknown)
        #expect(story.report.lastKnownState?.state == .locked)
        #expect(story.readTimes.last == story.now.uptime)
        story.statusRead(.read(.online(at: .nightLock), .esp32))
        #expect(story.state == .locked)
    }

    @Test func `2: after a restart, a read that lags behind what the lock reported shortly before proves nothing`() {
        var story = LockScenario.running(at: .nightLock)
        story.reaches(.dayLock)
        story.restart()
        story.forget()
        #expect(story.state == .unknown, "the bridge still shows where the bolt was before")
        #expect(story.explained?.rule == .movedBeforeRestart)
        story.bridge = .shows(.online(at: .dayLock))
        story.tell(.refreshRequested)
        #expect(story.states == [.unlocked])
    }

    @Test func `2: after a restart, the read is believed three minutes after the movement, whatever it shows`() {
        var story = LockScenario.running(at: .nightLock)
        story.reaches(.dayLock)
        story.restart()
        story.forget()
        story.advance(by: .seconds(178))
        #expect(story.states == [])
        #expect(story.state == .unknown)
        story.advance(by: .seconds(1))
        #expect(story.states == [.locked])
    }

    @Test func `2: a restart during a movement shows only its end, and no read of the old state`() {
        var story = LockScenario.running(at: .nightLock)
        story.goes(to: .dayLock)
        story.restart()
        #expect(story.state == .unknown)
        story.bridge = .shows(.online(at: .dayLock))
        story.tell(.refreshRequested)
        #expect(story.state == .unlocked)
    }

    @Test func `2: after a restart, for a while no read tells which of two unresolved commands came about`() {
        var story = LockScenario.running(at: .nightLock)
        for (action, answer) in [(LockAction.unlock, CommandAnswer.unanswered), (.lock, .acknowledged)] {
            let id = story.request(action)
            story.answers(answer)
            story.advance(by: .seconds(31))
            #expect([.failed(.noResponse), .failed(.noConfirmation)].contains(story.statuses(of: id).last))
        }
        story.restart()
        story.forget()
        story.advance(by: .seconds(177))
        #expect(story.states == [])
        #expect(story.state == .unknown)
        #expect(story.explained?.rule == .commandRecovered)
        story.advance(by: .seconds(1))
        #expect(story.states == [.locked])
    }

    @Test func `2: after a restart, a read shows where two unresolved commands led that went to one place`() {
        var story = LockScenario.running(at: .nightLock)
        for _ in 0..<2 {
            _ = story.request(.unlock)
            story.answers(.unanswered)
            story.advance(by: .seconds(31))
        }
        story.bridge = .shows(.online(at: .dayLock))
        story.restart()
        #expect(story.state == .unlocked)
    }

    @Test func `2: after a restart shortly after a stall, no read is believed for a while`() {
        var story = LockScenario.running(at: .nightLock)
        story.stalls()
        story.restart()
        story.advance(by: .seconds(170))
        #expect(story.state == .unknown)
        story.advance(by: .seconds(10))
        #expect(story.state == .locked)
    }

    @Test func `2: a read newer than the last report holds over a restart`() {
        var story = LockScenario.running(at: .dayLock)
        story.reaches(.nightLock)
        story.advance(by: .seconds(20))
        story.tell(.refreshRequested)
        story.advance(by: .seconds(40))
        #expect(story.state == .unlocked, "two reads that agree outweigh the report")
        story.restart()
        #expect(story.state == .unlocked)
    }

    @Test func `2: a latch that was pulled before a restart has fallen back after 15 s`() {
        var story = LockScenario.running(at: .dayLock)
        story.reaches(.open)
        story.restart()
        #expect(story.state == .unknown)
        story.advance(by: .seconds(13))
        #expect(story.state == .unknown)
        story.advance(by: .seconds(1))
        #expect(story.state == .unlocked)
    }

    @Test func `2: a read that a restart explains does not make the webhooks doubtful`() {
        var story = LockScenario.running(at: .nightLock)
        story.goes(to: .dayLock)
        story.bridge = .silent
        story.restart()
        story.reports(.init(kind: .signal, signal: SignalReading(wifi: 60, bluetooth: 90)))
        story.bridge = .shows(.online(at: .dayLock))
        // The report came after this read began; the next shows the same.
        story.statusRead(.read(.online(at: .dayLock), .esp32))
        #expect(story.state == .unlocked)
        #expect(story.report.webhookPath == .proven)
    }

    @Test func `3: a movement that does not end is read after 30 s, 60 s later, and believed old after three minutes`()
    {
        var story = LockScenario.running(at: .dayLock)
        story.goes(to: .nightLock)
        let start = story.now.uptime
        story.advance(by: .seconds(200))
        #expect(story.states == [.locking, .unknown, .unlocked])
        #expect(story.readTimes.map { $0 - start }.prefix(2) == [.seconds(30), .seconds(90)])
        #expect(story.readTimes.last == start + .seconds(180))
    }

    @Test func `3: a read that shows a third place is evidence of that place`() {
        var story = LockScenario.running(at: .dayLock)
        story.goes(to: .nightLock)
        story.bridge = .shows(.online(at: .open))
        story.advance(by: .seconds(30))
        #expect(story.state == .open)
    }

    @Test func `3: a read that cannot be had makes the state unknown`() {
        var story = LockScenario.running(at: .dayLock)
        story.goes(to: .nightLock)
        story.bridge = .fails(.unreadable)
        story.advance(by: .seconds(30))
        #expect(story.state == .unknown)
    }

    @Test func `4: a stall is jammed until the next definite stop`() {
        var story = LockScenario.running(at: .dayLock)
        story.stalls()
        story.reaches(.unknown)
        story.reaches(.nightLock)
        #expect(story.states == [.jammed, .locked])
    }

    @Test func `4: a jam is the last action until the bolt moves, and stays with whom it happened to`() {
        var story = LockScenario.running(at: .dayLock)
        story.goes(to: .nightLock, key: LockScenario.alice, cause: .touch)
        story.stalls(key: LockScenario.alice)
        story.reaches(.unknown)
        #expect(story.report.lastAction?.event == .jammed)
        #expect(story.report.lastAction?.key == LockScenario.alice)
        story.reaches(.dayLock)
        #expect(story.report.lastAction?.event == .unlocked)
        story.reaches(.unknown)
        #expect(story.report.lastAction?.event == .unknown)
    }

    @Test func `4: a jam ends by two reads that agree, the first after 30 s, 30 s apart`() {
        var story = LockScenario.running(at: .dayLock)
        story.stalls()
        let start = story.now.uptime
        story.advance(by: .milliseconds(59_999))
        #expect(story.state == .jammed)
        story.advance(by: .milliseconds(1))
        #expect(story.state == .unlocked)
        #expect(story.readTimes.map { $0 - start } == [.seconds(30), .seconds(60)])
    }

    @Test func `5: a read that began before a webhook arrived changes nothing`() {
        var story = LockScenario.running(at: .dayLock)
        story.bridge = .silent
        story.tell(.refreshRequested)
        story.reaches(.nightLock)
        story.statusRead(.read(.online(at: .dayLock), .esp32))
        #expect(story.states == [.locked])
    }

    @Test func `5: two reads 30 s apart outweigh a webhook of the last five minutes, one does not`() {
        var story = LockScenario.running(at: .dayLock)
        story.reaches(.nightLock)
        story.tell(.refreshRequested)
        story.advance(by: .milliseconds(29_999))
        #expect(story.state == .locked)
        story.advance(by: .milliseconds(1))
        #expect(story.state == .unlocked)
    }

    @Test(arguments: [
        BridgeReport(kind: .signal, signal: SignalReading(wifi: 60, lockLost: true)),
        BridgeReport(kind: .battery, battery: BatteryReading()),
        BridgeReport(kind: .battery, battery: BatteryReading(type: .alkaline), signal: SignalReading(wifi: 50)),
    ])
    func `6: a strength of -1, and a battery report without a level, mean that the lock is offline`(lost: BridgeReport)
    {
        var story = LockScenario.running(at: .nightLock)
        story.reports(lost)
        #expect(story.report.connectivity == .offline(.lockOffline))
    }

    @Test func `6: a status that says so means that the lock is offline`() {
        var story = LockScenario.running(at: .nightLock)
        story.bridge = .shows(.lockOffline)
        story.tell(.refreshRequested)
        #expect(story.report.connectivity == .offline(.lockOffline))
    }

    @Test(arguments: [
        BridgeReport(kind: .signal, signal: SignalReading(wifi: 60, bluetooth: 70)),
        BridgeReport(kind: .battery, battery: BatteryReading(level: 70)),
        BridgeReport(kind: .going(to: .dayLock), cause: .touch), BridgeReport(kind: .reached(.dayLock)),
        BridgeReport(kind: .stalled),
    ])
    func `6: what only a connected lock can cause means online again, and is followed by a read`(sign: BridgeReport) {
        var story = LockScenario.running(at: .nightLock)
        story.loses()
        story.bridge = .silent
        story.forget()
        story.reports(sign)
        #expect(story.report.connectivity == .online)
        #expect(story.readTimes == [story.now.uptime])
    }

    @Test func `7: a battery level that means nothing is unknown, not the old one`() {
        var story = LockScenario.running(at: .nightLock)
        story.reports(.init(kind: .battery, battery: BatteryReading(), signal: SignalReading(bluetooth: 70)))
        #expect(story.report.connectivity == .online)
        #expect(story.report.battery.level == nil)
        #expect(story.report.lastKnownBattery?.level == 80)
        #expect(story.state == .locked)
    }

    @Test func `7: a signal that means nothing is unknown, not the old one`() {
        var story = LockScenario.running(at: .nightLock)
        story.reports(.init(kind: .signal, signal: SignalReading(wifi: nil, bluetooth: 70)))
        #expect(story.report.signal == SignalReading(wifi: nil, bluetooth: 70))
    }

    @Test func `batteries are low from 20 percent down, and well again from 25 percent on, also after a restart`() {
        var story = LockScenario.running(at: .nightLock)
        var seen: [Bool?] = []
        for level in [21, 20, 24, 19, 24, 25, 21] {
            story.reports(.init(kind: .battery, battery: BatteryReading(level: level)))
            seen.append(story.report.lastKnownBattery?.isLow)
        }
        #expect(seen == [false, true, true, true, true, false, false])
        story.reports(.init(kind: .battery, battery: BatteryReading(level: 20)))
        story.reports(.init(kind: .battery, battery: BatteryReading(level: 22)))
        story.bridge = .silent
        story.restart()
        story.reports(.init(kind: .battery, battery: BatteryReading(level: 23)))
        #expect(story.report.lastKnownBattery?.isLow == true)
    }

    @Test func `8: a late webhook is published and changes nothing`() {
        var story = LockScenario.running(at: .dayLock)
        story.bridge = .shows(.online(at: .nightLock))
        story.reaches(.nightLock)
        story.reaches(.dayLock, signedAgo: 1)
        #expect(story.state == .locked)
        #expect(story.words == [.locked, .unlocked])
        #expect(story.report.lastAction?.event == .locked)
    }

    @Test func `8: a repeat is dropped, also across a restart`() {
        var story = LockScenario.running(at: .dayLock)
        let report = BridgeReport(kind: .reached(.nightLock), eventType: "STATE_CHANGED_NIGHT_LOCK")
        let stamp = story.reports(report)
        story.restart()
        story.forget()
        story.tell(.bridgeReported(report, stamp))
        #expect(story.words == [])
        #expect(story.notices.contains(.webhookRepeated))
    }

    @Test func `8: two real events of one kind, seconds apart, are two events`() {
        var story = LockScenario.running(at: .dayLock)
        story.reaches(.nightLock)
        story.advance(by: .seconds(2))
        story.reaches(.nightLock)
        #expect(story.words == [.locked, .locked])
    }

    @Test func `8: a repeat that disagrees with the state is looked into`() {
        var story = LockScenario.running(at: .dayLock)
        let report = BridgeReport(kind: .reached(.nightLock))
        let stamp = story.reports(report)
        story.reaches(.dayLock)
        #expect(story.readTimes == [])
        story.tell(.bridgeReported(report, stamp))
        #expect(story.state == .unlocked)
        #expect(story.readTimes == [story.now.uptime])
    }

    @Test func `9: the state becomes unknown at the instant at which the proof of the road lapses`() {
        var story = LockScenario.running(at: .nightLock)
        story.reports(.init(kind: .signal, signal: SignalReading(wifi: 60, bluetooth: 90)))
        story.bridge = .silent
        story.tell(.refreshRequested)
        story.advance(by: story.policy.proofLifetime - .milliseconds(1))
        #expect(story.state == .locked)
        story.advance(by: .milliseconds(1))
        #expect(story.state == .unknown)
        #expect(story.report.connectivity == .offline(.bridgeUnreachable))
    }

    @Test func `9: while the road is proven a webhook holds for as long as it takes`() {
        var story = LockScenario.running(at: .dayLock)
        story.reaches(.nightLock)
        story.bridge = .shows(.online(at: .nightLock))
        story.advance(by: .seconds(24 * 3600))
        #expect(story.states == [.locked])
    }

    @Test func `10: who did it belongs to one movement`() {
        var story = LockScenario.running(at: .dayLock)
        story.goes(to: .nightLock, key: LockScenario.alice, cause: .remote)
        story.reaches(.nightLock, key: LockScenario.alice)
        story.advance(by: .seconds(5))
        story.goes(to: .dayLock, cause: .touch)
        story.reaches(.dayLock)
        #expect(story.occurrences.map(\.key) == [LockScenario.alice, LockScenario.alice, nil, nil])
        #expect(story.occurrences.map(\.cause) == [.remote, .remote, .touch, .touch])
    }

    @Test func `10: a hand that turns the knob back and forth after a movement is nobody's key`() {
        var story = LockScenario.running(at: .dayLock)
        story.goes(to: .nightLock, key: LockScenario.alice, cause: .touch)
        story.reaches(.nightLock, key: LockScenario.alice)
        story.advance(by: .seconds(3))
        story.reaches(.dayLock)
        story.reaches(.nightLock)
        #expect(story.occurrences.suffix(2).map(\.key) == [nil, nil])
        #expect(story.occurrences.suffix(2).map(\.cause) == [.byHand, .byHand])
    }

    @Test func `11: a movement by our own key that no command accounts for is said so`() {
        var story = LockScenario.running(at: .nightLock)
        story.goes(to: .dayLock, key: LockScenario.ownKey)
        story.reaches(.dayLock, key: LockScenario.ownKey)
        #expect(story.words == [.unlocking, .unexpectedOwnKey, .unlocked])
        #expect(story.notices.contains(.unexpectedOwnKey(LockScenario.ownKey)))
    }

    @Test func `open is momentary: without the latch's own word it is read after 15 s`() {
        var story = LockScenario.running(at: .dayLock)
        story.reaches(.open)
        let start = story.now.uptime
        story.advance(by: .seconds(15))
        #expect(story.state == .unlocked)
        #expect(story.readTimes == [start + .seconds(15)])
    }
}

extension LockScenario {
    /// Bluetooth to the lock is lost, by the bridge's word.
    mutating func loses() { reports(.init(kind: .signal, signal: SignalReading(wifi: 60, lockLost: true))) }
}
