package import Foundation

/// The calendar by which the platform counts days, weeks and school years, whatever the server's own time zone.
package enum ParisCalendar {
    /// ISO weeks, Monday to Sunday.
    package static let iso: Calendar = {
        var calendar = Calendar(identifier: .iso8601)
        // Foundation brings the zone along; the tests at the boundaries of the school year see that it does.
        calendar.timeZone = TimeZone(identifier: "Europe/Paris") ?? .gmt
        return calendar
    }()

    /// Midnight in Paris at the beginning of a day of the calendar.
    static func midnight(_ year: Int, _ month: Int, _ day: Int) -> Date {
        // Never nil for a day that exists, and every 1 September does.
        iso.date(from: DateComponents(year: year, month: month, day: day)) ?? .distantPast
    }
}
