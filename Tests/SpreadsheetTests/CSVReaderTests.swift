import Foundation
import Spreadsheet
import Testing

extension OneAtATime.CSVReaderTests {
    /// The rows of a text that comes in pieces of `size` bytes.
    private static func rows(_ bytes: [UInt8], pieces size: Int = .max) -> [CSVReader.Row] {
        var reader = CSVReader()
        var rows: [CSVReader.Row] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            rows += reader.read(rest.prefix(size))
            rest = rest.dropFirst(size)
        }
        return rows + reader.finish()
    }

    /// Each row as its line and its fields, a broken one as its damage in angle brackets.
    private static func read(_ text: String, pieces size: Int = .max) -> [String] {
        rows(Array(text.utf8), pieces: size).map { row in
            let fields = row.fields.map { field in
                switch field {
                case .text(let text): text
                case .broken(let damage): "<\(damage)>"
                }
            }
            return "\(row.line): " + fields.joined(separator: "|")
        }
    }

    @Test(arguments: [
        ("a;b\r\nc;d\r\n", ["1: a|b", "2: c|d"]), ("a;b\nc;d", ["1: a|b", "2: c|d"]), ("", []), ("\r\n\n", []),
        ("\u{FEFF}a;b\n", ["1: a|b"]), ("\u{FEFF}\"a\";b\n", ["1: a|b"]), ("\u{FEFF}", []),
        (";\n", ["1: |"]), ("a;\n\n;b", ["1: a|", "3: |b"]), ("\"\"\n", ["1: "]),
        ("\"a;\"\"b\"\"\r\nc\";d\r\ne;f", ["1: a;\"b\"\r\nc|d", "3: e|f"]), ("\"a\"\r\nb\r\n", ["1: a", "2: b"]),
        ("a\rb;c\r\r\n", ["1: a\rb|c\r"]), ("é;☃\n", ["1: é|☃"]), ("a;b\r", ["1: a|b"]),
        ("a\"b;c\nd;e\n", ["1: <quotes>|c", "2: d|e"]), ("\"a\"b;c\nd\n", ["1: <quotes>|c", "2: d"]),
        ("\"a\" ;c\n", ["1: <quotes>|c"]), ("a;b\nc;\"d\ne;f\n", ["1: a|b", "2: c|<unclosed>"]),
    ])
    func rowsComeAsTheyAreMeantHoweverTheBytesAreCut(_ text: String, _ expected: [String]) {
        for size in [1, 2, 3, 5, Int.max] {
            #expect(Self.read(text, pieces: size) == expected, "in pieces of \(size)")
        }
    }

    /// A mark that is none is text, and a broken character is told of its field alone.
    @Test func bytesThatAreNotUTF8AreToldOfTheirField() {
        let bytes = [0xEF, 0xBB, UInt8(ascii: ";"), UInt8(ascii: "b")] + Array("\nc;d".utf8)
        let rows = Self.rows(bytes, pieces: 1)
        #expect(rows.map(\.fields) == [[.broken(.encoding), .text("b")], [.text("c"), .text("d")]])
    }

    @Test func anEndlessFieldAndAnEndlessRowAreCutAndTheNextRowIsWhole() {
        let field = String(repeating: "x", count: CSVReader.maximumField)
        #expect(Self.read("\(field)x;b\n\(field)\n") == ["1: <length>|b", "2: \(field)"])
        let rows = Self.rows(Array((String(repeating: ";", count: 500) + "\na").utf8))
        #expect(rows.map(\.width) == [501, 1])
        #expect(rows.map(\.fields.count) == [CSVReader.maximumFields, 1])
    }

    /// What the writer writes the reader reads, but for the apostrophe before a formula and the characters that are dropped.
    @Test func whatWasWrittenIsReadAgain() throws {
        let workspace = try Workspace()
        let texts = ["a;b", "dit \"oui\"", "deux\r\nlignes", " ", "", "é☃😀", "\";\"", "fin"]
        let writer = try CSVWriter(path: workspace.path("a.csv"), columns: [Column("a"), Column("b")])
        for text in texts { try writer.write([.text(text), .integer(1)]) }
        _ = try writer.finish()
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: workspace.path("a.csv"))))
        for size in [1, 7, 4096] {
            let read = Self.rows(bytes, pieces: size).dropFirst().map(\.fields)
            #expect(read == texts.map { [.text($0), .text("1")] })
        }
    }
}
