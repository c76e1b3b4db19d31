import LockDomain
import Testing

@Suite struct `A command after a restart` {
    @Test func `that may have left ends with an unknown outcome, and is never written again`() {
        var story = LockScenario.running(at: .dayLock)
        let id = story.request(.lock)
        #expect(story.attempts.count == 1)
        story.restart()
        #expect(story.statuses(of: id).last == .failed(.outcomeUnknown))
        #expect(story.words == [.commandFailed])
        story.advance(by: .seconds(600))
        #expect(story.attempts.count == 1)
        #expect(story.statuses(of: id).filter(\.isFinal).count == 1)
    }

    @Test func `that had been sent ends the same`() {
        var story = LockScenario.running(at: .dayLock)
        let id = story.request(.lock)
        story.answers(.acknowledged)
        story.restart()
        #expect(story.statuses(of: id) == [.received, .sending, .sent, .failed(.outcomeUnknown)])
    }

    @Test func `of which nothing was begun ends as expired`() {
        var story = LockScenario.running(at: .dayLock)
        story.request(.lock)
        story.answers(.acknowledged)
        let waiting = story.request(.unlock)
        story.restart()
        #expect(story.statuses(of: waiting) == [.received, .expired(nil)])
    }

    @Test func `is known by its id for a day`() {
        var story = LockScenario.running(at: .dayLock)
        story.request(.lock, id: "once")
        story.answers(.acknowledged)
        story.reaches(.nightLock, key: LockScenario.ownKey)
        story.restart(after: .seconds(23 * 3600))
        story.request(.lock, id: "once")
        #expect(story.results.last?.status == .refused(.duplicate))
        #expect(story.results.last?.first?.status == .confirmed)
        #expect(story.attempts.count == 1)
    }

    @Test func `leaves the state unknown while it may still move the bolt`() {
        var story = LockScenario.running(at: .dayLock)
        story.request(.lock)
        story.restart()
        story.advance(by: .seconds(100))
        #expect(story.report.connectivity == .online)
        #expect(story.state == .unknown, "the status may lag: it shows where the bolt was")
        story.advance(by: .seconds(80))
        #expect(story.state == .unlocked)
    }

    @Test func `does not keep the target from being believed`() {
        var story = LockScenario.running(at: .dayLock)
        story.request(.lock)
        story.bridge = .shows(.online(at: .nightLock))
        story.restart()
        #expect(story.state == .locked)
    }

    @Test func `that was cut off by an orderly stop leaves the state unknown, too`() {
        var story = LockScenario.running(at: .dayLock)
        let id = story.request(.lock)
        story.answers(.acknowledged)
        story.tell(.stopping)
        #expect(story.statuses(of: id).last == .failed(.outcomeUnknown))
        story.restart()
        story.forget()
        story.advance(by: .seconds(100))
        #expect(story.state == .unknown, "the status may lag: it shows where the bolt was")
        #expect(story.statuses(of: id) == [], "it ended once")
        story.goes(to: .nightLock, key: LockScenario.ownKey)
        story.reaches(.nightLock, key: LockScenario.ownKey)
        #expect(story.words == [.locking, .locked], "a movement by our key is no surprise then")
    }

    @Test func `that was not confirmed before it leaves the state unknown, too`() {
        var story = LockScenario.running(at: .dayLock)
        let id = story.request(.lock)
        story.answers(.acknowledged)
        story.bridge = .fails(.noAnswer)
        story.advance(by: .seconds(35))
        #expect(story.statuses(of: id).last == .failed(.noConfirmation))
        story.bridge = .shows(.online(at: .dayLock))
        story.restart()
        #expect(story.state == .unknown)
        story.advance(by: .seconds(180))
        #expect(story.state == .unlocked)
    }

    @Test func `that was provably not carried out casts no doubt`() {
        var story = LockScenario.running(at: .dayLock)
        let id = story.request(.lock)
        story.answers(.refused(status: 401))
        #expect(story.statuses(of: id).last == .failed(.unauthorized))
        story.restart()
        #expect(story.state == .unlocked)
    }

    @Test func `of long ago does not cast doubt on what is seen now`() {
        var story = LockScenario.running(at: .dayLock)
        story.request(.lock)
        story.restart(after: .seconds(180))
        #expect(story.state == .unlocked)
    }
}

