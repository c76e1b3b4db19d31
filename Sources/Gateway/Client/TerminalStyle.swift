/// How words are set off on a terminal; not at all where there is none.
package struct TerminalStyle: Hashable, Sendable {
    enum Tone: String {
        case plain = ""
        case good = "32"
        case notice = "33"
        case bad = "31"
    }

    private let hasColour: Bool

    /// - Parameters:
    ///   - isTerminal: whether a person reads it.
    ///   - environment: `NO_COLOR` and `TERM=dumb` turn colours off (no-color.org).
    package init(isTerminal: Bool, environment: [String: String]) {
        hasColour = isTerminal && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
    }

    func tone(_ tone: Tone, _ text: String) -> String {
        hasColour && tone != .plain ? "\u{1B}[\(tone.rawValue)m\(text)\u{1B}[0m" : text
    }

    func bad(_ text: String) -> String { tone(.bad, text) }

    /// What a state means to a person who looks after a door.
    func ofState(_ state: String) -> Tone {
        switch state {
        case "locked": .good
        case "unknown", "jammed": .bad
        default: .notice
        }
    }
}

/// Columns, each as wide as its widest cell.
struct TextTable {
    struct Cell {
        /// What is seen of it.
        let plain: String
        private let tone: TerminalStyle.Tone
        /// What is written.
        private(set) var shown: String

        init(_ text: String, _ tone: TerminalStyle.Tone = .plain) {
            plain = text
            shown = text
            self.tone = tone
        }

        func styled(_ style: TerminalStyle) -> Cell {
            var cell = self
            cell.shown = style.tone(tone, plain)
            return cell
        }
    }

    let heads: [String]
    let rows: [[Cell]]

    /// The heads and the rows, without blanks at the ends.
    var lines: [String] {
        let all = [heads.map { Cell($0) }] + rows
        let widths = heads.indices.map { column in all.map { $0[column].plain.count }.max() ?? 0 }
        return all.map { row in
            row.enumerated().map { index, cell in
                let isLast = index == row.count - 1
                return cell.shown + (isLast ? "" : String(repeating: " ", count: widths[index] - cell.plain.count))
            }.joined(separator: "  ")
        }
    }
}
