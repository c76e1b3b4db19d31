import LockDomain
import Testing

@Suite struct `A command` {
    @Test func `is sent, accepted and confirmed by the lock's own word`() {
        var story = LockScenario.running(at: .dayLock)
        let id = story.request(.lock)
        story.answers(.acknowledged)
        story.goes(to: .nightLock, key: LockScenario.ownKey)
        story.reaches(.nightLock, key: LockScenario.ownKey)
        #expect(story.statuses(of: id) == [.received, .sending, .sent, .accepted, .confirmed])
        #expect(story.results.last?.attempts == 1)
        #expect(story.results.last?.road == .local)
        #expect(story.words == [.locking, .locked])
        #expect(story.occurrences.map(\.cause) == [.gateway, .gateway])
        #expect(story.occurrences.map(\.keyName) == ["Gateway", "Gateway"])
    }

    @Test func `is not repeated once the bridge may have heard it`() {
        var story = LockScenario.running()
        let id = story.request(.open)
        story.answers(.unanswered)
        story.advance(by: .seconds(600))
        #expect(story.attempts.count == 1)
        #expect(story.statuses(of: id).last == .failed(.noResponse))
        #expect(story.words == [.commandFailed])
    }

    @Test func `is tried again after half, one, two seconds while it provably never left`() {
        var story = LockScenario.running()
        story.commandAnswer = .notSent(.unreachable(.refused))
        let start = story.now.uptime
        let id = story.request(.lock)
        story.advance(by: .seconds(60))
        #expect(story.attempts.count == 17)
        #expect(story.attempts.allSatisfy { $0.notAfter == start + .seconds(30) })
        #expect(story.statuses(of: id).last == .expired(.unreachable))
    }

    @Test func `is confirmed five seconds after a lock that is already there took it`() {
        var story = LockScenario.running(at: .nightLock)
        let id = story.request(.lock)
        story.answers(.acknowledged)
        story.goes(to: .nightLock, key: LockScenario.ownKey)
        story.advance(by: .milliseconds(4999))
        #expect(story.statuses(of: id).last == .accepted)
        story.advance(by: .milliseconds(1))
        #expect(story.statuses(of: id).last == .confirmed)
    }

    @Test func `ends unconfirmed when the lock says nothing and did not move`() {
        var story = LockScenario.running(at: .dayLock)
        let id = story.request(.lock)
        story.answers(.acknowledged)
        story.advance(by: .seconds(30))
        #expect(story.statuses(of: id).last == .failed(.noConfirmation))
        #expect(story.state == .unlocked, "proven webhooks vouch for the silence")
    }

    @Test func `is confirmed by a read that shows the change when the webhooks were lost`() {
        var story = LockScenario.running(at: .dayLock)
        let id = story.request(.lock)
        story.answers(.acknowledged)
        story.bridge = .shows(.online(at: .nightLock))
        story.advance(by: .seconds(30))
        #expect(story.statuses(of: id).last == .confirmed)
        #expect(story.state == .locked)
    }

    @Test func `is confirmed by a read when the lock said late that it moves, and its last word was lost`() {
        var story = LockScenario.running(at: .dayLock)
        let id = story.request(.lock)
        story.answers(.acknowledged)
        story.advance(by: .seconds(3))
        story.goes(to: .nightLock, key: LockScenario.ownKey)
        story.bridge = .shows(.online(at: .nightLock))
        story.advance(by: .milliseconds(29_999))
        #expect(story.statuses(of: id).last == .accepted)
        #expect(story.state == .locking)
        story.advance(by: .milliseconds(1))
        #expect(story.statuses(of: id) == [.received, .sending, .sent, .accepted, .confirmed])
        #expect(story.state == .locked)
    }

    @Test func `is not waited for longer because the lock says again that it moves`() {
        var story = LockScenario.running(at: .dayLock)
        let id = story.request(.lock)
        story.answers(.acknowledged)
        story.advance(by: .seconds(1))
        story.goes(to: .nightLock, key: LockScenario.ownKey)
        story.advance(by: .seconds(20))
        story.goes(to: .nightLock, key: LockScenario.ownKey)
        story.advance(by: .milliseconds(9999))
        #expect(story.statuses(of: id).last == .accepted)
        story.advance(by: .milliseconds(1))
        #expect(story.statuses(of: id).last == .failed(.noConfirmation))
    }

    @Test func `is not confirmed by a lock that stood there before and stayed silent`() {
        var story = LockScenario.running(at: .nightLock)
        let id = story.request(.lock)
        story.answers(.acknowledged)
        story.advance(by: .seconds(30))
        #expect(story.statuses(of: id).last == .failed(.noConfirmation))
    }

