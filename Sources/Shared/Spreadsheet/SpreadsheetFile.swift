import Dispatch
import Foundation

/// A table on a thread of its own, for a task that also awaits other things.
///
/// Writing blocks on the disk, and the last step of a large `.xlsx` computes for seconds. On Swift's shared threads,
/// two on a small machine, that would hold up every job of the process.
package actor SpreadsheetFile {
    private nonisolated let executor = SpreadsheetExecutor()
    private var writer: (any RowWriter)?
    /// The cells that are not what their rows said; known once the file is finished.
    package private(set) var changes: [CellChange: Int] = [:]

    /// Runs the actor on its own queue.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Opens the file; the parameters are those of ``XLSXWriter`` and ``CSVWriter``.
    ///
    /// - Throws: ``SpreadsheetError`` when it cannot be written.
    package init(
        _ format: SpreadsheetFormat,
        path: String,
        sheet: String,
        columns: [Column],
        temporaryDirectory: String
    ) async throws {
        writer = nil
        try open(format, path, sheet, columns, temporaryDirectory)
    }

    /// Appends rows in order; a few hundred at a time keep the hops between threads cheap.
    ///
    /// - Throws: ``SpreadsheetError``; rows before the faulty one stay written.
    package func write(_ rows: [[Cell]]) throws {
        for row in rows { try current().write(row) }
    }

    /// Appends the row that sums up the others; it comes last.
    ///
    /// - Throws: ``SpreadsheetError``.
    package func writeTotal(_ row: [Cell]) throws {
        try current().writeTotal(row)
    }

    /// Completes and closes the file.
    ///
    /// - Returns: the number of rows, neither headings nor total counted.
    /// - Throws: ``SpreadsheetError``; the file is then gone.
    package func finish() throws -> Int {
        let writer = try current()
        // Dropping the writer removes the file of a finish that failed.
        self.writer = nil
        changes = writer.changes
        return try writer.finish()
    }

    /// Closes and removes an unfinished file. Does nothing after ``finish()``.
    package func discard() {
        writer = nil
    }

    private func open(
        _ format: SpreadsheetFormat,
        _ path: String,
        _ sheet: String,
        _ columns: [Column],
        _ temporaryDirectory: String
    ) throws {
        switch format {
        case .xlsx:
            writer = try XLSXWriter(path: path, sheet: sheet, columns: columns, temporaryDirectory: temporaryDirectory)
        case .csv:
            writer = try CSVWriter(path: path, columns: columns)
        }
    }

    private func current() throws -> any RowWriter {
        guard let writer else { throw SpreadsheetError.closed(state: "finished") }
        return writer
    }
}

/// Runs an actor on a dispatch queue; `DispatchSerialQueue` as an executor does not exist on Linux.
private final class SpreadsheetExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "relais.spreadsheet")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedSerialExecutor()
        queue.async { job.runSynchronously(on: executor) }
    }

    /// Without it `assumeIsolated` and the runtime's own checks trap off the shared threads.
    func checkIsolated() {
        dispatchPrecondition(condition: .onQueue(queue))
    }
}
