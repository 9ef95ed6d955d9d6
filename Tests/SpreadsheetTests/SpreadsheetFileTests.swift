import Foundation
import Spreadsheet
import Testing

extension OneAtATime.SpreadsheetFileTests {
    @Test(arguments: SpreadsheetFormat.allCases)
    func memoryStaysFlatFromTenThousandToTwoHundredThousandRows(_ format: SpreadsheetFormat) async throws {
        let workspace = try Workspace()
        let small = try await peakMemory(of: format, rows: 10_000, in: workspace)
        let large = try await peakMemory(of: format, rows: 200_000, in: workspace)
        // Without the constant-memory mode they take ten times as much.
        #expect(large - small < 12_000_000, "10,000 rows: \(small) bytes, 200,000 rows: \(large) bytes")
    }

    @Test(arguments: SpreadsheetFormat.allCases)
    func aDiscardedFileIsGone(_ format: SpreadsheetFormat) async throws {
        let workspace = try Workspace()
        let file = try await open(format, in: workspace)
        try await file.write([[.text("a")]])
        await file.discard()
        #expect(!workspace.exists("file"))
        #expect(try workspace.openFiles() == [])
        await #expect(throws: SpreadsheetError.closed(state: "finished")) { try await file.write([[]]) }
    }

    private func open(_ format: SpreadsheetFormat, in workspace: Workspace) async throws -> SpreadsheetFile {
        try await SpreadsheetFile(
            format,
            path: workspace.path("file"),
            sheet: "Offres",
            columns: [Column("Titre"), Column("Description"), Column("Places")],
            temporaryDirectory: workspace.temporary
        )
    }

    /// Resident bytes at most while so many rows are written, sampled every ten thousand and at the end.
    private func peakMemory(of format: SpreadsheetFormat, rows: Int, in workspace: Workspace) async throws -> Int {
        let file = try await open(format, in: workspace)
        var peak = 0
        for start in stride(from: 0, to: rows, by: 500) {
            try await file.write(
                (start..<start + 500).map { number in
                    [
                        .text("Offre \(number)"), .text("Découverte \(number)"),
                        .integer(number),
                    ]
                }
            )
            if start.isMultiple(of: 10_000) { peak = max(peak, try residentBytes()) }
        }
        #expect(try await file.finish() == rows)
        return max(peak, try residentBytes())
    }

    private func residentBytes() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return (Int(fields[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE))
    }
}
