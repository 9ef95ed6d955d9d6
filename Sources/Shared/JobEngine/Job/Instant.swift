package import Foundation

/// An instant as callers and answers write it: RFC 3339, with its offset.
package enum Instant {
    /// What a caller may give, from 2000-01-01T00:00:00Z to 9999-12-31T23:59:59Z. Earlier instants are slips, because no
    /// job was ever due then, and calendars disagree about the oldest; later ones RFC 3339 cannot write.
    /// `relais.is_fitting` says the same to callers of SQL.
    package static let range =
        Date(timeIntervalSince1970: 946_684_800)...Date(timeIntervalSince1970: 253_402_300_799)

    /// What an error says was expected.
    package static let expectation = "an RFC 3339 instant from 2000 to 9999 such as 2026-09-01T07:00:00Z"

    /// Reads an instant; nil for anything else, for a day that the month does not have, for a leap second and outside of
    /// ``range``.
    ///
    /// By hand, because Foundation's format takes 31 February for 3 March and ignores what follows the zone.
    package static func parse(_ text: some StringProtocol) -> Date? {
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
        guard (1...12).contains(month), (1...days(in: month, of: year)).contains(day), hour < 24, minute < 60,
            second < 60, offset < 24, offsetMinutes < 60
        else { return nil }
        let sign = parts.9 == "-" ? -1 : 1
        let local = daysSince1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
        let fraction = parts.7.flatMap { Double("0\($0)") } ?? 0
        let instant = Date(
            timeIntervalSince1970: Double(local - sign * (offset * 3600 + offsetMinutes * 60)) + fraction
        )
        return range.contains(instant) ? instant : nil
    }

    /// UTC with microseconds, which is what the database keeps.
    ///
    /// A row may hold what RFC 3339 cannot write. It is shown all the same, as what it is: years beyond four digits as
    /// ISO 8601 expands them (`+294276-12-31T…`, `-004712-01-01T…`), `infinity` and `-infinity` as the server calls them.
    package static func text(_ date: Date) -> String {
        guard let (second, fraction) = parts(date) else { return infinity(date) }
        return wholeSeconds(second) + "." + padded(fraction, 6) + "Z"
    }

    /// The same without the fraction of a second, for people.
    package static func shortText(_ date: Date) -> String {
        guard let (second, _) = parts(date) else { return infinity(date) }
        return wholeSeconds(second) + "Z"
    }

    /// Whole seconds since 1970 and the microseconds after them; nil for an infinitely distant date. Rounded down, or what
    /// lies before 1970 would have a negative fraction.
    private static func parts(_ date: Date) -> (second: Int, microseconds: Int)? {
        let seconds = date.timeIntervalSince1970
        let whole = seconds.rounded(.down)
        guard let second = Int(exactly: whole) else { return nil }
        let microseconds = Int(((seconds - whole) * 1_000_000).rounded())
        return microseconds == 1_000_000 ? (second + 1, 0) : (second, microseconds)
    }

    private static func infinity(_ date: Date) -> String {
        date.timeIntervalSince1970 < 0 ? "-infinity" : "infinity"
    }

    /// By arithmetic: Foundation goes by the Julian calendar before 1582, and ends in the year 506713.
    private static func wholeSeconds(_ second: Int) -> String {
        let (quotient, remainder) = second.quotientAndRemainder(dividingBy: 86_400)
        let day = CivilDay(number: remainder < 0 ? quotient - 1 : quotient)
        let rest = remainder < 0 ? remainder + 86_400 : remainder
        let year =
            (0...9999).contains(day.year)
            ? padded(day.year, 4) : (day.year < 0 ? "-" : "+") + padded(abs(day.year), 6)
        return "\(year)-\(padded(day.month, 2))-\(padded(day.day, 2))T"
            + "\(padded(rest / 3600, 2)):\(padded(rest / 60 % 60, 2)):\(padded(rest % 60, 2))"
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
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
