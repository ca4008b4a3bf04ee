// Seconds since 1970 as a date and a time of day, by arithmetic alone.
// Knows the Gregorian calendar. Knows nothing of time zones: the caller gives the offset.

/// A moment as people write it.
public struct CivilTime: Equatable, Sendable {
    public let year: Int
    /// 1 to 12.
    public let month: Int
    /// 1 to 31.
    public let day: Int
    public let hour: Int
    public let minute: Int
    public let second: Int
    /// 0 (Sunday) to 6.
    public let weekday: Int

    /// - Parameters:
    ///   - unixSeconds: seconds since 1970-01-01 00:00:00 UTC; clamped to the years 1 to 9999, so
    ///     that a clock gone wrong is a wrong date and never an overflow.
    ///   - offsetSeconds: what local time is ahead of UTC (east is positive); clamped to one day.
    public init(unixSeconds: Int64, offsetSeconds: Int) {
        let utc = Swift.min(Swift.max(unixSeconds, Self.secondsMin), Self.secondsMax)
        let local = utc + Int64(Swift.min(Swift.max(offsetSeconds, -86_400), 86_400))
        let secondOfDay = Int(Self.remainder(local, 86_400))
        let days = (local - Int64(secondOfDay)) / 86_400
        let date = Self.date(daysSince1970: Int(days))
        // 1970-01-01 was a Thursday.
        weekday = Int(Self.remainder(days + 4, 7))
        (year, month, day) = (date.year, date.month, date.day)
        (hour, minute, second) = (secondOfDay / 3_600, secondOfDay / 60 % 60, secondOfDay % 60)
    }

    /// `Jan` to `Dec`. A switch rather than a table: an array would be a heap object.
    var monthName: StaticString {
        switch month {
        case 1: "Jan"
        case 2: "Feb"
        case 3: "Mar"
        case 4: "Apr"
        case 5: "May"
        case 6: "Jun"
        case 7: "Jul"
        case 8: "Aug"
        case 9: "Sep"
        case 10: "Oct"
        case 11: "Nov"
        default: "Dec"
        }
    }

    /// 0001-01-02 00:00:00 UTC: a day's room for the offset.
    private static let secondsMin: Int64 = -62_135_510_400
    /// 9999-12-30 23:59:59 UTC.
    private static let secondsMax: Int64 = 253_402_214_399

    /// The calendar repeats every 400 years of 146,097 days; years are counted from March, so that
    /// the leap day ends one. (Howard Hinnant, "chrono-compatible low-level date algorithms".)
    private static func date(daysSince1970: Int) -> (year: Int, month: Int, day: Int) {
        // 719,468 days lie between 0000-03-01 and 1970-01-01; the clamp above keeps the sum positive.
        let days = daysSince1970 + 719_468
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        // 153 days are five months from March on, whose lengths repeat: 31, 30, 31, 30, 31.
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
    }

    /// The remainder that is never negative.
    private static func remainder(_ value: Int64, _ divisor: Int64) -> Int64 {
        let remainder = value % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}
