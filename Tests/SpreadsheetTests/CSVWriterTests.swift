import Foundation
import Spreadsheet
import Testing

extension OneAtATime.CSVWriterTests {
    @Test func formulasAreDefusedAndEverythingElseComesBackAsItWas() async throws {
        let workspace = try Workspace()
        let awkward = OneAtATime.XLSXWriterTests.awkward
        let read = try await workspace.csv([Column("Texte")], rows: awkward.map { [.text($0)] })
        let expected = awkward.map { text in
            ["=", "+", "-", "@", "\t", "\r"].contains { text.hasPrefix($0) } ? "'" + text : text
        }
        #expect(read == [["Texte"]] + expected.map { [$0] })
    }

    @Test(arguments: ["=1", "+1", "-1", "@a", "\tx", "\rx", "\r\nx"])
    func everyStartOfAFormulaGetsAnApostrophe(_ text: String) async throws {
        let read = try await Workspace().csv([Column("a")], rows: [[.text(text)]])
        #expect(read[1][0] == "'" + text)
    }

    @Test func whatDiffersIsCountedOncePerCellAndByReason() throws {
        let workspace = try Workspace()
        let cells: [Cell] = [
            .text("a\0b"), .text("\0"), .text("\u{FFFE}\u{FEFF}"), .text("\0=1"),
            .text(String(repeating: "a", count: 40_000)),
            .date(year: 1, month: 1, day: 1), .unknownDate("01/01/10000"), .text("ligne\r\nligne"), .empty,
        ]
        let writer = try CSVWriter(path: workspace.path("a.csv"), columns: cells.indices.map { Column("=\($0)") })
        try writer.write(cells)
        #expect(writer.changes == [.characters: 3, .formula: 1, .date: 1])
        _ = try writer.finish()
        let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: workspace.path("a.csv"))), as: UTF8.self)
        #expect(text.contains("\r\nab;;\u{FEFF};'=1;"))
    }

    @Test func theBytesAreThoseOfTheContract() throws {
        let workspace = try Workspace()
        let writer = try CSVWriter(
            path: workspace.path("a.csv"),
            columns: [Column("Été"), Column("b;c"), Column("d"), Column("e")]
        )
        try writer.write([
            .text("dit \"oui\"\r\nou non\0"), .decimal(Decimal(string: "-1234.50") ?? 0),
            .date(year: 2022, month: 3, day: 1),
            .dateTime(year: 2022, month: 3, day: 1, hour: 7, minute: 5, second: 59),
        ])
        try writer.write([.integer(-7), .empty, .text("00123")])
        try writer.writeTotal([.text("Total")])
        #expect(throws: SpreadsheetError.closed(state: "closed by its total")) { try writer.write([]) }
        #expect(try writer.finish() == 2)
        let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: workspace.path("a.csv"))), as: UTF8.self)
        #expect(
            text
                == "\u{FEFF}Été;\"b;c\";d;e\r\n\"dit \"\"oui\"\"\r\nou non\";-1234,5;01/03/2022;01/03/2022 07:05\r\n-7;;00123;\r\nTotal;;;\r\n"
        )
    }

    @Test func anUnfinishedWriterRemovesItsFileAndItsHandle() throws {
        let workspace = try Workspace()
        var writer: CSVWriter? = try CSVWriter(path: workspace.path("a.csv"), columns: [Column("a")])
        try writer?.write([.text("a")])
        #expect(try workspace.openFiles().count == 1)
        writer = nil
        #expect(try workspace.openFiles() == [])
        #expect(!workspace.exists("a.csv"))
    }

    @Test func aFileThatCannotBeCreatedIsAnErrorWithTheSystemsWords() throws {
        let workspace = try Workspace()
        let error = #expect(throws: SpreadsheetError.self) {
            try CSVWriter(path: workspace.path("missing/a.csv"), columns: [])
        }
        #expect(error?.description == "could not create the file: No such file or directory (errno 2)")
    }
}
