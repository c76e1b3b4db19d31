import LockDomain
import Testing

@Suite struct `A lock that was away` {
    /// `/status` lags: it shows what was before the movement.
    @Test func `is not said to be where it was before it moved`() {
        var story = LockScenario.running(at: .nightLock)
        story.goes(to: .dayLock, key: LockScenario.alice)
        story.advance(by: .seconds(2))
        story.reports(.init(kind: .signal, signal: SignalReading(wifi: 60, lockLost: true)))
        story.advance(by: .seconds(8))
        story.reports(.init(kind: .signal, signal: SignalReading(wifi: 60, bluetooth: 90)))
        story.forget()
        story.advance(by: .seconds(169))
        #expect(story.state == .unknown)
        #expect(story.explained?.rule == .movedBeforeLoss)
        #expect(story.explained?.target == .dayLock)
        // Three minutes after the movement began, two reads that agree are the truth.
        story.advance(by: .seconds(7))
        #expect(story.states == [.locked])
    }

    @Test func `is where its movement went as soon as two reads show that`() {
        var story = LockScenario.running(at: .nightLock)
        story.goes(to: .dayLock, key: LockScenario.alice)
        story.reports(.init(kind: .signal, signal: SignalReading(wifi: 60, lockLost: true)))
        story.bridge = .shows(.online(at: .dayLock))
        story.advance(by: .seconds(8))
        story.reports(.init(kind: .signal, signal: SignalReading(wifi: 60, bluetooth: 90)))
        story.advance(by: .seconds(5))
        #expect(story.state == .unlocked)
        #expect(story.explained?.rule == .twoReads)
    }

    @Test func `is read again soon when the first read was overtaken by something that it said`() {
        var story = LockScenario.running(at: .nightLock)
        story.reports(.init(kind: .signal, signal: SignalReading(wifi: 60, lockLost: true)))
        story.bridge = .silent
        story.reports(.init(kind: .signal, signal: SignalReading(wifi: 60, bluetooth: 90)))
        story.advance(by: .milliseconds(100))
        story.reports(.init(kind: .battery, battery: BatteryReading(level: 80)))
        story.statusRead(.read(.online(at: .nightLock), .esp32))
        #expect(story.state == .unknown)
        story.bridge = .shows(.online(at: .nightLock))
        story.advance(by: .seconds(7))
        #expect(story.state == .locked)
    }

    @Test func `is looked at soon and then ever more rarely while its movement does not show`() {
        var story = LockScenario.running(at: .nightLock)
        story.reaches(.dayLock)
        story.reports(.init(kind: .signal, signal: SignalReading(wifi: 60, lockLost: true)))
        let start = story.now.uptime
        story.advance(by: .seconds(4))
        story.reports(.init(kind: .signal, signal: SignalReading(wifi: 60, bluetooth: 90)))
        story.forget()
        story.advance(by: .seconds(40))
        #expect(story.readTimes.map { ($0 - start) / .milliseconds(1) } == [9000, 14_000, 21_000, 31_500])
        #expect(story.state == .unknown)
        story.bridge = .shows(.online(at: .dayLock))
        story.advance(by: .seconds(12))
        #expect(story.state == .unlocked)
    }

    @Test func `is not read without end because something overtook a read while it was away`() {
        var story = LockScenario.running(at: .nightLock)
        story.bridge = .silent
        story.tell(.refreshRequested)
        story.advance(by: .milliseconds(100))
        story.reports(.init(kind: .signal, signal: SignalReading(wifi: 60, lockLost: true)))
        story.statusRead(.read(.lockOffline, .esp32))
        story.bridge = .shows(.lockOffline)
        let before = story.readTimes.count
        story.advance(by: .seconds(300))
        // Two seconds after the one that was overtaken, then once a minute.
        #expect(story.readTimes.count - before == 5)
        #expect(story.report.connectivity == .offline(.lockOffline))
        #expect(story.state == .unknown)
    }

    @Test func `is where it says it is, whatever was before`() {
        var story = LockScenario.running(at: .nightLock)
        story.goes(to: .dayLock, key: LockScenario.alice)
        story.reports(.init(kind: .signal, signal: SignalReading(wifi: 60, lockLost: true)))
        story.reaches(.nightLock)
        #expect(story.state == .locked)
    }

    @Test func `may have been moved by a command that nobody answered`() {
        var story = LockScenario.running(at: .nightLock)
        story.request(.unlock)
        story.answers(.unanswered)
        story.bridge = .fails(.connectTimeout)
        story.advance(by: .seconds(50))
        #expect(story.report.connectivity == .offline(.bridgeUnreachable))
        story.bridge = .shows(.online(at: .nightLock))
        story.advance(by: .seconds(120))
        #expect(story.report.connectivity == .online)
        #expect(story.state == .unknown)
        story.advance(by: .seconds(90))
        #expect(story.state == .locked)
    }

