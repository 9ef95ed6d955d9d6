import Foundation
import JobEngine
import Platform
import Postgres
import Spreadsheet

/// Reads the offers of a filter from one snapshot into a file. Memory holds a few hundred rows, whatever the size.
struct OffersReader: Sendable {
    enum Outcome: Sendable {
        case written(rows: Int)
        /// The format cannot hold that many.
        case tooManyRows
    }

    let filter: OffersFilter
    let format: SpreadsheetFormat
    /// The most rows that the file may have; nil: as many as there are.
    let rowLimit: Int?
    let context: JobContext

    /// Few enough for flat memory, many enough that the hops between threads cost nothing.
    private static let chunk = 500
    private static let reportInterval: Duration = .seconds(1)

    /// - Parameter file: the file to write, in a directory that also takes the temporary files.
    func write(to file: URL) async throws -> Outcome {
        let spreadsheet = try await read(into: file)
        // After the snapshot: compressing a great file takes seconds, in which vacuum would have to wait for us.
        guard let spreadsheet else { return .tooManyRows }
        return .written(rows: try await spreadsheet.finish())
    }

    private func read(into file: URL) async throws -> SpreadsheetFile? {
        try await context.database.transaction(isolation: .repeatableRead, readOnly: true) { connection in
            _ = try await connection.query(OffersSQL.settings)
            guard let extent = try await connection.query(OffersSQL.extent(filter)).first else { return nil }
            let total: Int = try extent.decode("rows")
            if let rowLimit, total > rowLimit { return nil }
            let sheet = try OffersSheet(
                weeks: try await connection.query(OffersSQL.weeks),
                weekColumns: try extent.decode("weeks")
            )
            let spreadsheet = try await SpreadsheetFile(
                format,
                path: file.path,
                sheet: OffersSheet.name,
                columns: sheet.columns,
                temporaryDirectory: file.deletingLastPathComponent().path
            )
            do {
                try await copy(sheet, to: spreadsheet, total: total, on: connection)
            } catch {
                await spreadsheet.discard()
                throw error
            }
            return spreadsheet
        }
    }

    private func copy(
        _ sheet: OffersSheet,
        to spreadsheet: SpreadsheetFile,
        total: Int,
        on connection: PostgresConnection
    ) async throws {
        let clock = ContinuousClock()
        var reported = clock.now
        var done = 0
        try await context.report(done: 0, total: total)
        for try await rows in connection.stream(OffersSQL.rows(filter), chunk: Self.chunk, as: "read offers") {
            try Task.checkCancellation()
            try await spreadsheet.write(try rows.map(sheet.cells))
            done += rows.count
            if clock.now - reported >= Self.reportInterval {
                try await context.report(done: done, total: total)
                reported = clock.now
            }
        }
        try await context.report(done: done, total: total)
    }
}
