import Foundation
import Spreadsheet
import Testing

extension OneAtATime.CSVWriterTests {
    @Test func formulasAreDefusedAndEverythingElseComesBackAsItWas() async throws {
        let workspace = try Workspace()
        let awkward = OneAtATime.XLSXWriterTests.awkward
        let read = try await workspace.csv([Column("Texte")], rows: awkward.map { [.text($0)] })
        let marks = [
            "=cmd|' /C calc'!A0": "'", "@SUM(A1)": "'", "+33 1 02 03 04 05": "\t", "-1": "\t", "00123": "\t",
            "12/03/2022": "\t",
        ]
        let expected = awkward.map { (marks[$0] ?? "") + $0 }
        #expect(read == [["Texte"]] + expected.map { [$0] })
    }

    @Test(arguments: [
        "=1", "+A1", "-A1", "@a", "\tx", "\rx", "\r\nx", "\nx", "\n=1", "- découverte", "+33x", "=", "\t06", "\0=1",
        "\u{FF1D}1+1", "\u{FF0B}1", "\u{FF0D}1", "\u{FF20}SUM(A1)",
    ])
    func everyStartOfAFormulaGetsAnApostrophe(_ text: String) async throws {
        let read = try await Workspace().csv([Column("a")], rows: [[.text(text)]])
        #expect(read[1][0] == "'" + text.filter { $0 != "\0" })
    }

    /// Most of these a spreadsheet would show as something else. The rule is simpler than all of theirs.
    @Test(arguments: [
        "0612345678", "+33612345678", "+33 6 12 34 56 78", "(0)6 12", "01000", "-5", "12,50", "12/03/2022", "3/4",
        " 0612345678", "1 234", "1\u{202F}234", "06.12.34.56.78", "1234567890123456", "00", "+1+1", "-1-1",
    ])
    func digitsAreKeptAsTheyAreAfterATab(_ text: String) async throws {
        let workspace = try Workspace()
        let read = try await workspace.csv([Column("a"), Column("b")], rows: [[.text(text), .text("x")]])
        #expect(read[1] == ["\t" + text, "x"])
        let raw = String(
            decoding: try Data(contentsOf: URL(fileURLWithPath: workspace.path("file.csv"))),
            as: UTF8.self
        )
        #expect(raw.contains("\r\n\"\t\(text)\";x\r\n"), "a tab outside of quotes may part the field")
    }

    @Test(arguments: [
        "0", "7", "2022", "75001", "123456789012345", "-", "+/-", "...", "3e", "1 rue A", "0750001A", "12:30", "a+b",
        " =1",
        "é", "'", "",
    ])
    func whatAFormulaOrANumberCannotBeHasNothingBeforeIt(_ text: String) async throws {
        let read = try await Workspace().csv([Column("a")], rows: [[.text(text)], [.text("x")]])
        #expect(read == [["a"], text.isEmpty ? [] : [text], ["x"]])
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
                == "\u{FEFF}Été;\"b;c\";d;e\r\n\"dit \"\"oui\"\"\r\nou non\";-1234,5;01/03/2022;01/03/2022 07:05\r\n-7;;\"\t00123\";\r\nTotal;;;\r\n"
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
