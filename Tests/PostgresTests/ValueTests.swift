import Foundation
import Postgres
import TestSupport
import Testing

/// What is bound comes back the same, through the real server, as its own type, in an array and beside NULLs.
@Suite struct ValueTests {
    @Test func wholeNumbersSurvive() async throws {
        try await survives([false, true])
        try await survives([Int16.min, -1, 0, 1, Int16.max])
        try await survives([Int32.min, -1, 0, 1, Int32.max])
        try await survives([Int64.min, -1, 0, 1, Int64.max])
        try await survives((0..<50).map { _ in Int.random(in: .min ... .max) } + [.min, .max])
    }

    @Test func doublesSurvive() async throws {
        try await survives([
            0, -0.0, 1.5, -.pi, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .infinity, -.infinity,
        ])
        try await survives((0..<50).map { _ in Double.random(in: -1e300...1e300) })
    }

    @Test func decimalsSurvive() async throws {
        let exact = [
            "0", "1", "-1", "9999", "10000", "-10001", "0.1", "-0.0001", "0.00001", "12345678901234567890.123456789",
            "99999999999999999999999999999999999999", "-0.00000000000000000000000000000000000001",
            "100000000000000000000",
        ]
        let random = (0..<100).map { _ in
            Decimal(
                sign: Bool.random() ? .plus : .minus,
                exponent: Int.random(in: -30...30),
                significand: Decimal(Int64.random(in: 0...Int64.max))
            )
        }
        try await survives(exact.compactMap { Decimal(string: $0) } + random)
    }

