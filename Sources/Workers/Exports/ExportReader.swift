import Foundation
import JobEngine
import Platform
import Postgres
import Spreadsheet

/// Reads the rows of an export from one snapshot into a file. Memory holds a few hundred rows, whatever the size.
struct ExportReader<Sheet: ExportSheet>: Sendable {
    enum Outcome: Sendable {
        case written(rows: Int, changed: ChangedCells)
        /// The format cannot hold that many.
        case tooManyRows
    }

    let arguments: Sheet.Arguments
    /// The most rows that the file may have; nil: as many as there are.
    let rowLimit: Int?
    let context: JobContext

    /// - Parameter file: the file to write, in a directory that also takes the temporary files.
    func write(to file: URL) async throws -> Outcome {
        let spreadsheet = try await read(into: file)
        // After the snapshot: compressing a great file takes seconds, in which vacuum would have to wait for us.
        guard let spreadsheet else { return .tooManyRows }
        let rows = try await spreadsheet.finish()
        return .written(rows: rows, changed: ChangedCells(await spreadsheet.changes))
    }

    private func read(into file: URL) async throws -> SpreadsheetFile? {
        try await context.database.transaction(isolation: .repeatableRead, readOnly: true) { connection in
            _ = try await connection.query(ExportSQL.settings)
            let sheet = try await Sheet(arguments, on: connection)
            if let rowLimit, sheet.rowCount > rowLimit { return nil }
            let spreadsheet = try await SpreadsheetFile(
                arguments.format.spreadsheet,
                path: file.path,
                sheet: Sheet.name,
                columns: sheet.columns,
                temporaryDirectory: file.deletingLastPathComponent().path
            )
            do {
                try await copy(sheet, to: spreadsheet, on: connection)
            } catch {
                await spreadsheet.discard()
                throw error
            }
            return spreadsheet
        }
    }

    private func copy(_ sheet: Sheet, to spreadsheet: SpreadsheetFile, on connection: PostgresConnection) async throws {
        let clock = ContinuousClock()
        var reported = clock.now
        var done = 0
        try await context.report(done: 0, total: sheet.rowCount)
        try await withThrowingTaskGroup(of: Void.self) { writing in
            for try await rows in connection.stream(sheet.rows, chunk: ExportPace.chunk, as: "read an export's rows") {
                try Task.checkCancellation()
                let cells = try rows.map(sheet.cells)
                // One chunk is written while the next one is read; never two, whose order nobody would know.
                try await writing.next()
                writing.addTask { try await spreadsheet.write(cells) }
                done += rows.count
                if clock.now - reported >= ExportPace.reportInterval {
                    try await context.report(done: done, total: sheet.rowCount)
                    reported = clock.now
                }
            }
            try await writing.waitForAll()
        }
        if done > 0, let total = sheet.total, let row = try await connection.query(total).first {
            try await spreadsheet.writeTotal(try sheet.cells(row))
        }
        try await context.report(done: done, total: sheet.rowCount)
    }
}

/// How an export goes forward.
private enum ExportPace {
    /// Few enough for flat memory, many enough that the hops between threads cost nothing.
    static let chunk = 200
    static let reportInterval: Duration = .seconds(1)
}

extension ChangedCells {
    fileprivate init(_ changes: [CellChange: Int]) {
        self.init()
        for (change, count) in changes {
            switch change {
            case .date: dates = count
            case .length: lengths = count
            case .characters: characters = count
            case .formula: formulas = count
            }
        }
    }
}

extension ExportFormat {
    fileprivate var spreadsheet: SpreadsheetFormat {
        switch self {
        case .xlsx: .xlsx
        case .csv: .csv
        }
    }
}
