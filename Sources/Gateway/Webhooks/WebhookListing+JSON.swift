import BridgeHTTP
import LockDomain
import LockMessages

/// The lists of several bridges as one JSON document.
///
/// Its keys are part of the command's interface: they stay, others may join them.
package enum WebhookListDocument {
    /// One line of JSON.
    package static func text(_ results: [Result<WebhookListing, WebhookTrouble>]) -> String {
        let locks = results.map { result in
            switch result {
            case .success(let listing): listing.json
            case .failure(let trouble): trouble.json
            }
        }
        return String(decoding: JSONValue.object(["locks": .list(locks)]).bytes, as: UTF8.self)
    }
}

extension WebhookListDocument {
    /// What was done, or would be, as one line of JSON.
    package static func text(
        _ results: [Result<WebhookAddition, WebhookTrouble>]
    ) -> String { text(results, \.json) }

    /// The same of a removal.
    package static func text(
        _ results: [Result<WebhookRemoval, WebhookTrouble>]
    ) -> String { text(results, \.json) }

    private static func text<Output>(
        _ results: [Result<Output, WebhookTrouble>],
        _ json: (Output) -> JSONValue
    ) -> String {
        let locks = results.map { result in
            switch result {
            case .success(let output): json(output)
            case .failure(let trouble): trouble.changeJSON
            }
        }
        return String(decoding: JSONValue.object(["locks": .list(locks)]).bytes, as: UTF8.self)
    }
}

extension WebhookAddition {
    fileprivate var json: JSONValue {
        let plan = before.plan
        let stale = before.items.filter { plan.deletions.contains($0.entry) }
            .map { WebhookListing.Item($0, of: subject.lock, failures: nil) }
        let verdict = plan.creation == nil ? "right" : plan.deletions.isEmpty ? "registered" : "replaced"
        return [
            "lock": subject.lock.map { .text($0.rawValue) } ?? .null,
            "bridge": .text(subject.bridgeName),
            "dry_run": .flag(isDry),
            "result": .text(verdict),
            "url": .text(url),
            "id": id.map { .number(Int(clamping: $0)) } ?? .null,
            "removed": .list(stale.map { .number(Int(clamping: $0.id)) }),
            "foreign": .number(before.foreign.count),
            "error": .null,
        ]
    }
}

extension WebhookRemoval {
    fileprivate var json: JSONValue {
        [
            "lock": subject.lock.map { .text($0.rawValue) } ?? .null,
            "bridge": .text(subject.bridgeName),
            "dry_run": .flag(isDry),
            "removed": .list(items.map(\.json)),
            "missing": .list(
                (wanted ?? []).subtracting(items.map(\.id)).sorted().map { .number(Int(clamping: $0)) }
            ),
            "error": .null,
        ]
    }
}

extension WebhookListing {
    fileprivate var json: JSONValue {
        [
            "lock": subject.lock.map { .text($0.rawValue) } ?? .null,
            "bridge": .text(subject.bridgeName),
            "url": url.map(JSONValue.text) ?? .null,
            "webhooks": .list(items.map(\.json)),
            "error": .null,
        ]
    }
}

extension WebhookTrouble {
    fileprivate var json: JSONValue {
        [
            "lock": lock.map { .text($0.rawValue) } ?? .null,
            "bridge": .text(bridge),
            "url": .null,
            "webhooks": .null,
            "error": errorJSON,
        ]
    }

    fileprivate var changeJSON: JSONValue {
        ["lock": lock.map { .text($0.rawValue) } ?? .null, "bridge": .text(bridge), "error": errorJSON]
    }

    private var errorJSON: JSONValue {
        ["code": .number(Int(code.rawValue)), "text": .text(text), "remedy": .text(remedy)]
    }
}

extension WebhookListing.Item {
    fileprivate var json: JSONValue {
        [
            "id": .number(Int(clamping: id)),
            "ours": .flag(isOurs),
            "target": target.map(JSONValue.text) ?? .null,
            "triggers": .list(triggerNames.map(JSONValue.text)),
            "state": .text(stateWord),
        ]
    }

    private var stateWord: String {
        switch standing {
        case .right: "right"
        case .duplicate: "duplicate"
        case .otherTriggers: "wrong_triggers"
        case .otherAddress: "wrong_address"
        case .unjudged: "unknown"
        case .foreign:
            switch reach {
            case .answers: "answers"
            case .silent: "does_not_answer"
            case .unchecked, .untriable, nil: "unknown"
            }
        }
    }
}
