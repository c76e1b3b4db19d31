package import LockDomain

/// Instants as people and programs write them: RFC 3339.
extension UnixTime {
    /// Always of the form `2026-11-23T10:20:30.123Z`; nil outside the years 0 to 9999.
    package var rfc3339: String? {
        guard (Self.yearZero...Self.lastOfYear9999).contains(milliseconds) else { return nil }
        let sinceYearZero = milliseconds - Self.yearZero
        let (day, inDay) = Int(sinceYearZero).quotientAndRemainder(dividingBy: 86_400_000)
        let date = CalendarDay(daysSinceYearZero: day)
        let (second, fraction) = inDay.quotientAndRemainder(dividingBy: 1000)
        return "\(date.year, width: 4)-\(date.month, width: 2)-\(date.day, width: 2)"
            + "T\(second / 3600, width: 2):\(second / 60 % 60, width: 2):\(second % 60, width: 2)"
            + ".\(fraction, width: 3)Z"
    }

    /// Reads RFC 3339 to the letter: a `T`, a zone, seconds up to 59, any number of digits behind the point.
    ///
    /// What is finer than a millisecond is dropped. Nil for anything else, above all for a time without a zone, which
    /// nobody can place.
    package init?(rfc3339 text: String) {
        var cursor = ByteCursor(text.utf8)
        guard let date = cursor.takeDay(), cursor.take("T") || cursor.take("t"),
            let inDay = cursor.takeTimeOfDay(), let offset = cursor.takeZone(), cursor.isAtEnd
        else { return nil }
        self.init(milliseconds: Self.yearZero + Int64(date.daysSinceYearZero * 86_400_000 + inDay - offset))
    }

    private static let yearZero: Int64 = -62_167_219_200_000
    private static let lastOfYear9999: Int64 = 253_402_300_799_999
}

extension ByteCursor {
    fileprivate mutating func takeDay() -> CalendarDay? {
        guard let year = takeNumber(digits: 4), take("-"), let month = takeNumber(digits: 2), take("-"),
            let day = takeNumber(digits: 2)
        else { return nil }
        return CalendarDay(year: year, month: month, day: day)
    }

    /// Milliseconds since midnight.
    fileprivate mutating func takeTimeOfDay() -> Int? {
        guard let hour = takeNumber(digits: 2), hour < 24, take(":"), let minute = takeNumber(digits: 2), minute < 60,
            take(":"), let second = takeNumber(digits: 2), second < 60
        else { return nil }
        let whole = (hour * 3600 + minute * 60 + second) * 1000
        guard take(".") else { return whole }
        guard let tenths = takeDigit() else { return nil }
        var fraction = tenths * 100
        var weight = 10
        while let digit = takeDigit() {
            fraction += digit * weight
            weight /= 10
        }
        return whole + fraction
    }

    /// Milliseconds that the zone's clocks are ahead of UTC.
    fileprivate mutating func takeZone() -> Int? {
        if take("Z") || take("z") { return 0 }
        let isAhead = take("+")
        guard isAhead || take("-"), let hour = takeNumber(digits: 2), hour < 24, take(":"),
            let minute = takeNumber(digits: 2), minute < 60
        else { return nil }
        return (isAhead ? 1 : -1) * (hour * 60 + minute) * 60_000
    }
}

extension DefaultStringInterpolation {
    fileprivate mutating func appendInterpolation(_ number: Int, width: Int) {
        let digits = String(number)
        appendLiteral(String(repeating: "0", count: max(0, width - digits.count)) + digits)
    }
}
