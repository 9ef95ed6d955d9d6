/// A cron expression of five fields, as in POSIX crontab with names and steps: minute, hour, day of month, month, day of
/// week. Whether it has a tick at some instant depends on a time zone: see ``Ticks``.
package struct CronExpression: Sendable, Hashable {
    let minutes: CronField
    let hours: CronField
    private let days: CronField
    private let months: CronField
    private let weekdays: CronField

    /// What is wrong with an expression or a time zone.
    package struct Fault: Error, Hashable, CustomStringConvertible {
        package let expected: String
        package let got: String

        package var description: String { "expected \(expected), got '\(got)'" }
    }

    /// - Throws: ``Fault`` when the text is no cron expression.
    package init(_ text: String) throws {
        let fields = text.split(whereSeparator: { $0 == " " || $0 == "\t" })
        guard fields.count == 5 else {
            throw Fault(
                expected: "five fields: minute, hour, day of month, month, day of week",
                got: String(text.prefix(100))
            )
        }
        minutes = try CronField(fields[0], .minute)
        hours = try CronField(fields[1], .hour)
        days = try CronField(fields[2], .day)
        months = try CronField(fields[3], .month)
        weekdays = try CronField(fields[4], .weekday)
    }

    /// Whether the expression allows a day. When both the day of the month and the day of the week are restricted, one of
    /// them is enough: `0 7 1 * mon` is every first of a month and every Monday (POSIX crontab).
    func allows(_ day: CivilDay) -> Bool {
        guard months.allows(day.month) else { return false }
        let byDay = days.allows(day.day)
        let byWeekday = weekdays.allows(day.weekday)
        return days.isWildcard || weekdays.isWildcard ? byDay && byWeekday : byDay || byWeekday
    }

    /// Whether every hour is allowed. Then the minutes go by elapsed time: a clock change neither doubles nor delays them.
    var isHourly: Bool { hours.values.count == 24 }
}
