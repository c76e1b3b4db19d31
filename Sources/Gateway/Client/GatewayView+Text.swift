package import LockDomain
import LockMessages

extension GatewayView {
    /// All of it for people: several lines, without a newline at the end.
    ///
    /// - Parameters:
    ///   - wanted: the locks; all when empty.
    ///   - now: the time that ages count from.
    ///   - style: how words are set off.
    /// - Returns: the lines.
    package func text(of wanted: [String] = [], now: UnixTime, style: TerminalStyle) -> String {
        var lines = [gatewayLine(now)]
        let names = lockNames.filter { wanted.isEmpty || wanted.contains($0) }
        if !names.isEmpty {
            lines.append("")
            lines +=
                TextTable(
                    heads: ["LOCK", "STATE", "SINCE", "BATTERY", "LOCK IS", "WEBHOOKS", "COMMANDS", "LAST ACTION"],
                    rows: names.map { row($0, now, style) }
                ).lines
        }
        let shown = (problems?.elements ?? []).filter { problem in
            guard let lock = problem["lock"].text else { return true }
            return wanted.isEmpty || wanted.contains(lock)
        }
        for problem in shown {
            lines.append("")
            lines.append("\(style.bad(problem["lock"].text ?? "gateway")): \(problem["text"].text ?? "?")")
            lines.append("    \(problem["remedy"].text ?? "?")")
        }
        return lines.joined(separator: "\n")
    }

    private func gatewayLine(_ now: UnixTime) -> String {
        let version = info["version"].text.map { " \($0)" } ?? ""
        guard isOnline else {
            return "loqed-gateway\(version) is offline, so nobody knows what the locks do. Start it: loqed-gateway run"
        }
        let age = info["started_at"].age(at: now).map { " for \($0.text)" } ?? ""
        let mqtt = info["protocol"].text.map { ", MQTT \($0)" } ?? ""
        return "loqed-gateway\(version) is online\(age)\(mqtt)"
    }

    private func row(_ name: String, _ now: UnixTime, _ style: TerminalStyle) -> [TextTable.Cell] {
        let lock = locks[name] ?? Lock()
        let attributes = lock.attributes
        let state = lock.words["state"] ?? "unknown"
        let battery = lock.words["battery"].map { Int($0) == nil ? $0 : "\($0) %" } ?? "unknown"
        // Only a gateway that runs says whether a lock can be heard.
        let connectivity = isOnline ? lock.words["connectivity"] ?? "unknown" : "unknown"
        let cells: [TextTable.Cell] = [
            .init(name.onTerminal),
            .init(state, style.ofState(state)),
            .init(since(state, attributes, now)),
            .init(battery, attributes["battery"]["low"].flag == true ? .bad : .plain),
            .init(
                isOnline ? attributes["offline_reason"].text ?? connectivity : connectivity,
                connectivity == "online" ? .plain : .bad
            ),
            .init(isOnline ? attributes["webhook_path"].text ?? "unknown" : "unknown"),
            .init(lock.words["commands_enabled"] ?? "unknown", lock.words["commands_enabled"] == "off" ? .bad : .plain),
            .init(action(attributes["last_action"], now)),
        ]
        return cells.map { $0.styled(style) }
    }

    /// How old the evidence is, or what was last known.
    private func since(_ state: String, _ attributes: PublishedDocument, _ now: UnixTime) -> String {
        if state == "unknown" {
            let last = attributes["last_known"]
            guard let word = last["state"].text, let age = last["time"].age(at: now) else { return "-" }
            return "was \(word) \(age.text) ago"
        }
        let evidence = attributes["evidence"]
        guard let age = evidence["time"].age(at: now) else { return "-" }
        return "\(age.text) ago (\(evidence["source"].text ?? "?"))"
    }

    private func action(_ action: PublishedDocument, _ now: UnixTime) -> String {
        guard var text = action["event"].text else { return "-" }
        if let actor = action.actor { text += " by \(actor)" }
        if let age = action["time"].age(at: now) { text += " \(age.text) ago" }
        return text
    }
}

extension PublishedDocument {
    /// Whose key it was, by its name if it has one.
    var actor: String? {
        if let name = self["key_name"].text { return name }
        guard let number = self["key_id"].number else { return nil }
        return "key \(number)"
    }
}

/// A span of time as people say it, in its largest unit.
struct Age: Hashable {
    let seconds: Int64

    var text: String {
        switch seconds {
        case ..<120: "\(max(seconds, 0)) s"
        case ..<7200: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3600) h"
        default: "\(seconds / 86_400) days"
        }
    }
}

extension PublishedDocument {
    /// How long before `now` this time was.
    fileprivate func age(at now: UnixTime) -> Age? {
        guard let text, let time = UnixTime(rfc3339: text) else { return nil }
        return Age(seconds: (now.milliseconds - time.milliseconds) / 1000)
    }
}
