import LockDomain
import Testing

/// While a bridge's `/status` may lag, what a command may have done counts for more than what it still shows.
@Suite struct `A command to a lock that nobody knows the place of` {
    /// The lock was away and is back; one read has shown it.
    private func returned(at bolt: BoltState) -> LockScenario {
        var story = LockScenario.running(at: bolt)
        story.losesItsLinkForAMoment()
        #expect(story.state == .unknown)
        return story
    }

    @Test func `leaves it unknown while the bridge shows what was before, and a read that shows its target is enough`()
    {
        var story = returned(at: .dayLock)
        let id = story.request(.lock)
        story.answers(.acknowledged)
        story.forget()
        story.advance(by: .seconds(100))
        #expect(story.states == [])
        #expect(story.statuses(of: id).last == .failed(.noConfirmation))
        story.bridge = .shows(.online(at: .nightLock))
        story.advance(by: .seconds(60))
        #expect(story.states == [.locked])
    }

    @Test func `lets what the bridge shows count again after three minutes`() {
        var story = returned(at: .dayLock)
        _ = story.request(.lock)
        story.answers(.acknowledged)
        story.forget()
        story.advance(by: .milliseconds(184_999))
        #expect(story.states == [])
        story.advance(by: .milliseconds(1))
        #expect(story.states == [.unlocked])
    }

    @Test func `that was never sent changes nothing`() {
        var story = returned(at: .dayLock)
        story.commandAnswer = .notSent(.wrongBridge)
        _ = story.request(.lock)
        story.advance(by: .seconds(10))
        #expect(story.state == .unlocked)
    }

    @Test func `after another that was not confirmed: what that one did is no proof against this one`() {
        var story = LockScenario(.shows(.online(at: .dayLock)))
        story.start()
        let first = story.request(.lock)
        story.answers(.acknowledged)
        story.advance(by: .seconds(31))
        #expect(story.statuses(of: first).last == .failed(.noConfirmation))
        #expect(story.state == .unknown)
        _ = story.request(.unlock)
        story.answers(.acknowledged)
        story.bridge = .shows(.online(at: .nightLock))
        story.forget()
        story.advance(by: .seconds(170))
        #expect(story.states == [])
        #expect(story.state == .unknown)
    }

    @Test func `that goes against a movement leaves that one shown as the lock said, and no read tells its end`() {
        var story = LockScenario.running(at: .nightLock)
        story.goes(to: .dayLock, key: LockScenario.alice)
        _ = story.request(.lock)
        story.answers(.acknowledged)
        #expect(story.state == .unlocking)
        story.bridge = .shows(.online(at: .dayLock))
        story.forget()
        story.advance(by: .seconds(179))
        #expect(story.states == [.unknown])
        story.advance(by: .seconds(1))
        #expect(story.state == .unlocked)
    }

    @Test func `is kept in mind over a restart, though something was reported after it was sent`() {
        var story = LockScenario.running(at: .dayLock)
        story.reaches(.open)
        _ = story.request(.lock)
        story.answers(.acknowledged)
        story.advance(by: .seconds(1))
        story.reaches(.dayLock)
        story.restart(after: .seconds(8))
        story.forget()
        story.advance(by: .seconds(100))
        #expect(story.states == [])
        #expect(story.state == .unknown)
    }

    @Test func `that ended is kept in mind though the clock is set forward`() {
        var story = LockScenario.running(at: .nightLock)
        _ = story.request(.unlock)
        story.answers(.unanswered)
        story.advance(by: .seconds(31))
        story.jumpWallClock(by: 200)
        story.losesItsLinkForAMoment()
        story.forget()
        story.advance(by: .seconds(60))
        #expect(story.states == [])
        #expect(story.state == .unknown)
    }