@Suite struct `The kill switch` {
    @Test func `refuses commands until it is turned on again`() {
        var story = LockScenario.running()
        story.tell(.commandsSwitched(false))
        #expect(!story.report.areCommandsEnabled)
        let refused = story.request(.lock)
        #expect(story.statuses(of: refused) == [.refused(.disabled)])
        story.tell(.commandsSwitched(true))
        let taken = story.request(.lock)
        #expect(story.statuses(of: taken) == [.received, .sending])
        #expect(story.notices.contains(.commandsSwitched(false)) && story.notices.contains(.commandsSwitched(true)))
    }

    @Test func `holds over a restart`() {
        var story = LockScenario.running()
        story.tell(.commandsSwitched(false))
        story.restart()
        #expect(!story.report.areCommandsEnabled)
        let id = story.request(.lock)
        #expect(story.statuses(of: id) == [.refused(.disabled)])
    }

    @Test func `ends what was not yet written, and what waits`() {
        var story = LockScenario.running()
        story.request(.lock)
        story.answers(.acknowledged)
        let waiting = story.request(.unlock)
        story.tell(.commandsSwitched(false))
        #expect(story.statuses(of: waiting) == [.received, .refused(.disabled)])
        story.reaches(.nightLock, key: LockScenario.ownKey)
        #expect(story.attempts.count == 1)
    }

    @Test func `stops the next attempt of one that provably never left`() {
        var story = LockScenario.running()
        let id = story.request(.lock)
        story.tell(.commandsSwitched(false))
        story.answers(.notSent(.unreachable(.refused)))
        story.advance(by: .seconds(60))
        #expect(story.attempts.count == 1)
        #expect(story.statuses(of: id).last == .refused(.disabled))
    }
}

@Suite struct `Our clock` {
    @Test func `that shows less than when the gateway was made signs nothing`() {
        var policy = LockPolicy()
        policy.builtAt = UnixTime(seconds: 1_790_000_000)
        var story = LockScenario(.shows(.online(at: .dayLock)), policy: policy)
        story.start()
        #expect(story.report.problems == [.clock])
        let id = story.request(.lock)
        #expect(story.statuses(of: id) == [.received, .failed(.clock)])
        #expect(story.attempts.isEmpty)
        story.jumpWallClock(by: 100_000_000)
        let second = story.request(.lock)
        #expect(story.statuses(of: second) == [.received, .sending])
        #expect(story.report.problems == [])
    }

    @Test(arguments: [(60, true), (61, false), (-60, true), (-61, false)] as [(Int64, Bool)])
    func `must agree with the bridge's within a minute`(jump: Int64, isCredible: Bool) {
        var story = LockScenario.running()
        story.reports(.init(kind: .signal, signal: SignalReading(wifi: 60, bluetooth: 70)))
        story.advance(by: .seconds(30))
        story.jumpWallClock(by: jump)
        let id = story.request(.lock)
        #expect(story.statuses(of: id).last == (isCredible ? .sending : .failed(.clock)))
        #expect(story.attempts.isEmpty != isCredible)
    }

    @Test func `is not doubted for an old webhook that somebody plays again`() {
        var story = LockScenario.running()
        story.tell(.webhookRefusedForAge(skew: .seconds(86_400)))
        let id = story.request(.lock)
        #expect(story.statuses(of: id).last == .sending)
    }

    @Test func `may jump: no deadline moves with it`() {
        var story = LockScenario.running(at: .dayLock)
        story.commandAnswer = .notSent(.unreachable(.refused))
        let start = story.now.uptime
        let id = story.request(.lock)
        story.jumpWallClock(by: -50)
        story.advance(by: .seconds(29))
        #expect(story.statuses(of: id).last?.isFinal == false)
        story.advance(by: .seconds(1))
        #expect(story.statuses(of: id).last == .expired(.unreachable))
        #expect(story.attempts.allSatisfy { $0.notAfter == start + .seconds(30) })
    }
}

@Suite struct `Another bridge at the address` {
    private static let other: BridgeStatus = {
        var status = BridgeStatus.online(at: .nightLock)
        status.bridgeMAC = "ffffffffffff"
        return status
    }()

    @Test func `gives no state for this lock`() {
        var story = LockScenario.running(at: .dayLock)
        story.bridge = .shows(Self.other)
        story.tell(.refreshRequested)
        #expect(story.report.problems == [.wrongBridge])
        story.advance(by: .seconds(30))
        #expect(story.report.connectivity == .offline(.bridgeUnreachable))
        #expect(story.state == .unknown)
        #expect(story.report.bridgeMAC == "a0b1c2d3e4f1")
    }