    @Test(arguments: [false, true])
    func `was not moved by a command that ended with nothing sent`(isReplaced: Bool) {
        var story = LockScenario.running(at: .nightLock)
        story.commandAnswer = .notSent(.unreachable(.connectTimeout))
        story.request(.open, timeToLive: .seconds(2))
        story.bridge = .fails(.connectTimeout)
        if isReplaced { story.request(.unlock, timeToLive: .seconds(2)) }
        story.advance(by: .seconds(60))
        #expect(story.report.connectivity == .offline(.bridgeUnreachable))
        story.bridge = .shows(.online(at: .nightLock))
        story.advance(by: .seconds(36))
        #expect(story.state == .locked)
        #expect(story.explained?.rule == .twoReads)
    }

    @Test func `may not have been moved by a command whose third attempt was its last`() {
        var story = LockScenario.running(at: .nightLock)
        story.bridge = .silent
        let id = story.request(.open)
        for _ in 0..<2 {
            story.advance(by: .seconds(3))
            story.answers(.notSent(.unreachable(.connectTimeout)))
        }
        story.advance(by: .seconds(3))
        story.answers(.notSent(.unreachable(.connectTimeout)))
        #expect(story.statuses(of: id).last == .expired(.unreachable))
        #expect(story.report.connectivity == .offline(.bridgeUnreachable))
        story.bridge = .shows(.online(at: .nightLock))
        story.advance(by: .seconds(36))
        #expect(story.state == .locked)
    }

    @Test func `is read three minutes after a stall at the earliest`() {
        var story = LockScenario.running(at: .nightLock)
        story.stalls()
        story.losesItsLinkForAMoment()
        story.advance(by: .seconds(179))
        #expect(story.state == .unknown)
        story.advance(by: .seconds(7))
        #expect(story.state == .locked)
    }

    @Test func `is not said to be where a movement began that was reversed`() {
        var story = LockScenario.running(at: .nightLock)
        story.goes(to: .dayLock, key: LockScenario.alice)
        story.advance(by: .seconds(1))
        story.goes(to: .nightLock, key: LockScenario.alice)
        story.forget()
        story.advance(by: .seconds(179))
        #expect(story.states == [.unknown])
        story.advance(by: .seconds(1))
        #expect(story.state == .locked)
    }

    @Test func `is not said to be elsewhere within three minutes of the word that it moves to where it stood`() {
        var story = LockScenario.running(at: .nightLock)
        story.goes(to: .nightLock, key: LockScenario.alice)
        story.reports(.init(kind: .signal, signal: SignalReading(wifi: 60, lockLost: true)))
        story.bridge = .shows(.online(at: .open))
        story.reports(.init(kind: .signal, signal: SignalReading(wifi: 60, bluetooth: 90)))
        story.forget()
        story.advance(by: .milliseconds(184_999))
        #expect(story.states == [])
        #expect(story.state == .unknown)
        story.advance(by: .milliseconds(1))
        #expect(story.state == .open)
    }

    @Test func `is not said to be where it was before a command, though the clock was set back meanwhile`() {
        var story = LockScenario.running(at: .nightLock)
        story.reaches(.nightLock)
        story.jumpWallClock(by: -50)
        _ = story.request(.unlock)
        story.answers(.unanswered)
        story.losesItsLinkForAMoment()
        story.forget()
        story.advance(by: .seconds(100))
        #expect(story.states == [])
        #expect(story.state == .unknown)
    }

    @Test func `gets no command that had been taken on before it went, and that waits for another`() {
        var story = LockScenario.running(at: .dayLock)
        let first = story.request(.lock)
        story.answers(.acknowledged)
        let second = story.request(.open, timeToLive: .seconds(300))
        story.reports(.init(kind: .signal, signal: SignalReading(wifi: 60, lockLost: true)))
        story.bridge = .shows(.lockOffline)
        story.advance(by: .seconds(31))
        #expect(story.statuses(of: first).last == .failed(.noConfirmation))
        #expect(story.statuses(of: second).last == .expired(nil))
        #expect(story.attempts.map(\.action) == [.lock])
    }

    @Test func `gets no further attempt of a command that was being tried`() {
        var story = LockScenario.running(at: .dayLock)
        let id = story.request(.lock)
        story.answers(.notSent(.unreachable(.refused)))
        story.bridge = .shows(.lockOffline)
        story.reports(.init(kind: .signal, signal: SignalReading(wifi: 60, lockLost: true)))
        story.advance(by: .seconds(2))
        #expect(story.statuses(of: id) == [.received, .sending, .failed(.offline)])
        #expect(story.attempts.count == 1)
    }