    @Test func `starts the time anew in which a stall is all that is said`() {
        var story = LockScenario.running(at: .dayLock)
        story.stalls()
        story.advance(by: .seconds(31))
        _ = story.request(.lock)
        story.answers(.acknowledged)
        story.forget()
        story.advance(by: .milliseconds(209_999))
        #expect(story.states == [])
        #expect(story.state == .jammed)
        story.advance(by: .milliseconds(1))
        #expect(story.states == [.unlocked])
    }

    @Test func `that is not confirmed has the lock looked at until the bridge would show what it did`() {
        var story = LockScenario.running(at: .nightLock)
        let id = story.request(.unlock)
        story.answers(.acknowledged)
        story.advance(by: .seconds(35))
        #expect(story.statuses(of: id).last == .failed(.noConfirmation))
        #expect(story.state == .locked, "proven webhooks vouch for the silence")
        story.bridge = .shows(.online(at: .dayLock))
        story.advance(by: .seconds(56))
        #expect(story.state == .unlocked)
        let before = story.readTimes.count
        story.advance(by: .seconds(40))
        #expect(story.readTimes.count == before)
    }

    @Test func `that is not confirmed has a lock that did not move looked at three times`() {
        var story = LockScenario.running(at: .nightLock)
        _ = story.request(.unlock)
        story.answers(.acknowledged)
        story.advance(by: .seconds(30))
        let before = story.readTimes.count
        story.advance(by: .seconds(1000))
        #expect(
            story.readTimes.dropFirst(before).map { $0 - story.readTimes[before - 1] } == [
                .seconds(60), .seconds(120), .seconds(180),
            ]
        )
        #expect(story.state == .locked)
    }

    @Test func `to open it leaves it unlocked when a read shows that the latch has fallen back`() {
        var story = LockScenario(.shows(.online(at: .nightLock)))
        story.start()
        _ = story.request(.open)
        story.answers(.acknowledged)
        story.bridge = .shows(.online(at: .dayLock))
        story.forget()
        story.advance(by: .seconds(300))
        #expect(story.states == [.unlocked])
    }
}

@Suite struct `A lock that said that it moves to where it stands` {
    @Test func `is nowhere for sure when a read shows another place soon after`() {
        var story = LockScenario.running(at: .dayLock)
        story.goes(to: .dayLock, key: LockScenario.alice)
        #expect(story.state == .unlocked)
        story.bridge = .shows(.online(at: .nightLock))
        story.tell(.refreshRequested)
        #expect(story.state == .unknown)
        #expect(story.report.webhookPath == .proven)
        story.bridge = .shows(.online(at: .dayLock))
        story.advance(by: .seconds(91))
        #expect(story.state == .unlocked)
    }
}

@Suite struct `A stall that the lock follows by a stop at no place, as it always does` {
    @Test func `is ended by two reads, the first 30 s after it`() {
        var story = LockScenario.running(at: .dayLock)
        story.stalls()
        story.reaches(.unknown)
        #expect(story.state == .jammed)
        story.forget()
        story.advance(by: .milliseconds(59_999))
        #expect(story.states == [])
        story.advance(by: .milliseconds(1))
        #expect(story.states == [.unlocked])
    }
}

@Suite struct `An open latch that a read showed` {
    @Test func `has not fallen back 15 s after the first of two openings`() {
        var story = LockScenario.running(at: .dayLock)
        story.reaches(.open)
        story.advance(by: .seconds(14))
        story.goes(to: .open, key: LockScenario.alice)
        story.bridge = .shows(.online(at: .dayLock))
        story.advance(by: .milliseconds(14_999))
        #expect(story.state == .open)
        story.advance(by: .milliseconds(1))
        #expect(story.state == .unlocked)
    }

    @Test func `is looked at again after 15 s`() {
        var story = LockScenario.running(at: .open)
        story.losesItsLinkForAMoment()
        story.advance(by: .seconds(5))
        #expect(story.state == .open)
        story.bridge = .shows(.online(at: .dayLock))
        story.advance(by: .seconds(15))
        #expect(story.state == .unlocked)
    }
}

