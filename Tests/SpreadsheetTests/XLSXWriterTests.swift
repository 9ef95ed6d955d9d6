import Foundation
import Testing

@testable import Spreadsheet

extension OneAtATime.XLSXWriterTests {
    /// Texts that a careless writer changes, computes or breaks on.
    static let awkward = [
        "=cmd|' /C calc'!A0", "+33 1 02 03 04 05", "-1", "@SUM(A1)", "00123", "https://example.org/a?b=c&d",
        "12/03/2022",
        "quotes \" and ' and <tags> & ampersands", "two\nlines", "tab\there", "  spaces around  ", "👩‍🏫 é ñ 日本",
        "مرحبا بالعالم", "semi;colon", "TRUE", "#N/A", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢", "e\u{301}",
    ]

    @Test func textIsAStringCellUnchangedWhateverItStartsWith() async throws {
        let workspace = try Workspace()
        let sheet = try await workspace.xlsx([Column("Texte")], rows: Self.awkward.map { [.text($0)] })
        let cells = sheet.rows.dropFirst().map { $0[0] }
        #expect(cells.map(\.value) == Self.awkward)
        // "f" would be a formula, "n" a number; openpyxl calls an inline string "s" or "inlineStr" by version.
        #expect(cells.allSatisfy { $0.type == "str:s" || $0.type == "str:inlineStr" })
        let raw = try await python(
            "import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).namelist())",
            workspace.path("file.xlsx")
        )
        #expect(!String(decoding: raw, as: UTF8.self).contains("_rels/sheet1"), "a link was made of a text")
    }

    @Test func charactersThatXMLForbidsAreDroppedAndNothingElse() async throws {
        let workspace = try Workspace()
        let sheet = try await workspace.xlsx(
            [Column("Texte")],
            rows: [
                [.text("a\0b\u{1}c\u{8}d\u{B}e\u{1F}f\u{FFFE}g\u{FFFF}h\u{7F}i\u{FEFF}j")],
                [.text("one\r\ntwo\rthree\nfour")], [.text("\0")],
            ]
        )
        #expect(sheet.rows[1][0].value == "abcdefgh\u{7F}i\u{FEFF}j")
        #expect(sheet.rows[2][0].value == "one\ntwo\nthree\nfour")
        #expect(sheet.rows.count == 3 || sheet.rows[3][0].value.isEmpty)
    }

    @Test func textThatLooksLikeAnEscapeIsNotReadAsOne() async throws {
        #expect(CellText.forXLSX("_x0041_ and _xZZZZ_ and _x00").text == "_x005F_x0041_ and _xZZZZ_ and _x00")
    }

    @Test func aCellHolds32767UTF16CharactersAndIsCutBetweenCharacters() async throws {
        let limit = CellText.maximumLength
        let fits = String(repeating: "é", count: limit)
        let workspace = try Workspace()
        let sheet = try await workspace.xlsx(
            [Column("Texte")],
            rows: [
                [.text(fits)], [.text(fits + "x")], [.text(String(repeating: "a", count: limit - 1) + "👍")],
                [.text(String(repeating: "_x0041_", count: 10_000))],
            ]
        )
        #expect(sheet.rows[1][0].value == fits)
        #expect(sheet.rows[2][0].value == fits)
        #expect(sheet.rows[3][0].value == String(repeating: "a", count: limit - 1))
        #expect(sheet.rows[4][0].value.utf16.count <= limit)
    }

