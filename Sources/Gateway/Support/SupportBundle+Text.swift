import LockMessages

extension SupportBundle.Contents {
    /// What went in, for people: several lines, without a newline at the end.
    package func summary(path: String) -> String {
        let width = (parts.map(\.name.count).max() ?? 0) + 2
        let rows = parts.map { part in
            let pad = String(repeating: " ", count: width - part.name.count)
            return
                "  \(part.name)\(pad)\(part.lines) \(part.lines == 1 ? "line" : "lines")\(part.state == "ok" ? "" : ", \(part.state)")"
        }
        let counts = "Place-holders for \(replaced) names and addresses; \(redacted) possible secrets taken out."
        let warning =
            hasUnknownNames
            ? ["The configuration cannot be read, so names are not known and stand there as they are."] : []
        let title = "Wrote \(path), which only you can read:"
        return ([title] + rows + [counts] + warning + ["Read it before you post it."])
            .joined(separator: "\n")
    }

    /// The same as one line of JSON.
    package func jsonText(path: String) -> String {
        let document: JSONValue = [
            "file": .text(path), "replaced": .number(replaced), "redacted": .number(redacted),
            "parts": .list(
                parts.map { ["name": .text($0.name), "state": .text($0.state), "lines": .number($0.lines)] }
            ),
        ]
        return String(decoding: document.bytes, as: UTF8.self)
    }
}
