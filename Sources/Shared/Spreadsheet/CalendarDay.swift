/// Checks days of the Gregorian calendar without Foundation's `Calendar`, which would cost more than the rest
/// of the row.
enum CalendarDay {
    static func isValid(year: Int, month: Int, day: Int) -> Bool {
        (1...9999).contains(year) && (1...12).contains(month) && day >= 1 && day <= days(in: month, of: year)
    }

    /// A leap second is refused: neither format can show it.
    static func isValid(hour: Int, minute: Int, second: Int) -> Bool {
        (0...23).contains(hour) && (0...59).contains(minute) && (0...59).contains(second)
    }

    /// `dd/mm/yyyy`.
    static func text(year: Int, month: Int, day: Int) -> String {
        "\(digits(day, 2))/\(digits(month, 2))/\(digits(year, 4))"
    }

    /// `hh:mm`.
    static func text(hour: Int, minute: Int) -> String {
        "\(digits(hour, 2)):\(digits(minute, 2))"
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func digits(_ number: Int, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}
