import LockMessages

/// What a running gateway says about its decisions, for the person at the terminal.
package struct ExplanationView: Hashable, Sendable {
    private let document: PublishedDocument

    /// Nil for an answer that is not one.
    package init?(_ bytes: [UInt8]) {
        guard let document = PublishedDocument(bytes), case .object(let members) = document.json,
            members["locks"] != nil
        else { return nil }
        self.document = document
    }

    /// The locks that it tells of.
    package var lockNames: [String] { document["locks"].elements.compactMap { $0["id"].text } }

    /// The document on one line.
    ///
    /// - Parameter wanted: the locks; all when empty.
    /// - Returns: JSON.
    package func jsonText(of wanted: [String]) -> String {
        let locks = chosen(wanted).map(\.json)
        return String(decoding: JSONValue.object(["locks": .list(locks)]).bytes, as: UTF8.self)
    }

    /// The document for people: several lines, without a newline at the end.
    ///
    /// - Parameters:
    ///   - wanted: the locks; all when empty.
    ///   - style: how words are set off.
    /// - Returns: the lines.
    package func text(of wanted: [String], style: TerminalStyle) -> String {
        chosen(wanted).map { lines(of: $0, style).joined(separator: "\n") }.joined(separator: "\n\n")
    }

    private func chosen(_ wanted: [String]) -> [PublishedDocument] {
        document["locks"].elements.filter { wanted.isEmpty || $0["id"].text.map(wanted.contains) ?? false }
    }

    private func lines(of lock: PublishedDocument, _ style: TerminalStyle) -> [String] {
        let name = lock["id"].text ?? "?"
        guard let state = lock["state"].text else { return ["\(name): nothing has been decided yet"] }
        let since = lock["since"].text.map { " since \($0)" } ?? ""
        var lines = [
            "\(name) is \(style.tone(style.ofState(state), state))\(since)",
            "    because \(lock["why"].text ?? "?")",
            "    What would change it: \(lock["would_change"].text ?? "?")",
        ]
        let decisions = lock["decisions"].elements
        guard !decisions.isEmpty else { return lines }
        lines += ["", "What was decided last (UTC):"]
        lines += decisions.map { decision in
            let count = decision["count"].number ?? 1
            let often = count > 1 ? " (\(count) times; the last is shown)" : ""
            return "  \(Self.clock(decision["time"].text))  \(decision["text"].text ?? "?")\(often)"
        }
        return lines
    }

    /// `2026-11-23 12:00:01` of `2026-11-23T12:00:01.250Z`.
    private static func clock(_ time: String?) -> String {
        guard let time else { return "?" }
        return String(time.prefix(19)).replacing("T", with: " ")
    }
}
