package import LockDomain

/// Why the locks are as they are said to be, and what was decided last.
///
/// | key of each of `locks` | value |
/// |---|---|
/// | `id` | the lock |
/// | `state` | the word that is published; null before the first decision |
/// | `since` | when that was decided, RFC 3339 in UTC |
/// | `rule` | the rule of evidence by which it is so |
/// | `evidence` | `source` and `time` of what it rests on; null while the state is `unknown` |
/// | `why` | the same for people |
/// | `would_change` | what would make it another state |
/// | `decisions` | the last ones, oldest first: `time`, `kind` (`state`, `command`, `webhook`, `commands_enabled`), `text`, `count` |
package struct ExplanationDocument {
    private let histories: [(lock: LockID, history: DecisionHistory)]
    private let words: DecisionText

    /// - Parameters:
    ///   - histories: of the locks, in the order in which they are to be told.
    ///   - policy: what the decisions rest on.
    package init(_ histories: [(lock: LockID, history: DecisionHistory)], policy: LockPolicy) {
        self.histories = histories
        words = DecisionText(policy: policy)
    }

    package var json: JSONValue { ["locks": .list(histories.map { json(of: $0.lock, $0.history) })] }

    private func json(of lock: LockID, _ history: DecisionHistory) -> JSONValue {
        let present = history.present
        return [
            "id": .text(lock.rawValue),
            "state": JSONValue(present?.state),
            "since": JSONValue(history.presentSince),
            "rule": JSONValue(present?.rule),
            "evidence": [
                "source": JSONValue(present?.evidence?.source),
                "time": JSONValue(present?.evidence?.time),
            ],
            "why": JSONValue(present.map(words.why)),
            "would_change": JSONValue(present.map(words.whatWouldChange)),
            "decisions": .list(history.entries.map(json)),
        ]
    }

    private func json(_ entry: DecisionHistory.Entry) -> JSONValue {
        let decision = entry.decision
        return [
            "time": JSONValue(decision.time),
            "kind": .text(Self.kind(decision.subject)),
            "text": .text(words.text(of: decision)),
            "count": .number(entry.count),
        ]
    }

    private static func kind(_ subject: LockDecision.Subject) -> String {
        switch subject {
        case .state: "state"
        case .command: "command"
        case .passedOver: "webhook"
        case .commandsSwitched: "commands_enabled"
        }
    }
}
