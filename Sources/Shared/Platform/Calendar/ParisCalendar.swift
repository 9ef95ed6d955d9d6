package import Foundation
import Postgres

/// The calendar by which the platform counts days, weeks and school years, whatever the server's own time zone.
package enum ParisCalendar {
    /// ISO weeks, Monday to Sunday.
    package static let iso: Calendar = {
        var calendar = Calendar(identifier: .iso8601)
        guard let paris = TimeZone(identifier: "Europe/Paris") else {
            // The zone is part of Foundation: this is a broken installation, known at the first start.
            preconditionFailure("Foundation's data lack the time zone Europe/Paris: install tzdata")
        }
        calendar.timeZone = paris
        return calendar
    }()

    /// Midnight in Paris at the beginning of a day that exists.
    static func midnight(_ year: Int, _ month: Int, _ day: Int) -> Date {
        guard let date = iso.date(from: DateComponents(year: year, month: month, day: day)) else {
            preconditionFailure("expected a day of the calendar, got \(year)-\(month)-\(day)")
        }
        return date
    }

    /// A day of a year that `SchoolYear.known` bounds.
    static func day(_ year: Int, _ month: Int, _ day: Int) -> PostgresDay {
        guard let date = PostgresDay(year: year, month: month, day: day) else {
            preconditionFailure("expected a day of the calendar, got \(year)-\(month)-\(day)")
        }
        return date
    }
}
