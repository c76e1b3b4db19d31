import LockDomain
import Testing

@Suite struct `Decisions` {
    /// The rules of the present and of the past, without those that follow each other unchanged.
    private func rules(_ story: LockScenario) -> [EvidenceRule] {
        var rules: [EvidenceRule] = []
        for decision in story.decisions {
            guard case .state(let state) = decision.subject, rules.last != state.rule else { continue }
            rules.append(state.rule)
        }
        return rules
    }

    @Test func `name the rule of every step of a movement`() {
        var story = LockScenario.running()
        story.goes(to: .nightLock, key: LockScenario.alice)
        story.reaches(.nightLock, key: LockScenario.alice)
        #expect(rules(story) == [.started, .reported])
        #expect(
            story.decisions.map(\.cause) == [
                .webhook(eventType: "GO_TO_STATE_X"), .webhook(eventType: "STATE_CHANGED_NIGHT_LOCK"),
            ]
        )
        #expect(story.history.present?.state == .locked)
        #expect(story.history.presentSince == story.now.unix)
    }

    @Test func `say that one read does not outweigh a recent report, and that two do`() {
        var story = LockScenario.running()
        story.reaches(.nightLock)
        story.forget()
        story.bridge = .shows(.online(at: .dayLock))
        story.advance(by: .seconds(20))
        story.tell(.refreshRequested)
        #expect(rules(story) == [.contradicted])
        #expect(story.history.present?.shown == .dayLock)
        story.advance(by: .seconds(40))
        #expect(rules(story) == [.contradicted, .twoReadsOutweigh])
    }

    @Test func `tell a lock that was away from one that was never heard`() {
        var story = LockScenario(.shows(.lockOffline))
        story.start()
        story.bridge = .shows(.online(at: .dayLock))
        story.advance(by: .seconds(61))
        #expect(rules(story) == [.nothingHeard, .linkLost, .firstOfTwoReads])
        story.advance(by: .seconds(10))
        #expect(rules(story) == [.nothingHeard, .linkLost, .firstOfTwoReads, .twoReads])
    }

    @Test func `keep the state that a refused command asked for`() throws {
        var story = LockScenario.running()
        story.request(.lock, id: "night", ifState: .open)
        let decision = try #require(story.decisions.last)
        guard case .command(let command) = decision.subject else {
            Issue.record("no decision about a command")
            return
        }
        #expect(command.result.status == .refused(.stateDiffers))
        #expect(command.ifState == .open)
        #expect(command.state == .unlocked)
        #expect(decision.cause == .commandArrived(CommandID("night")!))
    }

    @Test func `tell of webhooks that count for nothing`() {
        var story = LockScenario.running()
        story.reaches(.dayLock)
        story.forget()
        story.repeatsLastWebhook()
        story.tell(.webhookRefusedForAge(skew: .seconds(90)))
        story.tell(.doorbellRang)
        #expect(
            story.decisions.map(\.subject) == [
                .passedOver(.repeated), .passedOver(.refusedForAge(.seconds(90))), .passedOver(.unsigned),
            ]
        )
    }

    @Test func `are kept within bounds, and no flood hides why the state is what it is`() {
        var history = DecisionHistory()
        let time = UnixTime(seconds: 0)
        func record(_ subject: LockDecision.Subject) {
            history.record(LockDecision(time: time, cause: .timePassed, subject: subject))
        }
        let state = StateDecision(state: .locked, rule: .reported, evidence: nil, connectivity: .online)
        record(.state(state))
        for number in 0..<1000 {
            let result = CommandResult(
                id: CommandID("c\(number)")!,
                action: .lock,
                status: .refused(.rateLimited),
                receivedAt: time,
                updatedAt: time
            )
            record(.command(CommandDecision(result: result, state: .locked, allowedActions: [])))
            record(.passedOver(.repeated))
            record(.passedOver(.late(by: .seconds(number))))
            record(.passedOver(.refusedForAge(.seconds(number))))
            record(.passedOver(.unsigned))
            record(.commandsSwitched(number % 2 == 0))
        }
        #expect(history.present == state)
        #expect(history.entries.count == 1 + 24 + 4 + 4)
        #expect(history.entries.filter { $0.count == 1000 }.count == 4)
        for _ in 0..<100 { record(.state(state)) }
        #expect(history.entries.count == DecisionHistory.capacity)
        #expect(DecisionHistory.capacity == 64)
        guard case .command(let oldest) = history.entries.first?.decision.subject else {
            Issue.record("the oldest command is not first")
            return
        }
        #expect(oldest.result.id.rawValue == "c976")
    }
}
