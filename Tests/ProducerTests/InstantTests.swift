import Foundation
import JobEngine
import Postgres
import TestSupport
import Testing

@Suite struct InstantTests {
    @Test(arguments: [
        ("2000-01-01T00:00:00Z", 946_684_800.0), ("2026-09-01T07:00:00+02:00", 1_788_238_800),
        ("2024-02-29T23:59:59.5z", 1_709_251_199.5), ("2000-03-01t00:00:00-00:30", 951_870_600),
        ("1999-12-31T23:00:00-01:00", 946_684_800), ("9999-12-31T23:59:59Z", 253_402_300_799),
    ])
    func anInstantIsReadWithItsOffset(_ text: String, _ seconds: Double) {
        #expect(Instant.parse(text) == Date(timeIntervalSince1970: seconds))
    }

    @Test(arguments: [
        "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00",
        "2026-01-01", "2026-01-01T00:00:00Zjunk", "٢٠٢٦-01-01T00:00:00Z", "2026-01-01 00:00:00Z", "",
        "1999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2000-01-01T00:00:00+00:01", "9999-12-31T23:59:59.5Z",
        "9999-12-31T23:59:59-00:01", "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z",
    ])
    func whatIsNoInstantIsRefused(_ text: String) {
        #expect(Instant.parse(text) == nil)
    }

    @Test func anInstantIsWrittenWithMicroseconds() {
        #expect(Instant.text(Date(timeIntervalSince1970: 951_870_600.25)) == "2000-03-01T00:30:00.250000Z")
        #expect(Instant.shortText(Date(timeIntervalSince1970: 951_870_600.25)) == "2000-03-01T00:30:00Z")
        // Rounded, not cut; and a fraction that rounds to a second is one.
        #expect(Instant.text(Date(timeIntervalSince1970: 0.999_999_9)) == "1970-01-01T00:00:01.000000Z")
        #expect(Instant.text(Date(timeIntervalSince1970: -0.000_000_1)) == "1970-01-01T00:00:00.000000Z")
    }

    /// Each as the server reads it and a `Date` keeps it.
    @Test(arguments: [
        ("1969-12-31 23:59:59.25+00", "1969-12-31T23:59:59.250000Z"),
        ("1969-12-31 23:59:59.999999+00", "1969-12-31T23:59:59.999999Z"),
        ("1582-10-10 00:00:00+00", "1582-10-10T00:00:00.000000Z"),
        ("0001-01-01 00:00:00+00", "0001-01-01T00:00:00.000000Z"),
        ("0001-02-29 12:30:15+00 BC", "0000-02-29T12:30:15.000000Z"),
        ("0002-12-31 23:59:59+00 BC", "-000001-12-31T23:59:59.000000Z"),
        ("4714-11-24 00:00:00+00 BC", "-004713-11-24T00:00:00.000000Z"),
        ("9999-12-31 23:59:59+00", "9999-12-31T23:59:59.000000Z"),
        ("10000-01-01 00:00:00+00", "+010000-01-01T00:00:00.000000Z"),
        ("294276-12-31 23:59:59.5+00", "+294276-12-31T23:59:59.500000Z"),
        ("infinity", "infinity"), ("-infinity", "-infinity"),
    ])
    func whateverARowHoldsIsWrittenAsWhatItIs(_ stored: String, _ written: String) async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                let row = try #require(await connection.query("SELECT \(stored)::timestamptz AS at").first)
                #expect(Instant.text(try row.instant("at")) == written)
                #expect(Instant.shortText(try row.instant("at")).prefix(17) == written.prefix(17))
            }
        }
    }

    @Test(arguments: [
        .infinity, -.infinity, .nan, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 0x1p63, -0x1p63,
        -0x1p63 - 4096,
        0x1.fffffffffffffp62, .leastNonzeroMagnitude,
    ])
    func noDateEndsTheProcess(_ seconds: Double) {
        let date = Date(timeIntervalSince1970: seconds)
        #expect(!Instant.text(date).isEmpty && !Instant.shortText(date).isEmpty)
    }

    @Test func theDoorsOfSQLAndHTTPHaveTheSameEnds() async throws {
        try await withTemporaryDatabase { database in
            try await database.withPool { pool in
                _ = try await Migrator(component: JobEngineMigrations.component, migrations: JobEngineMigrations.all)
                    .migrate(pool)
                let ends = Instant.range
                for (instant, isFitting) in [
                    (ends.lowerBound, true), (ends.lowerBound - 0.001, false), (ends.upperBound, true),
                    (ends.upperBound + 0.001, false),
                ] {
                    let row = try await pool.query("SELECT relais.is_fitting(\(instant)) AS fits").first
                    #expect(try row?.decode("fits", as: Bool.self) == isFitting, "\(Instant.text(instant))")
                    #expect(ends.contains(instant) == isFitting)
                }
            }
        }
    }
}
