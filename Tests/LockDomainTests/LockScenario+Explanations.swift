import LockDomain
import Testing

// Every story is also a story about why: what is announced is explained in the same breath, by a rule that fits.

extension LockScenario {
    mutating func auditExplanations(of event: LockEvent, _ effects: [LockEffect]) {
        for case .explain(let decision) in effects {
            #expect(decision.time == now.unix, "a decision of another time, in \(name)")
            if case .state(let state) = decision.subject { audit(state, after: event) }
        }
        for effect in effects {
            switch effect {
            case .announce(.report(let report)):
                #expect(explained?.state == report.state, "\(report.state) is announced unexplained, in \(name)")
                #expect(explained?.evidence == report.evidence, "other evidence than explained, in \(name)")
                #expect(explained?.connectivity == report.connectivity, "offline unexplained, in \(name)")
            case .announce(.commandResult(let result)) where result.status.isFinal:
                let isExplained = effects.contains {
                    guard case .explain(let decision) = $0, case .command(let command) = decision.subject else {
                        return false
                    }
                    return command.result == result
                }
                #expect(isExplained, "\(result.status) of \(result.id) is unexplained, in \(name)")
            default: break
            }
        }
    }

    /// Whether the rule lets anything be said of the bolt.
    private static func claims(_ decision: StateDecision) -> Bool {
        switch decision.rule {
        case .nothingHeard, .stoppedNowhere, .linkLost, .commandUnconfirmed, .commandRecovered, .movedBeforeRestart,
            .movedBeforeLoss, .firstOfTwoReads, .noPosition, .movementUnresolved:
            false
        case .started: decision.target != .unknown
        case .reported, .stalled, .firstRead, .twoReads, .latchFellBack, .readOutweighs, .twoReadsOutweigh,
            .contradicted, .readAfterMovement, .readBeyondLag, .twoReadsEndJam:
            true
        }
    }

    /// What a rule may rest on, told by other reasoning than the book's.
    private mutating func audit(_ decision: StateDecision, after event: LockEvent) {
        let before = explained
        explained = decision
        if decision.connectivity.isOnline {
            #expect(Self.claims(decision) == (decision.state != .unknown), "\(decision), in \(name)")
        } else {
            #expect(decision.state == .unknown, "\(decision), in \(name)")
        }
        guard decision.rule != before?.rule, decision.connectivity.isOnline else { return }
        // A second read that agrees with the report again leaves the report as it was.
        guard before?.rule != .contradicted || decision.rule != .reported else { return }
        switch decision.rule {
        case .reported, .started, .stalled, .stoppedNowhere:
            guard case .bridgeReported = event else {
                Issue.record("\(decision.rule) without a report, in \(name)")
                return
            }
        case .firstRead, .firstOfTwoReads, .twoReads, .noPosition, .latchFellBack, .readOutweighs, .twoReadsOutweigh,
            .contradicted, .readAfterMovement, .readBeyondLag, .twoReadsEndJam:
            guard case .statusRead(_, .read(let status, _)) = event else {
                Issue.record("\(decision.rule) without a read, in \(name)")
                return
            }
            let isShown = decision.rule == .contradicted || status.bolt.isDefinite != (decision.rule == .noPosition)
            #expect(isShown, "\(decision.rule) by a read of \(status.bolt), in \(name)")
        case .movementUnresolved, .commandUnconfirmed, .movedBeforeLoss:
            if case .commandAnswered = event, decision.rule == .commandUnconfirmed { return }
            guard case .statusRead = event else {
                Issue.record("\(decision.rule) without a look, in \(name)")
                return
            }
        case .commandRecovered, .movedBeforeRestart, .linkLost, .nothingHeard: break
        }
    }
}
