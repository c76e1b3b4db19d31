import BridgeHTTP

/// What was done, or would be, so that ours is on a bridge, once and right.
package struct WebhookAddition: Sendable, CustomStringConvertible {
    let subject: WebhookSubject
    let before: WebhookReview
    let url: String
    /// Of our entry as it is now; absent while it is not there.
    let id: UInt64?
    let isDry: Bool
    let commands: WebhookCommandLine

    /// Several lines, without a newline at the end.
    package var description: String {
        let plan = before.plan
        let stale = before.items.filter { plan.deletions.contains($0.entry) }
            .map { WebhookListing.Item($0, of: subject.lock, failures: nil) }
        var lines = ["\(subject.label): \(headline(plan))"]
        for item in stale {
            let target = item.target ?? "(not shown)"
            lines.append("  \(isDry ? "would remove" : "removed") id \(item.id): \(target) (\(item.stateText))")
        }
        let others = before.foreign.count
        if others > 3 {
            lines.append("Warning: the bridge also calls \(others) targets of others; see which are dead:")
            lines.append("    \(commands.list(subject))")
        }
        return lines.joined(separator: "\n")
    }

    private func headline(_ plan: WebhookPlan) -> String {
        let name = id.map { " as id \($0)" } ?? ""
        guard plan.creation != nil else { return "already right, \(url)\(name)" }
        let isReplaced = !plan.deletions.isEmpty
        return switch (isReplaced, isDry) {
        case (false, false): "registered \(url)\(name)"
        case (false, true): "would register \(url)"
        case (true, false): "replaced; now \(url)\(name)"
        case (true, true): "would replace; then \(url)"
        }
    }
}
