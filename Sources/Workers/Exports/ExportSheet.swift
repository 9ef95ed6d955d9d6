import Platform
import Postgres
import Spreadsheet

/// What makes one kind of export: its sheet, its rows and what stands in their cells. All statements run in the one
/// snapshot in which it was made, so that the number of rows, the columns and the rows agree.
protocol ExportSheet: Sendable {
    associatedtype Arguments: ExportArguments

    /// The name of the sheet.
    static var name: String { get }

    /// Reads what decides about the shape of the file: the number of rows, labels, columns.
    init(_ arguments: Arguments, on connection: PostgresConnection) async throws

    /// How many rows the file will have, neither headings nor total counted.
    var rowCount: Int { get }
    var columns: [Column] { get }
    /// The statement that reads the rows, in the order of the file.
    var rows: SQL { get }
    /// The statement that reads the row that sums up the others; nil: the file has none.
    var total: SQL? { get }

    /// The cells of one row of ``rows`` or ``total``.
    func cells(_ row: Row) throws -> [Cell]
}

extension ExportSheet {
    var total: SQL? { nil }
}

/// Compiling takes longer than reading, and with the usual 4 MB a sort goes to disk several times over.
enum ExportSQL {
    static let settings: SQL = "SELECT set_config('jit', 'off', true), set_config('work_mem', '64MB', true)"

    /// The day of an instant in Paris. The last instants that a column can hold are in the year after there, which it cannot
    /// hold: they stay in theirs.
    static func parisDay(_ instant: SQL) -> SQL {
        """
        (CASE WHEN isfinite(\(fragment: instant)) AND \(fragment: instant) > '294276-12-31 00:00Z' THEN '294276-12-31 00:00Z'
            ELSE \(fragment: instant) END AT TIME ZONE 'Europe/Paris')::date
        """
    }

    static func ministryName(_ id: Int64) -> SQL {
        "SELECT name FROM platform.organisation_group WHERE id = \(id)"
    }
}

extension Row {
    /// A text cell; null is an empty one.
    func textCell(_ column: String) throws -> Cell {
        try decode(column, as: String?.self).map(Cell.text) ?? .empty
    }

    func dayCell(_ column: String) throws -> Cell {
        guard let stored = try decode(column, as: StoredDay?.self) else { return .empty }
        guard case .day(let day) = stored, (1...9999).contains(day.year) else {
            return .unknownDate(FrenchDay.digits(stored))
        }
        return .date(year: day.year, month: day.month, day: day.day)
    }

    func integerCell(_ column: String) throws -> Cell {
        .integer(try decode(column))
    }

    /// One line each for what is there.
    func linesCell(_ columns: [String]) throws -> Cell {
        let lines = try columns.compactMap { try decode($0, as: String?.self) }.filter { !$0.isEmpty }
        return lines.isEmpty ? .empty : .text(lines.joined(separator: "\n"))
    }
}
