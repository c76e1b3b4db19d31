import BridgeHTTP
import LockDomain

extension WebhookListing: CustomStringConvertible {
    /// More targets of others than this are worth a warning.
    private static let manyOthers = 3

    /// A table and what there is to say about it: several lines, without a newline at the end.
    package var description: String {
        let count = "\(items.count) \(items.count == 1 ? "webhook" : "webhooks")"
        var lines = ["\(subject.label): \(count)"]
        if !items.isEmpty { lines += Self.table(items) }
        return (lines + adviceOnOurs + adviceOnDead + adviceOnMany).joined(separator: "\n")
    }

    // MARK: The table

    /// - Parameters:
    ///   - items: the rows.
    ///   - showsReach: whether it belongs there that a target of somebody else answers.
    /// - Returns: a line for the heads of the columns, and one for each item.
    static func table(_ items: [Item], showsReach: Bool = true) -> [String] {
        let rows =
            [["ID", "WHOSE", "TARGET", "TRIGGERS", "STATE"]]
            + items.map { item in
                [
                    "\(item.id)", item.isOurs ? "ours" : "other", item.target ?? "(not shown)", item.triggerText,
                    item.isOurs || showsReach ? item.stateText : "-",
                ]
            }
        let widths = (0..<5).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let id = String(repeating: " ", count: widths[0] - row[0].count) + row[0]
            let middle = (1...3).map { row[$0] + String(repeating: " ", count: widths[$0] - row[$0].count) }
            return "  " + ([id] + middle + [row[4]]).joined(separator: "  ")
        }
    }

    // MARK: Advice

    private var adviceOnOurs: [String] {
        guard subject.lock != nil else { return ["Without --lock-id none counts as ours."] }
        if let addressTrouble { return ["Which address is right cannot be told: \(addressTrouble)"] }
        guard isUntidy, let url else { return [] }
        let isMissing = !items.contains(where: \.isOurs)
        let what = isMissing ? "Ours is not registered" : "Ours is not as it should be"
        return ["\(what) (\(url)). A running gateway mends that; so does", "    \(commands.add(subject))"]
    }

    private var adviceOnDead: [String] {
        guard !dead.isEmpty else { return [] }
        let (one, ids) = (dead.count == 1, dead.map { "\($0.id)" })
        return [
            "\(dead.count) of \(others.count) targets of others \(one ? "does" : "do") not answer a connection from"
                + " this machine: id \(ids.joined(separator: ", ")).",
            "That is our view: the bridge may reach what we cannot. If it cannot either, they delay every event: a bridge",
            "calls its targets one after another, and refreshes its own status only after the last. With dead targets",
            "a command was seen to take 10 to 16 s to be confirmed, and about 4 s without.",
            "If nobody needs \(one ? "it" : "them") any more, remove \(one ? "it" : "them"):",
            "    \(commands.remove(subject, ids: ids))",
        ]
    }

    private var adviceOnMany: [String] {
        guard others.count > Self.manyOthers else { return [] }
        return [
            "Warning: \(others.count) targets of others. Each one more makes every event later for all;"
                + " keep at most \(Self.manyOthers)."
        ]
    }
}

extension WebhookListing.Item {
    fileprivate var triggerText: String {
        if hasAllTriggers { return "all" }
        return triggerNames.isEmpty ? "none" : triggerNames.joined(separator: ",")
    }

    var stateText: String {
        switch standing {
        case .right: "right"
        case .duplicate: "duplicate"
        case .otherTriggers: "wrong triggers"
        case .otherAddress: "wrong address"
        case .unjudged: "-"
        case .foreign: reach?.text ?? "-"
        }
    }
}

extension WebhookListing.Reach {
    fileprivate var text: String {
        switch self {
        case .answers: "answers"
        case .unchecked: "not checked"
        case .untriable: "cannot be checked"
        case .silent(let failure): "does not answer (\(Self.reason(failure)))"
        }
    }

    private static func reason(_ failure: BridgeFailure) -> String {
        switch failure {
        case .refused: "connection refused"
        case .connectTimeout: "nothing within \(TargetCheck.patience.components.seconds) s"
        case .nameNotFound: "name not found"
        case .noRoute: "no route"
        default: "no connection"
        }
    }
}
