import FoundationEssentials
import LockDomain
import LockMessages

/// A second opinion on what is a well-formed command: Foundation's decoder and calendar, and regular expressions.
enum CommandOracle {
    static func isOrder(_ payload: [UInt8]) -> Bool {
        guard payload.count <= 1024, let text = String(validating: payload, as: UTF8.self) else { return false }
        if text.wholeMatch(of: word) != nil { return true }
        guard text.unicodeScalars.first(where: { !" \t\r\n".unicodeScalars.contains($0) }) == "{",
            !payload.contains(0), text.firstMatch(of: trailingComma) == nil,
            let members = try? JSONDecoder().decode([String: String].self, from: Data(payload)),
            MemberCount.written(in: payload) == members.count
        else { return false }
        guard Set(members.keys).isSubset(of: ["command", "id", "issued_at", "expires_at", "if_state"]) else {
            return false
        }
        return members["command"]?.wholeMatch(of: word) != nil
            && members["command"]?.contains(where: \.isWhitespace) == false
            && (members["id"].map { $0.wholeMatch(of: identifier) != nil } ?? true)
            && (members["issued_at"].map(isTime) ?? true)
            && (members["expires_at"].map(isTime) ?? true)
            && (members["if_state"].map { LockState.allCases.map(\.rawValue).contains($0) } ?? true)
    }

    private static var word: Regex<Substring> {
        /[ \t\r\n]*(?:[Ll][Oo][Cc][Kk]|[Uu][Nn][Ll][Oo][Cc][Kk]|[Oo][Pp][Ee][Nn])[ \t\r\n]*/
            .matchingSemantics(.unicodeScalar)
    }

    /// Foundation's decoder lets one pass.
    private static var trailingComma: Regex<Substring> { /,[ \t\r\n]*\}[ \t\r\n]*$/.matchingSemantics(.unicodeScalar) }

    private static var identifier: Regex<Substring> { /[!-~]{1,64}/.matchingSemantics(.unicodeScalar) }

    private static func isTime(_ text: String) -> Bool {
        let form =
            /(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|[+-](\d\d):(\d\d))/.asciiOnlyDigits()
            .matchingSemantics(.unicodeScalar)
        guard let match = text.wholeMatch(of: form)?.output else { return false }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let asked = DateComponents(
            year: Int(match.1),
            month: Int(match.2),
            day: Int(match.3),
            hour: Int(match.4),
            minute: Int(match.5),
            second: Int(match.6)
        )
        guard let date = calendar.date(from: asked) else { return false }
        let got = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
        let hasZone = (Int(match.7 ?? "00") ?? 99) < 24 && (Int(match.8 ?? "00") ?? 99) < 60
        return hasZone && asked.month == got.month && asked.day == got.day && asked.hour == got.hour
            && asked.minute == got.minute && asked.second == got.second
    }
}
