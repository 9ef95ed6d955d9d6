import Foundation

/// Writes rows into a `.csv` file as French spreadsheet programs open it with a double click: `;` between fields, UTF-8
/// with a byte order mark, CRLF at line ends, quoting as in RFC 4180.
package final class CSVWriter: RowWriter {
    /// Rows leave in pieces of this size; it is also the memory that the writer needs.
    private static let bufferSize = 64 * 1024

    private let path: String
    private let columns: [Column]
    private var descriptor: Int32
    private var buffer: [UInt8] = []
    private var rows = 0
    private var hasTotal = false
    private var isFinished = false
    package private(set) var changes: [CellChange: Int] = [:]

    /// Opens the file and writes the headings.
    ///
    /// - Parameters:
    ///   - path: the file to write; what is there is replaced.
    ///   - columns: the headings, from the left.
    /// - Throws: ``SpreadsheetError/system(errno:message:during:)`` when the file cannot be created.
    package init(path: String, columns: [Column]) throws {
        self.path = path
        self.columns = columns
        descriptor = try OutputFile.open(path)
        buffer.reserveCapacity(Self.bufferSize + 4096)
        // The byte order mark. Without it Excel reads the file as Windows-1252 and shows "ThÃ©Ã¢tre".
        buffer.append(contentsOf: [0xEF, 0xBB, 0xBF])
        try append(columns.map { .text($0.title) })
        // Of rows, not of headings.
        changes = [:]
    }

    deinit {
        guard !isFinished else { return }
        close(descriptor)
        OutputFile.remove(path)
    }

    package func write(_ row: [Cell]) throws {
        try append(row)
        rows += 1
    }

    package func writeTotal(_ row: [Cell]) throws {
        try append(row)
        hasTotal = true
    }

    package func finish() throws -> Int {
        guard !isFinished else { throw SpreadsheetError.closed(state: "finished") }
        try flush()
        isFinished = true
        // Network file systems report a full disk only here. The descriptor is gone either way.
        guard close(descriptor) == 0 else {
            OutputFile.remove(path)
            throw SpreadsheetError.system("close the file")
        }
        return rows
    }

    private func append(_ row: [Cell]) throws {
        guard !isFinished else { throw SpreadsheetError.closed(state: "finished") }
        guard !hasTotal else { throw SpreadsheetError.closed(state: "closed by its total") }
        // Row 1 of the file is the headings.
        try row.check(columns: columns.count, line: rows + 2)
        for column in columns.indices {
            if column > 0 { buffer.append(UInt8(ascii: ";")) }
            guard column < row.count, let change = CSVField.append(row[column], to: &buffer) else { continue }
            changes[change, default: 0] += 1
        }
        buffer.append(contentsOf: [0x0D, 0x0A])
        if buffer.count >= Self.bufferSize { try flush() }
    }

    private func flush() throws {
        try OutputFile.write(buffer, to: descriptor)
        buffer.removeAll(keepingCapacity: true)
    }
}