    @Test func datesAndNumbersAreRealDatesAndNumbers() async throws {
        let workspace = try Workspace()
        let sheet = try await workspace.xlsx(
            [Column("a"), Column("b"), Column("c"), Column("d"), Column("e"), Column("f")],
            rows: [
                [
                    .integer(123_456_789_012), .decimal(Decimal(string: "-12.345") ?? 0),
                    .date(year: 2022, month: 2, day: 28),
                    .dateTime(year: 2021, month: 12, day: 31, hour: 23, minute: 59, second: 58), .empty,
                    .date(year: 1899, month: 12, day: 31),
                ]
            ]
        )
        let row = sheet.rows[1]
        #expect(row[0] == .init(type: "int:n", value: "123456789012", format: "0", bold: false))
        #expect(row[1] == .init(type: "float:n", value: "-12.345", format: "General", bold: false))
        #expect(row[2] == .init(type: "datetime:d", value: "2022-02-28T00:00:00", format: "dd/mm/yyyy", bold: false))
        #expect(
            row[3] == .init(type: "datetime:d", value: "2021-12-31T23:59:58", format: "dd/mm/yyyy hh:mm", bold: false)
        )
        #expect(row[4].value.isEmpty)
        #expect(row[5].value == "31/12/1899")
    }

    @Test func whatDiffersIsCountedOncePerCellAndByReason() throws {
        let workspace = try Workspace()
        let long = String(repeating: "a", count: CellText.maximumLength)
        let cells: [Cell] = [
            .text("a\0b"), .text("\u{FFFF}" + long + "\0x"), .text(long), .text("=1\r\n_x0041_"), .text("0123"),
            .date(year: 1899, month: 12, day: 31), .unknownDate("01/01/10000"),
            .dateTime(year: 1, month: 1, day: 1, hour: 0, minute: 0, second: 0), .date(year: 1900, month: 1, day: 1),
            .integer(.max), .empty,
        ]
        let writer = try XLSXWriter(
            path: workspace.path("file.xlsx"),
            sheet: "Offres",
            columns: cells.indices.map { Column("\($0)\0") },
            temporaryDirectory: workspace.temporary
        )
        try writer.write(cells)
        #expect(writer.changes == [.characters: 1, .length: 1, .date: 3])
        try writer.writeTotal([.text("\u{1}")])
        #expect(writer.changes[.characters] == 2)
        _ = try writer.finish()
    }

    @Test func headingsAreFrozenAndTheFilterEndsBeforeTheTotal() async throws {
        let workspace = try Workspace()
        let sheet = try await workspace.xlsx(
            [Column("Secteur", width: 30), Column("Offres", width: 12)],
            rows: [[.text("Culture"), .integer(2)], [.text("Santé"), .integer(3)]],
            total: [.text("Total"), .integer(5)]
        )
        #expect(sheet.title == "Offres")
        #expect(sheet.freeze == "A2")
        #expect(sheet.filter == "A1:B3")
        #expect(sheet.rows[0].map(\.value) == ["Secteur", "Offres"])
        #expect(
            sheet.rows[3] == [
                .init(type: sheet.rows[1][0].type, value: "Total", format: "General", bold: true),
                .init(type: "int:n", value: "5", format: "0", bold: true),
            ]
        )
        #expect(abs(sheet.widths[0] - 30) < 1 && abs(sheet.widths[1] - 12) < 1)
    }

    @Test func anEmptyResultIsAFileWithHeadings() async throws {
        let sheet = try await Workspace().xlsx([Column("Titre")], rows: [])
        #expect(sheet.rows.map { $0.map(\.value) } == [["Titre"]])
        #expect(sheet.filter == "A1" || sheet.filter == "A1:A1")
    }

    @Test func oneRowTooManyIsRefusedWithTheAdviceToTakeCSV() throws {
        let workspace = try Workspace()
        let writer = try XLSXWriter(
            path: workspace.path("file.xlsx"),
            sheet: "Offres",
            columns: [Column("a")],
            temporaryDirectory: workspace.temporary,
            limit: 2
        )
        try writer.write([.integer(1)])
        try writer.write([.integer(2)])
        let error = #expect(throws: SpreadsheetError.tooManyRows(limit: 2)) { try writer.write([.integer(3)]) }
        #expect(error?.description.contains(".csv") == true)
        #expect(SpreadsheetFormat.xlsx.maximumRows == 1_048_575)
    }

    @Test func aRefusedRowLeavesNothingBehind() async throws {
        let workspace = try Workspace()
        let columns = [Column("a"), Column("b")]
        let path = workspace.path("file.xlsx")
        let writer = try XLSXWriter(
            path: path,
            sheet: "Offres",
            columns: columns,
            temporaryDirectory: workspace.temporary
        )
        #expect(throws: SpreadsheetError.impossibleDate(row: 2, column: 2)) {
            try writer.write([.text("half"), .date(year: 2022, month: 2, day: 29)])
        }
        #expect(throws: SpreadsheetError.tooManyCells(row: 2, columns: 2, got: 3)) {
            try writer.write([.empty, .empty, .empty])
        }
        #expect(try writer.finish() == 0)
        #expect(throws: SpreadsheetError.closed(state: "finished")) { try writer.write([]) }
    }

    @Test func anUnfinishedWriterRemovesItsFileAndItsHandles() throws {
        let workspace = try Workspace()
        var writer: XLSXWriter? = try XLSXWriter(
            path: workspace.path("file.xlsx"),
            sheet: "Offres",
            columns: [Column("a")],
            temporaryDirectory: workspace.temporary
        )
        try writer?.write([.text("a")])
        #expect(try workspace.openFiles().count == 1, "libxlsxwriter keeps its rows in the given directory")
        writer = nil
        #expect(try workspace.openFiles() == [])
        #expect(!workspace.exists("file.xlsx"))
    }

    @Test func whatCannotBeWrittenIsRefusedBeforeTheFirstRow() throws {
        let workspace = try Workspace()
        func open(_ name: String, _ sheet: String, _ temporary: String) throws {
            _ = try XLSXWriter(
                path: workspace.path(name),
                sheet: sheet,
                columns: [Column("a")],
                temporaryDirectory: temporary
            )
        }
        let missing = #expect(throws: SpreadsheetError.self) { try open("a.xlsx", "Offres", workspace.path("missing")) }
        #expect(missing?.description.contains("temporary directory") == true)
        let name = #expect(throws: SpreadsheetError.self) { try open("a.xlsx", "a/b", workspace.temporary) }
        #expect(
            name?.description.contains("invalid characters") == true,
            "the library's own words: \(String(describing: name))"
        )
        #expect(!workspace.exists("a.xlsx"))
        #expect(throws: SpreadsheetError.self) { try open("missing/a.xlsx", "Offres", workspace.temporary) }
        #expect(try workspace.openFiles() == [])
    }
}
