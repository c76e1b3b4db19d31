/// The person that is led through a setup.
package protocol SetupTerminal: Sendable {
    /// Shows a line, or several.
    func say(_ text: String)
    /// Shows a question and reads the line of the answer; nil when nothing more comes.
    ///
    /// - Parameters:
    ///   - question: without a newline.
    ///   - isHidden: what is typed is not shown.
    /// - Returns: the line, without its newline.
    func ask(_ question: String, isHidden: Bool) -> String?
    /// Shows a question and reads lines until they are all; returns what came when nothing more does.
    ///
    /// What is typed is not shown, from before the question is. What was typed beyond those lines is thrown away: it may
    /// be the rest of what was pasted, and is no answer to the next question.
    func paste(_ question: String, until isAll: (String) -> Bool) -> String
}

/// Asks what no option has answered.
struct SetupDialog: Sendable {
    let terminal: any SetupTerminal
    /// Nobody is asked.
    let isSilent: Bool

    func say(_ text: String) { terminal.say(text) }

    /// An answer that may be left to its default.
    ///
    /// - Throws: when there is none and nobody can be asked.
    func answer(
        _ question: String,
        option: String,
        standard: String? = nil,
        isHidden: Bool = false
    ) throws(SetupFailure) -> String {
        if isSilent {
            guard let standard else { throw .unanswered(question, option: option) }
            return standard
        }
        let hint = standard.map { $0.isEmpty ? "" : " [\($0)]" } ?? ""
        while let line = terminal.ask("\(question)\(hint): ", isHidden: isHidden) {
            let text = line.trimmed
            if !text.isEmpty { return text }
            if let standard { return standard }
        }
        throw .unanswered(question, option: option)
    }

    /// Whether the answer is yes; the default is no unless said otherwise.
    func confirms(_ question: String, option: String, standard: Bool = false) throws(SetupFailure) -> Bool {
        guard !isSilent else { return standard }
        while true {
            let word = try answer("\(question) (yes or no)", option: option, standard: standard ? "yes" : "no")
                .lowercased()
            if ["y", "yes"].contains(word) { return true }
            if ["n", "no"].contains(word) { return false }
            say("Please answer yes or no.")
        }
    }

    /// What was pasted: a JSON object, or something else on one line.
    enum Pasted {
        case object([UInt8])
        case line(String)
    }

    /// The lines of a JSON object until its braces are closed, or one other line; not shown as they are typed.
    func pasted(_ question: String, option: String) throws(SetupFailure) -> Pasted {
        let text = terminal.paste(question) { text in
            let start = text.trimmed
            guard start.hasPrefix("{") else { return !start.isEmpty }
            return BraceCount(text).isClosed || text.utf8.count > IntegrationInformation.maximumSize
        }
        let start = text.trimmed
        guard start.hasPrefix("{") else {
            guard !start.isEmpty else { throw .unanswered("LOQED's integration information", option: option) }
            return .line(start)
        }
        if BraceCount(text).isClosed { return .object(Array(text.utf8)) }
        throw SetupFailure(
            code: 65,
            "what was pasted is not the JSON that LOQED's page shows",
            remedy: "Copy it whole, from { to }, or save it as a file and give that as --integration-file."
        )
    }
}

/// Whether a JSON object has come to its end, as far as braces outside of strings tell.
struct BraceCount {
    private var depth = 0
    private var hasOpened = false

    var isClosed: Bool { hasOpened && depth <= 0 }

    init(_ text: String) {
        var isInString = false
        var isEscaped = false
        for byte in text.utf8 {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "{"): (depth, hasOpened) = (depth + 1, true)
            case UInt8(ascii: "}"): depth -= 1
            default: break
            }
        }
    }
}

extension String {
    /// Without blanks at the ends.
    fileprivate var trimmed: String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\n" || $0 == "\r\n" }
        guard let first = firstIndex(where: { !isBlank($0) }), let last = lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(self[first...last])
    }
}
