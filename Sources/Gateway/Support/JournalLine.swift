/// What a line of a log says of the machine it was written on, and of the lock it is about.
struct JournalLine {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    private static let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

    private let text: Substring
    private let words: [Substring]

    init(_ text: Substring) {
        self.text = text
        words = text.prefix(300).split(separator: " ", maxSplits: 8)
    }

    /// The name of the machine, between the time and the program, as the journal and syslog write it.
    var host: String? {
        for mark in ["\"_HOSTNAME\":\"", "\"_HOSTNAME\" : \"", "_HOSTNAME="] {
            if let host = value(behind: mark) { return host }
        }
        guard let index = endOfTime, words.count > index + 1 else { return nil }
        // RFC 5424 has blanks between the parts, all others a colon behind the program.
        guard words[index + 1].hasSuffix(":") || words[0].hasPrefix("<") else { return nil }
        return String(words[index])
    }

    /// The lock that one of our lines is about.
    var lock: String? { value(behind: "lock.id=") ?? value(behind: "\"lock.id\":\"") }

    /// How many words the time has.
    private var endOfTime: Int? {
        guard let first = words.first else { return nil }
        // Nov 30 11:35:46
        if Self.months.contains(String(first)) { return 3 }
        // Mon 2026-11-30 11:35:46 UTC
        if Self.days.contains(String(first)) { return 4 }
        // <30>1 2026-11-30T11:35:46Z
        if first.hasPrefix("<") { return 2 }
        // [  123.456789]
        if first.hasPrefix("[") { return words.firstIndex { $0.hasSuffix("]") }.map { $0 + 1 } }
        guard first.first?.isNumber == true else { return nil }
        // 2026-11-30 11:35:46, 2026-11-30T11:35:46+0100 or 1764502546.123456
        return first.contains("-") && !first.contains("T") ? 2 : 1
    }

    private func value(behind mark: String) -> String? {
        guard let start = text.firstRange(of: mark)?.upperBound else { return nil }
        let value = text[start...].prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" || $0 == "." }
        return value.isEmpty ? nil : String(value)
    }
}

extension HomeWords {
    /// What the lines of a log tell by their form.
    mutating func take(log: String) {
        var seen: Set<String> = []
        for line in log.split(whereSeparator: \.isNewline) {
            let line = JournalLine(line)
            if let host = line.host, seen.insert(host).inserted { note(host, .host) }
            if let lock = line.lock, seen.insert(lock).inserted { note(lock, .lock) }
        }
    }
}
