import LockDomain
import Testing

/// The second half: rules 5 to 11 among each other.
extension `Two rules of evidence` {
    @Test func `5 and 6: one status that says offline outweighs the freshest webhook`() {
        var story = LockScenario.running(at: .dayLock)
        story.reaches(.nightLock)
        story.bridge = .shows(.lockOffline)
        story.advance(by: .seconds(1))
        story.tell(.refreshRequested)
        #expect(story.states == [.locked, .unknown])
    }

    @Test func `5 and 7: a read without a position needs a second one to outweigh a webhook`() {
        var story = LockScenario.running(at: .dayLock)
        story.reaches(.nightLock)
        story.bridge = .shows(.online(at: .unknown))
        story.tell(.refreshRequested)
        #expect(story.state == .locked)
        story.advance(by: .seconds(30))
        #expect(story.state == .unknown)
    }

    @Test func `5 and 8: a late webhook does not outweigh a read that came after the newest`() {
        var story = LockScenario.running(at: .dayLock)
        story.reaches(.nightLock)
        story.bridge = .shows(.online(at: .nightLock))
        story.advance(by: .seconds(301))
        story.bridge = .shows(.online(at: .dayLock))
        story.tell(.refreshRequested)
        story.reaches(.nightLock, signedAgo: 302)
        #expect(story.state == .unlocked)
    }

    @Test func `5 and 9: reads alone keep the road proven`() {
        var policy = LockPolicy()
        policy.statusIntervalUnproven = .seconds(30)
        var story = LockScenario(.shows(.online(at: .nightLock)), policy: policy)
        story.start()
        story.advance(by: .seconds(3600))
        #expect(story.states == [.unknown, .locked])
    }

    @Test func `5 and 10: a change that only a read shows is nobody's`() {
        var story = LockScenario.running(at: .dayLock)
        story.goes(to: .nightLock, key: LockScenario.alice)
        story.reaches(.nightLock, key: LockScenario.alice)
        let action = story.report.lastAction
        story.advance(by: .seconds(301))
        story.forget()
        story.tell(.refreshRequested)
        #expect(story.states == [.unlocked])
        #expect(story.words == [])
        #expect(story.report.lastAction == action, "it still tells of the movement it belongs to")
    }

    @Test func `6 and 7: a strength that is missing does not take the lock offline`() {
        var story = LockScenario.running(at: .nightLock)
        story.reports(.init(kind: .signal, signal: SignalReading(wifi: 60)))
        #expect(story.report.connectivity == .online)
        #expect(story.report.signal == SignalReading(wifi: 60))
    }

    @Test func `6 and 9: the word that the lock is lost proves that the bridge lives`() {
        var story = LockScenario.running(at: .nightLock)
        story.bridge = .fails(.refused)
        for _ in 0..<10 {
            story.loses()
            story.advance(by: .seconds(40))
        }
        #expect(story.report.connectivity == .offline(.lockOffline))
    }

    @Test func `6 and 11: a movement by our key that ends an absence is a surprise all the same`() {
        var story = LockScenario.running(at: .nightLock)
        story.loses()
        story.bridge = .silent
        story.forget()
        story.reaches(.dayLock, key: LockScenario.ownKey)
        #expect(story.words == [.online, .unlocked, .unexpectedOwnKey])
    }

    @Test func `8 and 9: a repeat is no sign of life`() {
        var story = LockScenario.running(at: .nightLock)
        let alive = BridgeReport(kind: .signal, signal: SignalReading(wifi: 60, bluetooth: 70))
        let stamp = story.reports(alive)
        story.bridge = .silent
        story.tell(.refreshRequested)
        for _ in 0..<10 {
            story.advance(by: story.policy.proofLifetime / 10)
            story.tell(.bridgeReported(alive, stamp))
        }
        #expect(story.state == .unknown)
        #expect(story.report.connectivity == .offline(.bridgeUnreachable))
    }

    @Test func `8 and 10: a late event tells its own author and leaves the last action alone`() {
        var story = LockScenario.running(at: .nightLock)
        story.reaches(.dayLock, key: LockScenario.alice)
        story.reaches(.nightLock, key: LockScenario.ownKey, signedAgo: 2)
        #expect(story.occurrences.last?.key == LockScenario.ownKey)
        #expect(story.report.lastAction?.key == LockScenario.alice)
    }

    @Test func `8 and 11: a late event by our own key is no second surprise`() {
        var story = LockScenario.running(at: .nightLock)
        story.request(.unlock)
        story.answers(.acknowledged)
        story.reaches(.dayLock, key: LockScenario.ownKey)
        story.reports(
            .init(kind: .going(to: .dayLock), eventType: "GO_TO_STATE_X", key: LockScenario.ownKey),
            signedAgo: 1
        )
        #expect(story.words == [.unlocked, .unlocking])
    }

    @Test func `9 and 11: a command accounts for a movement only within its time`() {
        var story = LockScenario.running(at: .nightLock)
        story.request(.unlock)
        story.answers(.unanswered)
        story.advance(by: .seconds(300))
        story.forget()
        story.goes(to: .dayLock, key: LockScenario.ownKey)
        #expect(story.words == [.unlocking, .unexpectedOwnKey])
    }

    @Test func `10 and 11: our own key by our own command is the gateway, and no surprise`() {
        var story = LockScenario.running(at: .nightLock)
        story.request(.unlock)
        story.answers(.acknowledged)
        story.goes(to: .dayLock, key: LockScenario.ownKey)
        story.reaches(.dayLock)
        #expect(story.occurrences.map(\.cause) == [.gateway, .gateway])
        #expect(story.occurrences.map(\.keyName) == ["Gateway", "Gateway"])
    }
}
