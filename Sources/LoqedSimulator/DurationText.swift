/// Durations as people write them: `500ms`, `5s`, `2m`.
enum DurationText {
    /// Nobody simulates longer.
    static let longest: Duration = .seconds(24 * 60 * 60)

    /// Reads a duration from nothing to a day.
    static func read(_ text: some StringProtocol) -> Duration? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, let number = Int64(digits), number <= 86_400_000 else { return nil }
        let duration: Duration
        switch text.dropFirst(digits.count) {
        case "ms": duration = .milliseconds(number)
        case "s": duration = .seconds(number)
        case "m": duration = .seconds(number * 60)
        default: return nil
        }
        return duration <= longest ? duration : nil
    }

    /// The same, where a bare number means seconds.
    static func readSeconds(_ text: some StringProtocol) -> Duration? {
        read(text.allSatisfy(\.isNumber) ? "\(text)s" : String(text))
    }

    /// Writes whole milliseconds in the largest unit that fits.
    static func write(_ duration: Duration) -> String {
        let (seconds, rest) = duration.components
        let milliseconds = rest / 1_000_000_000_000_000
        if milliseconds != 0 { return "\(seconds * 1000 + milliseconds)ms" }
        return seconds != 0 && seconds.isMultiple(of: 60) ? "\(seconds / 60)m" : "\(seconds)s"
    }
}
