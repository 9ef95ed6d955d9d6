/// A calendar day (`date`), without time or zone, in the proleptic Gregorian calendar.
package struct PostgresDay: Sendable, Hashable, Comparable {
    /// The year; 0 is 1 BC.
    package let year: Int
    /// The month, from 1.
    package let month: Int
    /// The day of the month, from 1.
    package let day: Int

    /// Nil when the calendar has no such day.
    package init?(year: Int, month: Int, day: Int) {
        guard (-4712...5_874_897).contains(year), (1...12).contains(month), (1...31).contains(day) else { return nil }
        self.init(unchecked: year, month, day)
        guard self == PostgresDay(daysSinceEpoch: daysSinceEpoch) else { return nil }
    }

    private init(unchecked year: Int, _ month: Int, _ day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    package static func < (left: PostgresDay, right: PostgresDay) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }

    /// Days from 2000-01-01. Years begin in March here, so that the leap day is the last day of its year
    /// (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    private var daysSinceEpoch: Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 730_425
    }

    private init(daysSinceEpoch: Int) {
        let days = daysSinceEpoch + 730_425
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        self.init(
            unchecked: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
            month,
            dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        )
    }
}

extension PostgresDay: CustomStringConvertible {
    /// `2026-01-31`, as in ISO 8601.
    package var description: String {
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number.magnitude)
            return (number < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }
}

extension PostgresDay: PostgresScalar, PostgresDecodable {
    package static var postgresType: UInt32 { PostgresType.date }
    package static var postgresArrayType: UInt32 { PostgresType.dateArray }

    package func encode(into buffer: inout PostgresBuffer) throws(EncodingFault) -> Bool {
        guard let days = Int32(exactly: daysSinceEpoch) else {
            throw EncodingFault(reason: "a day is outside what date can hold")
        }
        buffer.append(integer: days)
        return true
    }

    package static func decode(_ cell: PostgresCell) throws(DecodingFault) -> PostgresDay {
        let days = try cell.integer(as: Int32.self)
        guard cell.type == PostgresType.date else { throw cell.mismatch }
        guard days != .max, days != .min else { throw DecodingFault(reason: "infinity is no day") }
        return PostgresDay(daysSinceEpoch: Int(days))
    }
}