    @Test func `makes the old state unknown when no webhooks arrive to vouch for it`() {
        var story = LockScenario(.shows(.online(at: .dayLock)))
        story.start()
        story.advance(by: .seconds(400))
        story.request(.lock)
        story.answers(.acknowledged)
        #expect(story.state == .unlocked)
        story.advance(by: .seconds(10))
        #expect(story.state == .unknown)
        story.advance(by: .seconds(200))
        #expect(story.state == .unlocked)
    }

    @Test func `is seen within ten seconds when no webhooks arrive`() {
        var story = LockScenario(.shows(.online(at: .dayLock)))
        story.start()
        story.advance(by: .seconds(400))
        let id = story.request(.lock)
        story.answers(.acknowledged)
        story.bridge = .shows(.online(at: .nightLock))
        story.advance(by: .seconds(10))
        #expect(story.state == .locked)
        #expect(story.statuses(of: id).last == .confirmed)
    }

    @Test func `fails when the motor stalls`() {
        var story = LockScenario.running(at: .dayLock)
        let id = story.request(.lock)
        story.answers(.acknowledged)
        story.goes(to: .nightLock, key: LockScenario.ownKey)
        story.stalls(key: LockScenario.ownKey)
        #expect(story.statuses(of: id).last == .failed(.jammed))
        #expect(story.words == [.locking, .jammed, .commandFailed])
    }

    @Test func `that is newer replaces one that was not yet written`() {
        var story = LockScenario.running()
        story.commandAnswer = .notSent(.unreachable(.connectTimeout))
        let first = story.request(.lock)
        story.commandAnswer = nil
        let second = story.request(.unlock)
        #expect(story.statuses(of: first).last == .superseded)
        #expect(story.statuses(of: second).last == .sending)
        #expect(story.attempts.map(\.action) == [.lock, .unlock])
    }

    @Test func `that is newer replaces one whose attempt under way turns out to have written nothing`() {
        var story = LockScenario.running()
        let first = story.request(.lock)
        let second = story.request(.unlock)
        #expect(story.attempts.map(\.action) == [.lock])
        story.answers(.notSent(.unreachable(.refused)))
        #expect(story.statuses(of: first) == [.received, .sending, .superseded])
        #expect(story.statuses(of: second) == [.received, .sending])
        #expect(story.attempts.map(\.action) == [.lock, .unlock])
    }

    @Test func `that is newer waits for one that may have left, and only the newest goes`() {
        var story = LockScenario.running(at: .dayLock)
        story.request(.lock)
        story.answers(.acknowledged)
        let second = story.request(.open)
        let third = story.request(.unlock)
        #expect(story.attempts.count == 1)
        #expect(story.statuses(of: second) == [.received, .superseded])
        story.reaches(.nightLock, key: LockScenario.ownKey)
        #expect(story.attempts.map(\.action) == [.lock, .unlock])
        story.answers(.acknowledged)
        story.reaches(.dayLock, key: LockScenario.ownKey)
        #expect(story.statuses(of: third) == [.received, .sending, .sent, .confirmed])
    }

    @Test func `equal to the one under way joins it and shares its end`() {
        var story = LockScenario.running(at: .dayLock)
        let first = story.request(.lock)
        story.answers(.acknowledged)
        let second = story.request(.lock)
        story.reaches(.nightLock, key: LockScenario.ownKey)
        #expect(story.attempts.count == 1)
        #expect(story.statuses(of: first).last == .confirmed)
        #expect(story.statuses(of: second) == [.sent, .confirmed])
    }

    @Test func `to a lock that is offline fails after one look, with nothing sent`() {
        var story = LockScenario.running()
        story.bridge = .shows(.lockOffline)
        story.tell(.refreshRequested)
        story.forget()
        let id = story.request(.lock)
        #expect(story.statuses(of: id) == [.received, .failed(.offline)])
        #expect(story.readTimes.count == 1)
        #expect(story.attempts.isEmpty)
    }

    @Test func `to a lock that has come back unnoticed goes out after one look`() {
        var story = LockScenario.running()
        story.bridge = .shows(.lockOffline)
        story.tell(.refreshRequested)
        story.bridge = .shows(.online(at: .dayLock))
        story.request(.lock)
        #expect(story.attempts.count == 1)
    }

    @Test func `expires when the bridge cannot be asked before its deadline`() {
        var story = LockScenario.running()
        story.bridge = .fails(.refused)
        story.advance(by: .seconds(60))
        let id = story.request(.open)
        story.advance(by: .seconds(10))
        #expect(story.statuses(of: id).last == .expired(.unreachable))
        #expect(story.attempts.isEmpty)
    }

    @Test func `is put before a read that is under way`() {
        var story = LockScenario.running()
        story.bridge = .silent
        story.tell(.refreshRequested)
        story.request(.lock)
        #expect(story.abandonments == 1)
        #expect(story.attempts.count == 1)
    }

