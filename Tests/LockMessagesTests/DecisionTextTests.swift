import LockDomain
import LockMessages
import Testing

@Suite struct `A decision in words` {
    private let words = DecisionText(policy: LockPolicy())
    private let night = CommandID("night-1")!

    private func state(
        _ rule: EvidenceRule,
        _ state: LockState = .locked,
        connectivity: Connectivity = .online,
        failure: BridgeFailure? = nil,
        target: BoltState? = nil,
        shown: BoltState? = nil
    ) -> StateDecision {
        StateDecision(
            state: state,
            rule: rule,
            evidence: nil,
            connectivity: connectivity,
            failure: failure,
            target: target,
            shown: shown
        )
    }

    private func text(_ status: CommandStatus, attempts: Int = 0, first: CommandResult.First? = nil) -> String {
        let result = CommandResult(
            id: night,
            action: .open,
            status: status,
            attempts: attempts,
            receivedAt: Samples.now,
            updatedAt: Samples.now,
            first: first
        )
        let decision = CommandDecision(result: result, state: .unknown, ifState: .locked, allowedActions: [.lock])
        return words.text(of: .init(time: Samples.now, cause: .commandArrived(night), subject: .command(decision)))
    }

    @Test func `says which evidence makes the state what it is, and what would change it`() {
        let reported = state(.reported)
        #expect(words.why(reported) == "the lock reported by webhook that the bolt stands there")
        #expect(
            words.whatWouldChange(reported)
                == "a report of the lock; two reads of /status that agree on another position, 30 s apart (one is enough"
                + " when the report is older than 5 min); silence of the bridge for 69 s"
        )
        #expect(
            words.text(
                of: .init(
                    time: Samples.now,
                    cause: .webhook(eventType: "STATE_CHANGED_NIGHT_LOCK"),
                    subject: .state(reported)
                )
            )
                == "locked, because the lock reported by webhook that the bolt stands there; decided after the webhook"
                + " STATE_CHANGED_NIGHT_LOCK"
        )
        #expect(
            words.why(state(.contradicted, shown: .dayLock))
                == "the lock reported it a short while ago; one read of /status showed unlocked (day_lock), which may be"
                + " out of date"
        )
        #expect(
            words.why(state(.movementUnresolved, .unknown, target: .open))
                == "a movement towards open began, and nothing showed its end within 30 s"
        )
    }

    @Test func `says why a lock is offline`() {
        #expect(
            words.why(state(.linkLost, .unknown, connectivity: .offline(.lockOffline)))
                == "the bridge has no connection to the lock: its batteries are empty, or it is too far away"
        )
        #expect(
            words.why(state(.linkLost, .unknown, connectivity: .offline(.bridgeUnreachable), failure: .noAnswer))
                == "the bridge cannot be heard: it takes connections and does not answer"
        )
        #expect(
            words.whatWouldChange(state(.linkLost, .unknown, connectivity: .offline(.bridgeUnreachable)))
                == "an answer of the bridge"
        )
    }

    @Test func `has words of its own for every rule`() {
        let texts = EvidenceRule.allCases.map { words.why(state($0, target: .open, shown: .open)) }
        #expect(Set(texts).count == EvidenceRule.allCases.count)
        for text in texts + EvidenceRule.allCases.map({ words.whatWouldChange(state($0)) }) {
            #expect(!text.isEmpty && !text.hasSuffix("."), "\(text)")
            #expect(text.first?.isUppercase == false, "\(text)")
        }
    }

    @Test func `says why a command was refused, from what was so then`() {
        #expect(
            text(.refused(.stateDiffers))
                == "OPEN night-1 was refused, nothing was sent: it asks for a lock that is locked, and the state was"
                + " unknown"
        )
        #expect(
            text(.refused(.notAllowed))
                == "OPEN night-1 was refused, nothing was sent: the configuration allows this lock only LOCK"
        )
        #expect(
            text(.refused(.duplicate), first: .init(status: .failed(.jammed), updatedAt: Samples.now))
                == "OPEN night-1 was refused, nothing was sent: its id has been used; its first command: failed (jammed)"
        )
    }

    @Test func `says how a command ended, and how often it was tried`() {
        #expect(text(.confirmed, attempts: 1) == "OPEN night-1 was confirmed when the command night-1 came")
        #expect(
            text(.failed(.noConfirmation), attempts: 1)
                == "OPEN night-1 failed when the command night-1 came: the bridge took it, and nothing showed that the lock"
                + " moved (1 attempt)"
        )
        #expect(
            text(.expired(.unreachable), attempts: 3)
                == "OPEN night-1 expired: its time was over before anything was sent, for the bridge could not be reached"
                + " (3 attempts)"
        )
        #expect(text(.superseded) == "OPEN night-1 gave way to a newer command before anything was sent")
    }

    @Test func `has words of its own for every reason`() {
        let refusals = RefusalReason.allCases.map { text(.refused($0)) }
        let failures = FailureReason.allCases.map { text(.failed($0)) }
        #expect(Set(refusals + failures).count == RefusalReason.allCases.count + FailureReason.allCases.count)
    }

    @Test func `shortens what a webhook calls itself`() {
        let subject = LockDecision.Subject.state(state(.stalled, .jammed))
        let long = LockDecision(
            time: Samples.now,
            cause: .webhook(eventType: String(repeating: "A", count: 5000)),
            subject: subject
        )
        #expect(words.text(of: long).utf8.count < 200)
    }

    @Test func `tells webhooks that were not believed, with a count`() {
        var history = DecisionHistory()
        for age in [90, 91] {
            history.record(
                .init(
                    time: Samples.now,
                    cause: .webhookRefusedForAge,
                    subject: .passedOver(.refusedForAge(.seconds(age)))
                )
            )
        }
        let document = ExplanationDocument([(Samples.frontDoor, history)], policy: LockPolicy())
        #expect(
            String(decoding: document.json.bytes, as: UTF8.self)
                == #"{"locks":[{"decisions":[{"count":2,"kind":"webhook","text":"a signed webhook was refused: our clock"#
                + #" is 91 s from its stamp; it only led to a read of /status","time":"2026-11-23T10:20:30.123Z"}],"#
                + #""evidence":{"source":null,"time":null},"id":"front_door","rule":null,"since":null,"state":null,"#
                + #""why":null,"would_change":null}]}"#
        )
    }
}