    @Test func `gets no command`() {
        var story = LockScenario.running(at: .dayLock)
        story.bridge = .shows(Self.other)
        story.tell(.refreshRequested)
        story.advance(by: .seconds(30))
        let id = story.request(.lock)
        #expect(story.statuses(of: id) == [.received, .failed(.wrongBridge)])
        #expect(story.attempts.isEmpty)
    }

    @Test func `is told from the lock's own also after a restart`() {
        var story = LockScenario.running(at: .dayLock)
        story.bridge = .shows(Self.other)
        story.restart()
        #expect(story.report.problems == [.wrongBridge])
        #expect(story.state == .unknown)
    }

    @Test func `is forgotten as soon as the lock's own answers`() {
        var story = LockScenario.running(at: .dayLock)
        story.bridge = .shows(Self.other)
        story.tell(.refreshRequested)
        story.bridge = .shows(.online(at: .dayLock))
        story.advance(by: .seconds(5))
        #expect(story.report.problems == [])
        #expect(story.state == .unlocked)
    }

    @Test func `is the lock's own when it signs with the lock's bridge key`() {
        var story = LockScenario.running(at: .dayLock)
        story.reports(.init(kind: .battery, battery: BatteryReading(level: 70), bridgeMAC: "ffffffffffff"))
        story.bridge = .shows(Self.other)
        story.advance(by: .seconds(301))
        story.tell(.refreshRequested)
        #expect(!story.report.problems.contains(.wrongBridge))
        #expect(story.state == .locked)
    }

    @Test func `is named in every permission to write, so that no edge can take it for the lock's own`() {
        var story = LockScenario.running(at: .dayLock)
        story.request(.lock)
        #expect(story.attempts.map(\.bridgeMAC) == ["a0b1c2d3e4f1"])
    }
}

@Suite struct `A command's time` {
    @Test func `is its own also when it joined another: each expires by itself, and the last one still goes`() {
        var story = LockScenario.running(at: .dayLock)
        story.commandAnswer = .notSent(.unreachable(.refused))
        let first = story.request(.lock)
        story.advance(by: .seconds(20))
        let second = story.request(.lock)
        story.advance(by: .seconds(10))
        #expect(story.statuses(of: first).last == .expired(.unreachable))
        #expect(story.statuses(of: second).last == .sending)
        story.commandAnswer = .acknowledged
        story.advance(by: .seconds(2))
        #expect(story.statuses(of: second).last == .sent)
        #expect(story.statuses(of: first).filter(\.isFinal).count == 1)
    }

    @Test func `is over when it was made longer ago than its verb allows, or in the far future`() {
        var story = LockScenario.running(at: .nightLock)
        for age in [31, -61] as [Int64] {
            let id = story.request(.unlock, issuedAgo: age)
            #expect(story.statuses(of: id) == [.refused(.expired)])
        }
        let open = story.request(.open, issuedAgo: 11)
        #expect(story.statuses(of: open) == [.refused(.expired)])
        let fine = story.request(.unlock, issuedAgo: -60)
        #expect(story.statuses(of: fine) == [.received, .sending])
    }

    @Test func `is over at its own expiry, or as soon as no attempt can be made before it`() {
        var story = LockScenario.running(at: .dayLock)
        story.commandAnswer = .notSent(.unreachable(.refused))
        let start = story.now.uptime
        let id = story.request(.lock, expiresIn: 5)
        story.advance(by: .milliseconds(3_499))
        #expect(story.statuses(of: id).last == .sending)
        story.advance(by: .milliseconds(1))
        #expect(story.statuses(of: id).last == .expired(.unreachable), "the next attempt would come at 5.5 s")
        #expect(story.attempts.map(\.notAfter) == Array(repeating: start + .seconds(5), count: 4))

        story.bridge = .fails(.refused)
        story.advance(by: .seconds(60))
        let unseen = story.request(.lock, timeToLive: .seconds(5))
        story.advance(by: .milliseconds(4_999))
        #expect(story.statuses(of: unseen).last == .received)
        story.advance(by: .milliseconds(1))
        #expect(story.statuses(of: unseen).last == .expired(.unreachable))
    }

    @Test func `is over when its state has changed while it waited`() {
        var story = LockScenario.running(at: .nightLock)
        story.request(.unlock)
        story.answers(.acknowledged)
        let id = story.request(.lock, ifState: .locked)
        story.reaches(.dayLock, key: LockScenario.ownKey)
        #expect(story.statuses(of: id) == [.received, .refused(.stateDiffers)])
        #expect(story.attempts.count == 1)
    }
}

