extension ValueKind where Value == Duration {
    /// A whole number and its unit: `500ms`, `20s`, `5m`, `1h`.
    ///
    /// The time must be a multiple of the step.
    static func duration(
        in range: ClosedRange<Duration>,
        step: Duration = .milliseconds(1),
        example: String
    ) -> ValueKind {
        ValueKind(example: example) { text throws(ValueMistake) in
            guard let milliseconds = DurationUnit.milliseconds(of: text) else {
                throw ValueMistake(reason: "must be a whole number and a unit: ms, s, m or h")
            }
            let duration = Duration.milliseconds(milliseconds)
            guard range.contains(duration) else {
                let bounds = "\(DurationUnit.text(of: range.lowerBound)) and \(DurationUnit.text(of: range.upperBound))"
                throw ValueMistake(reason: "must be between \(bounds)")
            }
            guard duration == step * (duration / step).rounded() else {
                throw ValueMistake(reason: "must be a multiple of \(DurationUnit.text(of: step))")
            }
            return duration
        }
    }
}

/// The units that durations are written in, the longest first.
enum DurationUnit: String, CaseIterable {
    case hour = "h"
    case minute = "m"
    case second = "s"
    case millisecond = "ms"

    private var milliseconds: Int64 {
        switch self {
        case .hour: 3_600_000
        case .minute: 60_000
        case .second: 1000
        case .millisecond: 1
        }
    }

    static func milliseconds(of text: String) -> Int64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        // Nine digits of hours fit into the product.
        guard (1...9).contains(digits.count), let number = Int64(digits) else { return nil }
        return DurationUnit(rawValue: String(text[digits.endIndex...])).map { number * $0.milliseconds }
    }

    /// In the longest unit that gives a whole number.
    static func text(of duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        let unit = allCases.first { milliseconds.isMultiple(of: $0.milliseconds) } ?? .millisecond
        return "\(milliseconds / unit.milliseconds)\(unit.rawValue)"
    }
}
