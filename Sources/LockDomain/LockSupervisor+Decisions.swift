// Why things are as they are, for people who ask.

extension LockSupervisor {
    /// Why the state is what it is now.
    var stateDecision: StateDecision {
        let report = report
        return StateDecision(
            state: report.state,
            rule: evidence.rule,
            evidence: report.evidence,
            connectivity: watch.connectivity,
            failure: watch.reasonToGiveUp,
            target: evidence.target,
            shown: evidence.shown
        )
    }

    /// What an event amounts to, besides the state and the ends of commands.
    func passedOver(_ event: LockEvent, _ notices: [Notice]) -> LockDecision.Subject? {
        switch event {
        case .doorbellRang: return .passedOver(.unsigned)
        case .webhookRefusedForAge(let age): return .passedOver(.refusedForAge(age))
        default: break
        }
        return notices.lazy.compactMap { notice in
            switch notice {
            case .webhookRepeated: .passedOver(.repeated)
            case .webhookLate(let by): .passedOver(.late(by: by))
            case .commandsSwitched(let isOn): .commandsSwitched(isOn)
            default: nil
            }
        }.first
    }
}

extension EvidenceBook {
    /// The rule by which ``state`` is what it is.
    var rule: EvidenceRule {
        switch standing {
        case .settled(let settled) where settled.doubt != nil: .contradicted
        case .returning(.some, _): .firstOfTwoReads
        default: basis
        }
    }

    /// Where the movement goes that is under way or unresolved.
    var target: BoltState? {
        switch standing {
        case .moving(let movement), .lost(let movement): movement.target
        case .returning(_, let movement): movement?.target
        case .unknown, .settled, .jammed: nil
        }
    }

    /// What one read showed that a second has to agree with.
    var shown: BoltState? {
        switch standing {
        case .returning(let first, _): first?.bolt
        case .settled(let settled): settled.doubt?.bolt
        case .jammed(let jam): jam.sighting?.bolt
        case .unknown, .moving, .lost: nil
        }
    }
}
