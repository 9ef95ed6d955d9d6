import Foundation

/// An instant as callers and answers write it: RFC 3339, with its offset.
enum Instant {
    /// No job was ever due before it. Earlier instants are slips, and calendars disagree about the oldest.
    private static let earliestYear = 2000

    /// Reads an instant; nil for anything else, for a day that the month does not have, for a leap second and before
    /// the year 2000.
    ///
    /// By hand, because Foundation's format takes 31 February for 3 March and ignores what follows the zone.
    static func parse(_ text: some StringProtocol) -> Date? {
        // ASCII digits only: `\d` takes those of every script, which `Int` does not read.
        let pattern = /(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d{1,9})?(?:([Zz])|([+\-])(\d\d):(\d\d))/
            .asciiOnlyDigits()
        guard let match = String(text).wholeMatch(of: pattern) else { return nil }
        let parts = match.output
        guard let year = Int(parts.1), let month = Int(parts.2), let day = Int(parts.3), let hour = Int(parts.4),
            let minute = Int(parts.5), let second = Int(parts.6)
        else { return nil }
        let offset = parts.10.flatMap { Int($0) } ?? 0
        let offsetMinutes = parts.11.flatMap { Int($0) } ?? 0
        guard year >= earliestYear, (1...12).contains(month), (1...days(in: month, of: year)).contains(day), hour < 24,
            minute < 60, second < 60, offset < 24, offsetMinutes < 60
        else { return nil }
        let sign = parts.9 == "-" ? -1 : 1
        let local = daysSince1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
        let fraction = parts.7.flatMap { Double("0\($0)") } ?? 0
        return Date(timeIntervalSince1970: Double(local - sign * (offset * 3600 + offsetMinutes * 60)) + fraction)
    }

    /// UTC with microseconds, which is what the database keeps.
    static func text(_ date: Date) -> String {
        let micros = Int64((date.timeIntervalSince1970 * 1_000_000).rounded())
        let (seconds, fraction) = micros.quotientAndRemainder(dividingBy: 1_000_000)
        let whole = Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
        let digits = String(fraction)
        return whole.dropLast() + "." + String(repeating: "0", count: max(0, 6 - digits.count)) + digits + "Z"
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// The proleptic Gregorian calendar, counted in years that begin in March, so that the leap day is the last.
    private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let y = month > 2 ? year : year - 1
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return y * 365 + y / 4 - y / 100 + y / 400 + dayOfYear - 719_468
    }
}