@Suite struct `An id` {
    @Test func `that was refused once is refused for good`() {
        var story = LockScenario.running(at: .dayLock)
        story.request(.lock, id: "x", ifState: .locked)
        story.reaches(.nightLock)
        story.request(.lock, id: "x", ifState: .locked)
        #expect(story.results.map(\.status) == [.refused(.stateDiffers), .refused(.duplicate)])
        #expect(story.results.last?.first?.status == .refused(.stateDiffers))
        #expect(story.attempts.isEmpty)
    }

    @Test func `of a message that was at fault stays free`() {
        var story = LockScenario.running(at: .dayLock)
        let rejected = RejectedCommand(id: CommandID("y")!, action: .lock, reason: .retained)
        story.tell(.commandRejected(rejected))
        story.request(.lock, id: "y")
        #expect(story.results.map(\.status) == [.refused(.retained), .received, .sending])
    }

    @Test func `is answered to each sender by its own ticket`() {
        var story = LockScenario.running(at: .dayLock)
        story.request(.lock, id: "z", reply: ReplyTicket(1))
        story.request(.lock, id: "z", reply: ReplyTicket(2))
        story.answers(.acknowledged)
        #expect(story.results.map(\.reply) == [1, 1, 2, 1].map(ReplyTicket.init))
        #expect(story.results[2].status == .refused(.duplicate))
        #expect(story.results[2].first?.status == .sending)
    }

    @Test func `is forgotten after a day, refused ones also when there are too many`() {
        func result(_ number: Int, _ status: CommandStatus) -> CommandResult {
            let time = UnixTime(seconds: 1_700_000_000 + Int64(number))
            return CommandResult(
                id: CommandID("c\(number)")!,
                action: .lock,
                status: status,
                receivedAt: time,
                updatedAt: time
            )
        }
        var memory = CommandMemory()
        for number in 0..<3000 { memory.record(result(number, .confirmed)) }
        #expect(memory.results.count == 3000, "what was taken on is never forgotten early")
        for number in 3000..<5000 { memory.record(result(number, .refused(.rateLimited))) }
        #expect(memory.results.count == 4000)
        #expect(memory[CommandID("c3999")!] == nil && memory[CommandID("c4000")!] != nil)
        memory.record(result(86_400 + 100, .confirmed))
        #expect(memory[CommandID("c99")!] == nil && memory[CommandID("c100")!] != nil)
    }
}

@Suite struct `What is remembered` {
    @Test func `is the same when the recorded facts are applied in order`() {
        var story = LockScenario.running(at: .dayLock)
        story.request(.lock)
        story.answers(.acknowledged)
        story.goes(to: .nightLock, key: LockScenario.ownKey)
        story.reaches(.nightLock, key: LockScenario.ownKey)
        story.tell(.commandsSwitched(false))
        story.request(.unlock)
        #expect(story.lock.memory == story.record)
        #expect(LockMemory(story.record.facts) == story.record)
        #expect(!LockMemory(story.record.facts).areCommandsEnabled)
    }

    @Test func `tells of the last known state, battery and action after a restart`() {
        var story = LockScenario.running(at: .dayLock)
        story.goes(to: .nightLock, key: LockScenario.alice, cause: .touch)
        story.reaches(.nightLock, key: LockScenario.alice)
        let before = story.report
        story.bridge = .silent
        story.restart()
        #expect(story.report.lastKnownState == before.lastKnownState)
        #expect(story.report.lastKnownBattery == before.lastKnownBattery)
        #expect(story.report.lastAction == before.lastAction)
        #expect(story.report.bridgeMAC == before.bridgeMAC)
    }

    @Test func `of deliveries is bounded, and keeps the newest of each family`() {
        var story = LockScenario.running(at: .dayLock)
        story.reaches(.nightLock)
        for _ in 0..<300 { story.reports(.init(kind: .signal, signal: SignalReading(wifi: 60, bluetooth: 70))) }
        #expect(story.record.deliveries.all.count == 256)
        #expect(story.record.deliveries.all.contains { $0.family == .bolt })
    }

    @Test func `of a time when our clock was ahead makes nothing late once it is right`() {
        var story = LockScenario.running(at: .dayLock)
        story.jumpWallClock(by: 86_400 * 365)
        story.reaches(.nightLock)
        story.jumpWallClock(by: -86_400 * 365)
        story.reaches(.dayLock)
        #expect(story.states == [.locked, .unlocked])
    }
}