    @Test func decimalsAreTheNumbersTheServerSees() async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                for text in ["-0.0001", "10000", "12345.6789", "-98765432109876543210.5", "1000000000000"] {
                    let number = try #require(Decimal(string: text))
                    let row = try await connection.query("SELECT \(number)::text AS text").first
                    #expect(try row?.decode("text", as: String.self) == text)
                }
                #expect(
                    try await connection.query("SELECT 'NaN'::numeric").first?.decode(at: 0, as: Decimal.self).isNaN
                        == true
                )
                let long = try await connection.query("SELECT repeat('9', 39)::numeric").first
                #expect(throws: PostgresError.self) { try long?.decode(at: 0, as: Decimal.self) }
            }
        }
    }

    @Test func textSurvives() async throws {
        let random = (0..<50).map { _ in
            String(
                String.UnicodeScalarView((0..<40).compactMap { _ in Unicode.Scalar(UInt32.random(in: 1...0x10FFFF)) })
            )
        }
        try await survives(["", " ", "L'Élève n° 3", "\"{},\\NULL", "👩‍👩‍👧", "\u{1}\u{7F}\r\n\t"] + random)
    }

    @Test func textTypesAreReadAsText() async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                try await connection.run(script: "CREATE TYPE mood AS ENUM ('calm', 'très gai')")
                let row = try await connection.query(
                    """
                    SELECT \("a")::varchar AS v, 'b'::char(3) AS b, 'c'::name AS n, 'd'::"char" AS c,
                           'très gai'::mood AS m, ARRAY['calm', NULL]::mood[] AS ms, '{"k": 1}'::json AS j
                    """
                ).first
                let read = try ["v", "b", "n", "c", "m", "j"].map { try row?.decode($0, as: String.self) }
                #expect(read == ["a", "b  ", "c", "d", "très gai", #"{"k": 1}"#])
                #expect(try row?.decode("ms", as: [String?].self) == ["calm", nil])
            }
        }
    }

    @Test func identifiersBytesAndDocumentsSurvive() async throws {
        try await survives((0..<20).map { _ in UUID() })
        try await survives([Bytes([]), Bytes(0...255), Bytes([0, 0])])
        try await survives([JSON("null"), JSON(#"{"a": [1, 2, {"b": "é"}]}"#), JSON("[]"), JSON("\"\"")])
        let value = ["jobs": [1, 2, 3]]
        #expect(try JSON(encoding: value).decode([String: [Int]].self) == value)
    }

    @Test func instantsSurviveToTheMicrosecond() async throws {
        let seconds: [Double] = [0, 0.000_001, -0.000_001, -86_400, 946_684_800, 4_102_444_800, -2_208_988_800]
        let random = (0..<50).map { _ in
            Double(Int64.random(in: -4_000_000_000_000_000...4_000_000_000_000_000)) / 1_000_000
        }
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                for date in (seconds + random).map({ Date(timeIntervalSince1970: $0) }) {
                    let back = try await connection.query("SELECT \(date)").first?.decode(at: 0, as: Date.self)
                    #expect(abs(try #require(back).timeIntervalSince(date)) < 0.000_001)
                }
                // As the server writes it, also far from now.
                let text = try await connection.query(
                    "SELECT to_char(\(Date(timeIntervalSince1970: 253_402_300_799)) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')"
                ).first?.decode(at: 0, as: String.self)
                #expect(text == "9999-12-31 23:59:59")
                let infinity = try await connection.query("SELECT 'infinity'::timestamptz").first
                #expect(throws: PostgresError.self) { try infinity?.decode(at: 0, as: Date.self) }
                for end in ["infinity", "-infinity", "294276-12-31 23:59:59+00", "4714-11-24 00:00:00+00 BC"] {
                    let sent = try await connection.query("SELECT \(end)::timestamptz AS at").first?.instant("at")
                    let kept = StoredInstant(try #require(sent))
                    let isSame = try await connection.query("SELECT \(kept) = \(end)::timestamptz AS same").first
                    #expect(try isSame?.decode("same", as: Bool.self) == true, "\(end)")
                }
                #expect(
                    try await connection.query("SELECT NULL::timestamptz AS at").first?.optionalInstant("at") == nil
                )
                let bare = try await connection.query("SELECT 'infinity'::timestamp AS at").first
                #expect(throws: PostgresError.self) { try bare?.instant("at") }
                await #expect(throws: PostgresError.self) {
                    try await connection.query("SELECT \(Date(timeIntervalSince1970: 1e15))")
                }
            }
        }
    }

    @Test func everyDayIsTheServersDay() async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                // Leap years, ends of centuries and eras, and the first and last day that date holds.
                let rows = try await connection.query(
                    """
                    SELECT d AS day, extract(year FROM d)::int AS y, extract(month FROM d)::int AS m, extract(day FROM d)::int AS n
                    FROM (SELECT generate_series('1599-12-01'::date, '2105-01-01', '1 day')::date AS d
                          UNION ALL VALUES ('5874897-12-31'::date), ('0001-01-01')) AS days
                    """
                )
                #expect(rows.count > 180_000)
                for row in rows {
                    let day: PostgresDay = try row.decode(at: 0)
                    guard try day.year == row.decode(at: 1), try day.month == row.decode(at: 2),
                        try day.day == row.decode(at: 3)
                    else {
                        Issue.record("\(day) is not the server's day")
                        break
                    }
                }
            }
        }
        try await survives(
            [(2000, 2, 29), (1999, 12, 31), (1, 1, 1), (-4000, 3, 1)].compactMap(PostgresDay.init(year:month:day:))
        )
        #expect(PostgresDay(year: 2025, month: 2, day: 29) == nil)
        #expect(PostgresDay(year: 2026, month: 1, day: 5)?.description == "2026-01-05")
    }

    @Test func nullIntoAValueIsAClearError() async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                let row = try #require(
                    try await connection.query("SELECT NULL::int4 AS age, ARRAY[1, NULL] AS ages").first
                )
                let error = #expect(throws: PostgresError.self) { try row.decode("age", as: Int.self) }
                #expect(error?.kind == .decoding)
                #expect(
                    error?.message == #"column "age": expected Int, got type 23: it is NULL; read it as an Optional"#
                )
                #expect(throws: PostgresError.self) { try row.decode("ages", as: [Int].self) }
                #expect(try row.decode("ages", as: [Int?].self) == [1, nil])
                #expect(throws: PostgresError.self) { try row.decode("name", as: Int.self) }
                #expect(throws: PostgresError.self) { try row.decode("ages", as: Int.self) }
                #expect(throws: PostgresError.self) { try row.decode(at: 2, as: Int.self) }
            }
        }
    }

    private func survives<T: PostgresScalar & PostgresDecodable & Equatable>(_ values: [T]) async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                for value in values {
                    let back = try await connection.query("SELECT \(value)").first?.decode(at: 0, as: T.self)
                    #expect(back == value)
                }
                let some: [T?] = values.map(Optional.some) + [nil]
                let row = try await connection.query(
                    "SELECT \(values) AS all, \([T]()) AS none, \(some) AS some, \(T?.none) AS null"
                ).first
                #expect(try row?.decode("all", as: [T].self) == values)
                #expect(try row?.decode("none", as: [T].self) == [])
                #expect(try row?.decode("some", as: [T?].self) == some)
                #expect(try row?.decode("null", as: T?.self) == .some(nil))
            }
        }
    }
}
