import CXLSXWriter
import Foundation

/// Writes rows into an `.xlsx` file through libxlsxwriter.
///
/// The library's constant-memory mode keeps one row in memory and the others in a temporary file, and wants rows in
/// order, which is the only way this writer offers. ``finish()`` needs the temporary directory to hold the rows
/// twice, uncompressed, and compresses them: seconds of work for a large file.
package final class XLSXWriter: RowWriter {
    private let path: String
    private let temporaryDirectory: String
    private let columns: [Column]
    private let limit: Int
    private var book: XLSXBook?
    private var rows = 0
    private var hasTotal = false
    private var isFinished = false
    package private(set) var changes: [CellChange: Int] = [:]

    /// Opens the file and writes the headings.
    ///
    /// - Parameters:
    ///   - path: the file to write; what is there is replaced.
    ///   - sheet: name of the one sheet: at most 31 characters, none of `[]:*?/\`.
    ///   - columns: headings and widths, from the left.
    ///   - temporaryDirectory: an existing directory for the library's temporary files. It may be on another disk.
    /// - Throws: ``SpreadsheetError`` when the file or the temporary directory cannot be written, or the name is refused.
    package convenience init(path: String, sheet: String, columns: [Column], temporaryDirectory: String) throws {
        try self.init(
            path: path,
            sheet: sheet,
            columns: columns,
            temporaryDirectory: temporaryDirectory,
            limit: SpreadsheetFormat.xlsx.maximumRows ?? .max
        )
    }

    /// `limit` is for tests: reaching the true one takes a million rows.
    init(path: String, sheet: String, columns: [Column], temporaryDirectory: String, limit: Int) throws {
        self.path = path
        self.columns = columns
        self.temporaryDirectory = temporaryDirectory
        self.limit = limit
        // The library creates the file only at the end, and silently takes /tmp where it cannot use the directory
        // it is given: both are tried here, before a long export has been read.
        try OutputFile.create(path)
        do {
            guard access(temporaryDirectory, W_OK | X_OK) == 0 else {
                throw SpreadsheetError.system("use the temporary directory")
            }
            let book = try XLSXBook(path: path, sheet: sheet, temporaryDirectory: temporaryDirectory)
            self.book = book
            try book.layOut(columns)
        } catch {
            OutputFile.remove(path)
            throw error
        }
    }

    deinit {
        guard !isFinished else { return }
        book?.discard()
        OutputFile.remove(path)
    }

    package func write(_ row: [Cell]) throws {
        let book = try openBook()
        guard rows < limit else { throw SpreadsheetError.tooManyRows(limit: limit) }
        try write(row, to: book, bold: false)
        rows += 1
    }

    package func writeTotal(_ row: [Cell]) throws {
        let book = try openBook()
        guard rows < limit else { throw SpreadsheetError.tooManyRows(limit: limit) }
        // Before the total: the library refuses a filter that ends above a row it has already put away.
        try book.filter(columns: columns.count, lastRow: rows)
        try write(row, to: book, bold: true)
        hasTotal = true
    }

    package func finish() throws -> Int {
        guard let book, !isFinished else { throw SpreadsheetError.closed(state: "finished") }
        if !hasTotal { try book.filter(columns: columns.count, lastRow: rows) }
        try book.checkRows()
        try requireRoom(for: book.storedBytes)
        // From here on the library owns nothing any more, whatever it answers.
        self.book = nil
        try book.close()
        isFinished = true
        return rows
    }

    private func openBook() throws -> XLSXBook {
        guard let book else { throw SpreadsheetError.closed(state: isFinished ? "finished" : "broken") }
        guard !hasTotal else { throw SpreadsheetError.closed(state: "closed by its total") }
        return book
    }

    private func write(_ row: [Cell], to book: XLSXBook, bold: Bool) throws {
        // Row 1 of the file is the headings.
        try row.check(columns: columns.count, line: rows + 2)
        for (column, cell) in row.enumerated() {
            guard let change = try book.write(cell, row: rows + 1, column: column, bold: bold) else { continue }
            changes[change, default: 0] += 1
        }
    }

    /// The library copies the rows into a second temporary file without looking whether they arrive: on a full disk
    /// it would report success for a file that no program can open.
    private func requireRoom(for bytes: Int) throws {
        var info = statvfs()
        guard statvfs(temporaryDirectory, &info) == 0 else {
            throw SpreadsheetError.system("look for room in the temporary directory")
        }
        let free = Int(
            clamping: UInt64(info.f_bavail).multipliedReportingOverflow(by: UInt64(info.f_frsize)).partialValue
        )
        let needed = bytes + (1 << 20)
        guard free >= needed else { throw SpreadsheetError.noRoom(needed: needed, free: free) }
    }
}
