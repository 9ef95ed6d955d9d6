/// Writes the rows of one table into one file, in order.
///
/// A writer holds a file handle and a row or two, never the rows: memory stays flat however many come.
/// Neither writer is `Sendable`: libxlsxwriter's workbook and the `.csv` buffer belong to one task at a
/// time. A caller that must not block its thread uses ``SpreadsheetFile``.
///
/// A writer that is dropped without ``finish()``, or whose `finish()` throws, removes its file: no half
/// file can be taken for a whole one.
package protocol RowWriter: AnyObject {
    /// Appends one row. Missing cells stay empty.
    ///
    /// - Throws: ``SpreadsheetError`` when the row has more cells than there are columns, holds an impossible
    ///   date, is one more than the format can hold, or cannot be stored.
    func write(_ row: [Cell]) throws

    /// Appends a row that sums up the others: it comes last, in bold, and the filter leaves it in place.
    ///
    /// - Throws: as ``write(_:)``; a total ends the table, so that a row after it is refused.
    func writeTotal(_ row: [Cell]) throws

    /// How many cells written so far are not what their rows said. A cell counts once, for the first reason that is true.
    var changes: [CellChange: Int] { get }

    /// Completes and closes the file.
    ///
    /// - Returns: the number of rows, neither headings nor total counted.
    func finish() throws -> Int
}