    @Test func `is refused, with nothing sent, for each reason`() {
        var story = LockScenario.running(at: .dayLock, allowed: [.lock])
        story.request(.open)
        story.request(.lock, expiresIn: 0)
        story.request(.lock, issuedAgo: 31)
        story.request(.lock, timeToLive: .zero)
        story.request(.lock, ifState: .locked)
        #expect(
            story.results.map(\.status) == [
                .refused(.notAllowed), .refused(.expired), .refused(.expired), .refused(.expired),
                .refused(.stateDiffers),
            ]
        )
        #expect(story.attempts.isEmpty)
    }

    @Test func `seen before is refused with its first result, and moves nothing`() {
        var story = LockScenario.running(at: .dayLock)
        story.request(.lock, id: "again")
        story.answers(.acknowledged)
        story.reaches(.nightLock, key: LockScenario.ownKey)
        let confirmedAt = story.now.unix
        story.advance(by: .seconds(3600))
        story.request(.lock, id: "again")
        #expect(story.results.last?.status == .refused(.duplicate))
        #expect(story.results.last?.first == .init(status: .confirmed, updatedAt: confirmedAt))
        #expect(story.attempts.count == 1)
    }

    @Test func `is refused as the seventh within ten seconds`() {
        var story = LockScenario.running()
        for _ in 0..<6 { story.request(.lock) }
        let seventh = story.request(.lock)
        #expect(story.statuses(of: seventh) == [.refused(.rateLimited)])
        story.advance(by: .seconds(10))
        let eighth = story.request(.lock)
        #expect(story.statuses(of: eighth) == [.sending])
    }

    @Test func `lives no longer than its message`() {
        var story = LockScenario.running()
        story.commandAnswer = .notSent(.unreachable(.noRoute))
        let start = story.now.uptime
        story.request(.lock, timeToLive: .seconds(3))
        story.advance(by: .seconds(60))
        #expect(story.attempts.allSatisfy { $0.notAfter == start + .seconds(3) })
        #expect(story.attempts.count == 3)
    }

    @Test func `fails for good when the bridge answers with an error`() {
        var story = LockScenario.running()
        let id = story.request(.lock)
        story.answers(.refused(status: 500))
        #expect(story.statuses(of: id).last == .failed(.rejected))
        story.advance(by: .seconds(60))
        #expect(story.attempts.count == 1)
    }

    @Test(arguments: [
        (NotSentReason.wrongBridge, FailureReason.wrongBridge), (.journalUnavailable, .journalUnavailable),
    ]) func `fails at once when it must not be sent`(reason: NotSentReason, failure: FailureReason) {
        var story = LockScenario.running()
        let id = story.request(.lock)
        story.answers(.notSent(reason))
        #expect(story.statuses(of: id).last == .failed(failure))
    }
}

@Suite struct `Who moved the lock` {
    @Test func `is told by key, name and cause of that movement alone`() {
        var story = LockScenario.running(at: .dayLock)
        story.goes(to: .nightLock, key: LockScenario.alice, cause: .touch)
        story.reaches(.nightLock, key: LockScenario.alice)
        #expect(story.report.lastAction?.cause == .touch)
        #expect(story.report.lastAction?.keyName == "Alice")
        story.advance(by: .seconds(60))
        story.reaches(.dayLock)
        #expect(story.report.lastAction?.cause == .byHand)
        #expect(story.report.lastAction?.key == nil)
        #expect(story.report.lastAction?.keyName == nil)
    }

    @Test func `is the lock itself when the latch falls back after an opening`() {
        var story = LockScenario.running(at: .dayLock)
        story.reaches(.open, key: LockScenario.alice)
        story.advance(by: .seconds(3))
        story.reaches(.dayLock)
        #expect(story.report.lastAction?.cause == .auto)
    }

    @Test func `is said to be unexpected when it was our key without a command of ours`() {
        var story = LockScenario.running(at: .nightLock)
        story.goes(to: .dayLock, key: LockScenario.ownKey)
        story.reaches(.dayLock, key: LockScenario.ownKey)
        #expect(story.words == [.unlocking, .unexpectedOwnKey, .unlocked])
        #expect(story.notices.contains(.unexpectedOwnKey(LockScenario.ownKey)))
    }

    @Test func `is said to be unexpected when one command makes a second movement`() {
        var story = LockScenario.running(at: .nightLock)
        story.request(.unlock)
        story.answers(.acknowledged)
        story.goes(to: .dayLock, key: LockScenario.ownKey)
        story.reaches(.dayLock, key: LockScenario.ownKey)
        story.advance(by: .seconds(2))
        story.reaches(.nightLock)
        story.goes(to: .dayLock, key: LockScenario.ownKey)
        #expect(story.words == [.unlocking, .unlocked, .locked, .unlocking, .unexpectedOwnKey])
    }
}
