/// Why a file could not be written. Never quotes a cell: cells hold names and addresses.
package enum SpreadsheetError: Error, Equatable, CustomStringConvertible {
    /// libxlsxwriter refused; `message` are its own words.
    case library(code: UInt32, message: String, during: String)
    /// The operating system refused; `message` are its words.
    case system(errno: Int32, message: String, during: String)
    /// More rows than an `.xlsx` sheet can hold.
    case tooManyRows(limit: Int)
    /// More cells than columns.
    case tooManyCells(row: Int, columns: Int, got: Int)
    /// A date that no calendar has, such as 31 February.
    case impossibleDate(row: Int, column: Int)
    /// A row after the total, or after the end.
    case closed(state: String)
    /// The temporary directory has less room than the last step needs.
    case noRoom(needed: Int, free: Int)

    /// What was expected, what came, and what to do. Rows count from 1, the headings being row 1.
    package var description: String {
        switch self {
        case .library(let code, let message, let operation):
            "libxlsxwriter could not \(operation): \(message) (code \(code))"
        case .system(let code, let message, let operation):
            "could not \(operation): \(message) (errno \(code))"
        case .tooManyRows(let limit):
            "an .xlsx sheet holds at most \(limit) rows: ask for .csv, which has no limit, or narrow the filters"
        case .tooManyCells(let row, let columns, let got):
            "row \(row): expected at most \(columns) cells, got \(got)"
        case .impossibleDate(let row, let column):
            "row \(row), column \(column): expected a date of the calendar from year 1 to 9999, got an impossible one"
        case .closed(let state):
            "expected a table that still takes rows, got one that is \(state): open a new file"
        case .noRoom(let needed, let free):
            "the temporary directory needs \(needed) bytes to complete the file and has \(free): free some room or set another directory"
        }
    }
}