@Suite struct `A stalled lock that says that it moves` {
    @Test func `is not said to be elsewhere within three minutes, when it was away meanwhile`() {
        var story = LockScenario.running(at: .dayLock)
        story.stalls()
        story.advance(by: .seconds(150))
        story.forget()
        story.stalls()
        story.goes(to: .nightLock, key: LockScenario.alice)
        #expect(story.state == .jammed)
        story.losesItsLinkForAMoment()
        story.forget()
        story.advance(by: .seconds(100))
        #expect(story.states == [])
        story.bridge = .shows(.online(at: .nightLock))
        story.advance(by: .seconds(70))
        #expect(story.states == [.locked])
    }

    @Test func `is believed by two reads once they cannot be older than that`() {
        var story = LockScenario.running(at: .dayLock)
        story.stalls()
        story.advance(by: .seconds(29))
        story.goes(to: .nightLock, key: LockScenario.alice)
        story.bridge = .shows(.online(at: .nightLock))
        story.forget()
        story.advance(by: .milliseconds(209_999))
        #expect(story.states == [])
        #expect(story.state == .jammed)
        story.advance(by: .milliseconds(1))
        #expect(story.states == [.locked])
    }
}

@Suite struct `A read that somebody asked for` {
    @Test func `is repeated when something overtook it`() {
        var story = LockScenario.running(at: .dayLock)
        story.bridge = .silent
        story.tell(.refreshRequested)
        story.advance(by: .milliseconds(100))
        story.reports(.init(kind: .battery, battery: BatteryReading(level: 80)))
        story.bridge = .shows(.online(at: .dayLock))
        story.statusRead(.read(.online(at: .dayLock), .esp32))
        let before = story.readTimes.count
        story.advance(by: .milliseconds(1999))
        #expect(story.readTimes.count == before)
        story.advance(by: .milliseconds(1))
        #expect(story.readTimes.count == before + 1)
        story.advance(by: .seconds(60))
        #expect(story.readTimes.count == before + 1)
    }
}

@Suite struct `A bridge that shows no place for the bolt` {
    @Test(arguments: [10, 90])
    func `does not make the gateway forget a command that may have moved it`(seconds: Int) {
        var story = LockScenario.running(at: .nightLock)
        _ = story.request(.unlock)
        story.answers(.acknowledged)
        story.bridge = .shows(.online(at: .unknown))
        story.advance(by: .seconds(seconds))
        story.tell(.refreshRequested)
        #expect(story.state == .unknown)
        story.bridge = .shows(.online(at: .nightLock))
        story.reports(.init(kind: .signal, signal: SignalReading(wifi: 60, bluetooth: 90)))
        story.forget()
        story.advance(by: .seconds(50))
        #expect(story.states == [])
        story.bridge = .shows(.online(at: .dayLock))
        story.advance(by: .seconds(120))
        #expect(story.states == [.unlocked])
    }

    @Test func `does not make it forget that the lock said that it moves to where it stood`() {
        var story = LockScenario.running(at: .dayLock)
        story.goes(to: .dayLock, key: LockScenario.alice)
        story.bridge = .shows(.online(at: .unknown))
        story.tell(.refreshRequested)
        #expect(story.state == .unknown)
        story.bridge = .shows(.online(at: .nightLock))
        story.forget()
        story.advance(by: .seconds(179))
        #expect(story.states == [])
        story.advance(by: .seconds(1))
        #expect(story.states == [.locked])
    }

    @Test func `does not make the gateway forget what the lock said shortly before`() {
        var story = LockScenario.running(at: .dayLock)
        story.reaches(.nightLock)
        story.bridge = .shows(.online(at: .unknown))
        story.tell(.refreshRequested)
        story.advance(by: .seconds(31))
        #expect(story.state == .unknown)
        story.bridge = .shows(.online(at: .dayLock))
        story.losesItsLinkForAMoment()
        story.forget()
        story.advance(by: .seconds(140))
        #expect(story.states == [])
        #expect(story.state == .unknown)
    }
}
