package import Foundation

/// A week of ISO 8601, Monday to Sunday, as `platform.week` names it: `2021-W35`.
package struct ISOWeek: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The year that the week belongs to, which in the days around New Year is not always that of the date.
    package let year: Int
    package let number: Int

    /// The week that holds an instant, in Europe/Paris.
    package init(containing instant: Date) {
        let calendar = ParisCalendar.iso
        year = calendar.component(.yearForWeekOfYear, from: instant)
        number = calendar.component(.weekOfYear, from: instant)
    }

    /// Sorts as text in the order of time.
    package var description: String {
        "\(year)-W\(number < 10 ? "0" : "")\(number)"
    }

    package static func < (left: ISOWeek, right: ISOWeek) -> Bool {
        (left.year, left.number) < (right.year, right.number)
    }
}
