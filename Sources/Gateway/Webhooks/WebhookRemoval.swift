/// What was removed from a bridge's list, or would be.
package struct WebhookRemoval: Sendable, CustomStringConvertible {
    let subject: WebhookSubject
    let items: [WebhookListing.Item]
    /// The ids that were asked for; absent when it was ours.
    let wanted: Set<UInt64>?
    let isDry: Bool
    let commands: WebhookCommandLine

    /// Several lines, without a newline at the end.
    package var description: String {
        var lines: [String] = []
        if !items.isEmpty {
            lines.append("\(subject.label): \(isDry ? "would remove" : "removed")")
            lines += WebhookListing.table(items, showsReach: false)
        }
        lines += absence
        guard !items.isEmpty else { return lines.joined(separator: "\n") }
        if isDry {
            let ids = wanted == nil ? [] : items.map { "\($0.id)" }
            lines += ["Nothing was changed. To do it:", "    \(commands.remove(subject, ids: ids))"]
        }
        if items.contains(where: \.isOurs) {
            lines.append("A running gateway registers ours again, unless the lock is taken out of its configuration.")
        }
        return lines.joined(separator: "\n")
    }

    /// What was asked for and is not there.
    private var absence: [String] {
        guard let wanted else {
            return items.isEmpty ? ["\(subject.label): none of ours is there, nothing to remove"] : []
        }
        return wanted.subtracting(items.map(\.id)).sorted()
            .map { "\(subject.label): no webhook has the id \($0), nothing to remove" }
    }
}
