import Foundation
import Postgres
import Testing

@testable import JobEngine

@Suite("Arguments are checked before a job is accepted")
struct ArgumentFieldTests {
    private static let fields = [
        ArgumentField("account", .id, required: true),
        ArgumentField("week", .integer(1...53)),
        ArgumentField("note", .text(maxLength: 5)),
        ArgumentField("urgent", .boolean),
        ArgumentField("format", .oneOf(["csv", "xlsx"], named: "a format")),
    ]

    private func words(_ json: String) throws -> [String] {
        let arguments = try JSONDecoder().decode([String: JSONValue].self, from: Data(json.utf8))
        return ArgumentField.faults(in: arguments, fields: Self.fields).map {
            "\($0.field): expected \($0.expected), got \($0.got)"
        }
    }

    @Test(arguments: [
        #"{"account": 1}"#,
        #"{"account": 9223372036854775807, "week": 53, "note": "été", "urgent": false, "format": "csv"}"#,
        #"{"account": 1, "note": null}"#,
        #"{"account": 1, "note": "\t\u00a0a\r\n"}"#,
        #"{"account": 1, "note": "\n\t"}"#,
    ])
    func rightOnesAreAccepted(_ json: String) throws {
        #expect(try words(json) == [])
    }

    @Test(arguments: [
        ("{}", "account: expected a positive integer, got nothing"),
        (#"{"account": null}"#, "account: expected a positive integer, got nothing"),
        (#"{"account": 0}"#, "account: expected a positive integer, got an integer below 1"),
        (#"{"account": 1.5}"#, "account: expected a positive integer, got a number"),
        (#"{"account": true}"#, "account: expected a positive integer, got a boolean"),
        (#"{"account": "marie@example.org"}"#, "account: expected a positive integer, got a string"),
        (#"{"account": 1, "week": 54}"#, "week: expected an integer from 1 to 53, got an integer out of range"),
        (#"{"account": 1, "week": [1]}"#, "week: expected an integer from 1 to 53, got an array"),
        (
            #"{"account": 1, "note": "abcdef"}"#,
            "note: expected a string of 1 to 5 characters without control characters, got a string of 6 characters"
        ),
        (
            #"{"account": 1, "note": "a\nb"}"#,
            "note: expected a string of 1 to 5 characters without control characters, "
                + "got a string with control characters"
        ),
        (
            #"{"account": 1, "note": ""}"#,
            "note: expected a string of 1 to 5 characters without control characters, got an empty string"
        ),
        (#"{"account": 1, "urgent": 1}"#, "urgent: expected true or false, got an integer"),
        (#"{"account": 1, "format": "pdf"}"#, "format: expected one of csv, xlsx, got another string"),
        (#"{"account": 1, "format": {}}"#, "format: expected one of csv, xlsx, got an object"),
        (
            #"{"account": 1, "adress": "x"}"#,
            "adress: expected only account, week, note, urgent, format, got an unknown argument"
        ),
    ])
    func wrongOnesAreNamedWithoutTheirValue(_ json: String, _ expected: String) throws {
        #expect(try words(json) == [expected])
    }

    @Test func textIsBoundedInScalarsSoThatClustersCannotGrow() throws {
        let cluster = "e" + String(repeating: "\u{301}", count: 50)
        let faults = try words(#"{"account": 1, "note": "\#(cluster)"}"#)
        #expect(faults.count == 1)
    }

    /// The doors would otherwise take texts that the resolver behind them reads differently.
    @Test func blanksAreTheSameInSwiftAndInSQL() async throws {
        try await withEngineWorld { world in
            let rows = try await world.pool.query(
                """
                SELECT n FROM generate_series(1, x'10ffff'::int) AS n
                WHERE n NOT BETWEEN x'd800'::int AND x'dfff'::int AND btrim(chr(n), relais.blanks()) = ''
                """
            )
            let inSQL = try rows.map { try $0.decode("n", as: Int.self) }
            let inSwift = (1...0x10FFFF).filter { number in
                Unicode.Scalar(UInt32(number)).map { ArgumentField.isBlank($0) } ?? false
            }
            #expect(inSQL == inSwift)
            #expect(inSQL.count == 54)
        }
    }

    @Test func longListOfValuesIsNamedInsteadOfPrinted() {
        let field = ArgumentField("school", .oneOf((1...13).map(String.init), named: "a known school"))
        #expect(field.expectation == "a known school")
    }

    @Test func allThatIsWrongIsToldAtOnce() throws {
        let faults = try words(#"{"week": 0, "urgent": "yes", "other": 1}"#)
        #expect(faults.count == 4)
    }
}
