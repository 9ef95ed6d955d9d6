package import Foundation

/// One value of a row, with the type that the file keeps: a date stays a date and a number a number.
///
/// Dates and times are wall-clock values. A spreadsheet knows no time zone, so whoever fills the row has
/// already chosen one; converting here would show a Paris evening as the next day on a server set to UTC.
package enum Cell: Sendable, Equatable {
    /// Text, kept as text whatever it starts with: `=1+1`, `00123` and `06…` are never computed or shortened.
    case text(String)
    /// A whole number. Spreadsheets keep 15 significant digits: a longer identifier belongs into `text`.
    case integer(Int)
    /// A number with decimals. Spreadsheets keep 15 significant digits, `.csv` keeps all of them.
    case decimal(Decimal)
    /// A day, shown as `dd/mm/yyyy`.
    case date(year: Int, month: Int, day: Int)
    /// A day that spreadsheets do not know, such as one of the year 10000, in words: text in the file, and told of.
    case unknownDate(String)
    /// A day with a time, shown as `dd/mm/yyyy hh:mm`; `.xlsx` keeps the seconds too.
    case dateTime(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int)
    /// Nothing.
    case empty
}

extension [Cell] {
    /// Refuses a row before any of it is written: a row that is half in the file cannot be taken back.
    ///
    /// - Parameter line: the row's number in the file, the headings being row 1.
    func check(columns: Int, line: Int) throws(SpreadsheetError) {
        guard count <= columns else { throw .tooManyCells(row: line, columns: columns, got: count) }
        for (column, cell) in enumerated() where !cell.isPossible {
            throw .impossibleDate(row: line, column: column + 1)
        }
    }
}

extension Cell {
    fileprivate var isPossible: Bool {
        switch self {
        case .text, .integer, .decimal, .unknownDate, .empty:
            true
        case .date(let year, let month, let day):
            CalendarDay.isValid(year: year, month: month, day: day)
        case .dateTime(let year, let month, let day, let hour, let minute, let second):
            CalendarDay.isValid(year: year, month: month, day: day)
                && CalendarDay.isValid(hour: hour, minute: minute, second: second)
        }
    }
}
