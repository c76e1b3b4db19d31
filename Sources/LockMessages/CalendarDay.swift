/// A day of the Gregorian calendar, also before there was one, in the years 0 to 9999.
struct CalendarDay: Hashable {
    let year: Int
    /// 1 to 12.
    let month: Int
    /// 1 to the length of the month.
    let day: Int

    /// Nil for a day that does not exist.
    init?(year: Int, month: Int, day: Int) {
        guard (0...9999).contains(year), (1...12).contains(month) else { return nil }
        guard (1...Self.length(ofMonth: month, in: year)).contains(day) else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// - Parameter days: 0 for 1 January of the year 0, below 3 652 425.
    init(daysSinceYearZero days: Int) {
        let (cycles, inCycle) = days.quotientAndRemainder(dividingBy: Self.daysIn400Years)
        // Never too late, and at most one year early.
        var year = cycles * 400 + inCycle / 366
        while Self.days(before: year + 1) <= days { year += 1 }
        var remaining = days - Self.days(before: year)
        var month = 1
        while remaining >= Self.length(ofMonth: month, in: year) {
            remaining -= Self.length(ofMonth: month, in: year)
            month += 1
        }
        self.year = year
        self.month = month
        day = remaining + 1
    }

    /// 0 for 1 January of the year 0.
    var daysSinceYearZero: Int {
        Self.days(before: year) + (1..<month).reduce(0) { $0 + Self.length(ofMonth: $1, in: year) } + day - 1
    }

    private static let daysIn400Years = 146_097

    private static func isLeap(_ year: Int) -> Bool {
        year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
    }

    private static func length(ofMonth month: Int, in year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func days(before year: Int) -> Int {
        guard year > 0 else { return 0 }
        let last = year - 1
        return year * 365 + last / 4 - last / 100 + last / 400 + 1
    }
}