    @Test func `gets the command after all when it is back in time`() {
        var story = LockScenario.running(at: .dayLock)
        let id = story.request(.lock)
        story.answers(.notSent(.unreachable(.refused)))
        story.bridge = .silent
        story.reports(.init(kind: .signal, signal: SignalReading(wifi: 60, lockLost: true)))
        story.advance(by: .seconds(2))
        story.reports(.init(kind: .signal, signal: SignalReading(wifi: 60, bluetooth: 90)))
        story.settle()
        #expect(story.statuses(of: id) == [.received, .sending, .sending])
        #expect(story.attempts.count == 2)
    }
}

@Suite struct `An attempt of which nothing has left` {
    @Test func `is withdrawn for a newer command, which goes at once`() {
        var story = LockScenario.running()
        story.withdraws = true
        let first = story.request(.lock)
        let second = story.request(.unlock)
        #expect(story.withdrawals.map(\.action) == [.lock])
        #expect(story.statuses(of: first) == [.received, .sending, .superseded])
        #expect(story.statuses(of: second) == [.received, .sending])
        #expect(story.attempts.map(\.action) == [.lock, .unlock])
    }

    @Test func `is withdrawn when commands are switched off`() {
        var story = LockScenario.running()
        story.withdraws = true
        let id = story.request(.lock)
        story.tell(.commandsSwitched(false))
        #expect(story.statuses(of: id) == [.received, .sending, .refused(.disabled)])
        #expect(story.withdrawals.count == 1)
    }

    @Test func `is withdrawn when it may not be asked any more, and so is what waits`() {
        var story = LockScenario.running()
        story.withdraws = true
        let first = story.request(.open)
        story.configure(allowed: [.lock])
        #expect(story.statuses(of: first) == [.received, .sending, .refused(.notAllowed)])

        let second = story.request(.lock)
        story.answers(.acknowledged)
        story.configure(allowed: [.lock, .unlock])
        let third = story.request(.unlock)
        story.configure(allowed: [.lock])
        #expect(story.statuses(of: third) == [.received, .refused(.notAllowed)])
        #expect(story.statuses(of: second) == [.received, .sending, .sent])
    }

    @Test func `is withdrawn once, and goes on when it turns out to have left`() {
        var story = LockScenario.running(at: .dayLock)
        let id = story.request(.lock)
        story.tell(.commandsSwitched(false))
        story.advance(by: .seconds(1))
        #expect(story.withdrawals.count == 1)
        story.answers(.acknowledged)
        story.reaches(.nightLock, key: LockScenario.ownKey)
        #expect(story.statuses(of: id) == [.received, .sending, .sent, .confirmed])
    }

    @Test func `is made again when it was withdrawn for something that holds no more`() {
        var story = LockScenario.running()
        let id = story.request(.lock)
        story.tell(.commandsSwitched(false))
        story.tell(.commandsSwitched(true))
        story.answers(.notSent(.withdrawn))
        #expect(story.statuses(of: id) == [.received, .sending, .sending])
        #expect(story.attempts.map(\.number) == [1, 2])
    }
}

@Suite struct `What confirms a command` {
    @Test func `is no report that was signed before it was made`() {
        var story = LockScenario.running(at: .nightLock)
        let id = story.request(.unlock)
        story.answers(.acknowledged)
        story.advance(by: .seconds(1))
        story.reaches(.dayLock, signedAgo: 4)
        #expect(story.statuses(of: id).last == .sent)
        #expect(story.state == .unlocked)
    }

    @Test func `is a report without a key that was signed since`() {
        var story = LockScenario.running(at: .nightLock)
        let id = story.request(.unlock)
        story.answers(.acknowledged)
        story.advance(by: .seconds(3))
        story.reaches(.dayLock, signedAgo: 2)
        #expect(story.statuses(of: id).last == .confirmed)
    }

    @Test func `counts also when the bridge answered with an error afterwards`() {
        var story = LockScenario.running(at: .dayLock)
        let id = story.request(.lock)
        story.goes(to: .nightLock, key: LockScenario.ownKey)
        story.answers(.refused(status: 500))
        #expect(story.statuses(of: id) == [.received, .sending, .accepted])
        story.reaches(.nightLock, key: LockScenario.ownKey)
        #expect(story.statuses(of: id).last == .confirmed)
    }

    @Test func `is no read that shows where a reversed movement began`() {
        var story = LockScenario.running(at: .nightLock)
        story.goes(to: .dayLock, key: LockScenario.alice)
        let id = story.request(.lock)
        story.answers(.acknowledged)
        story.goes(to: .nightLock, key: LockScenario.ownKey)
        story.advance(by: .seconds(60))
        #expect(story.statuses(of: id).last == .failed(.noConfirmation))
        #expect(story.state == .unknown)
    }
}
