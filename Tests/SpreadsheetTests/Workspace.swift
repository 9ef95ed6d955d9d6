import Foundation
import Spreadsheet
import TestSupport
import Testing

/// A directory of its own for one test, removed with it.
final class Workspace {
    let directory: String
    let temporary: String

    init() throws {
        directory = NSTemporaryDirectory() + "relais-spreadsheet-\(UUID().uuidString)"
        temporary = directory + "/temporary"
        try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: directory)
    }

    func path(_ name: String) -> String { directory + "/" + name }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

    /// Files of this workspace that the process holds open, deleted ones included.
    func openFiles() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
            .compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + $0) }
            .filter { $0.hasPrefix(directory) }
    }

    func xlsx(_ columns: [Column], rows: [[Cell]], total: [Cell]? = nil) async throws -> Sheet {
        let path = path("file.xlsx")
        let writer = try XLSXWriter(path: path, sheet: "Offres", columns: columns, temporaryDirectory: temporary)
        for row in rows { try writer.write(row) }
        if let total { try writer.writeTotal(total) }
        #expect(try writer.finish() == rows.count)
        return try JSONDecoder().decode(Sheet.self, from: try await python(Self.readXLSX, path))
    }

    func csv(_ columns: [Column], rows: [[Cell]]) async throws -> [[String]] {
        let path = path("file.csv")
        let writer = try CSVWriter(path: path, columns: columns)
        for row in rows { try writer.write(row) }
        #expect(try writer.finish() == rows.count)
        return try JSONDecoder().decode([[String]].self, from: try await python(Self.readCSV, path))
    }

    /// What openpyxl makes of a sheet: type, value and number format of each cell.
    struct Sheet: Decodable {
        struct Value: Decodable, Equatable {
            var type: String
            var value: String
            var format: String
            var bold: Bool
        }
        var title: String
        var freeze: String?
        var filter: String?
        var widths: [Double]
        var rows: [[Value]]
    }

    private static let readXLSX = """
        import json, sys, openpyxl
        sheet = openpyxl.load_workbook(sys.argv[1]).worksheets[0]
        def value(cell):
            v = cell.value
            return {"type": type(v).__name__ + ":" + cell.data_type, "format": cell.number_format, "bold": bool(cell.font.b),
                    "value": v.isoformat() if hasattr(v, "isoformat") else "" if v is None else str(v)}
        print(json.dumps({"title": sheet.title, "freeze": sheet.freeze_panes, "filter": sheet.auto_filter.ref,
            "widths": [d.width for d in sheet.column_dimensions.values()],
            "rows": [[value(c) for c in row] for row in sheet.iter_rows()]}))
        """

    private static let readCSV = """
        import csv, json, sys
        raw = open(sys.argv[1], "rb").read()
        assert raw.startswith(b"\\xef\\xbb\\xbf"), "no byte order mark"
        assert raw.endswith(b"\\r\\n"), "no CRLF at the end"
        rows = csv.reader(open(sys.argv[1], encoding="utf-8-sig", newline=""), delimiter=";", strict=True)
        print(json.dumps(list(rows)))
        """
}

/// Runs Debian's Python and returns what it printed.
func python(_ script: String, _ argument: String) async throws -> Data {
    let result = try await ChildProcess.run("/usr/bin/python3", ["-c", script, argument])
    try #require(result.status == 0, "python3 (with openpyxl) could not read \(argument): \(result.errors)")
    return Data(result.output.utf8)
}
