import Foundation
import JobEngine
import Platform
import Postgres
import TestSupport
import Testing

/// Which requests of the platform are one job, through the door that callers use.
@Suite struct UniqueRequestTests {
    private func enqueue(_ kind: String, _ arguments: String, _ connection: PostgresConnection) async throws -> UUID {
        try #require(
            try await connection.query("SELECT relais.enqueue(\(kind), \(JSON(arguments))) AS id").first
        ).decode("id")
    }

    private func count(_ table: SQL, _ connection: PostgresConnection) async throws -> Int {
        try await connection.query("SELECT count(*) AS rows FROM \(fragment: table)").first?.decode("rows") ?? -1
    }

    /// Somebody has it, nobody has it, it is empty: one row each time, and an id of the caller's own.
    @Test(
        arguments: ["ana@example.test", "nobody@example.test", "   "],
        ["account.activation", "account.password-reset"]
    )
    func requestsByOneIdentifierAreOneJobEachWithAReceiptOfItsOwn(_ identifier: String, _ kind: String) async throws {
        try await withPlatform { connection in
            let first = try await enqueue(kind, #"{"identifier": "\#(identifier)"}"#, connection)
            let other = identifier.uppercased() + " "
            let second = try await enqueue(kind, #"{"identifier": "\#(other)"}"#, connection)
            let third = try await enqueue(kind, #"{"identifier": "\#(identifier)"}"#, connection)
            #expect(Set([first, second, third]).count == 3)
            #expect(try await count("relais.job", connection) == 1)
            #expect(try await count("relais.receipt", connection) == 2)
            let states = try await connection.query(
                "SELECT relais.job_state(id) AS state FROM unnest(\([first, second, third])) AS id"
            )
            #expect(try states.map { try $0.decode("state", as: String?.self) } == ["pending", "pending", "pending"])
            let kept = try await connection.query(
                """
                SELECT j::text AS text, unique_key = sha256(convert_to(\(identifier), 'UTF8')) AS is_plain
                FROM relais.job j
                """
            )
            #expect(try kept.first?.decode("is_plain", as: Bool.self) == false)
            #expect(try kept.first?.decode("text", as: String.self).contains("example.test") == false)
            // Once it runs, the next request is a job of its own.
            _ = try await connection.execute(
                """
                UPDATE relais.job SET state = 'running', claim = gen_random_uuid(), process = 1 WHERE id = \(first)
                """
            )
            _ = try await enqueue(kind, #"{"identifier": "\#(identifier)"}"#, connection)
            #expect(try await count("relais.job", connection) == 2)
            #expect(try await count("relais.receipt", connection) == 2)
        }
    }

    /// A code that two databases share could be looked up in the one where one may ask.
    @Test func theCodeOfAnIdentifierIsAnotherOneInAnotherDatabase() async throws {
        var codes: [String] = []
        for _ in 1...2 {
            // Migrated each by itself: copies of a template share its secret.
            try await withTemporaryDatabase { database in
                try await database.withPool { pool in
                    _ = try await Migrator(
                        component: JobEngineMigrations.component,
                        migrations: JobEngineMigrations.all
                    )
                    .migrate(pool)
                    let rows = try await pool.query(
                        "SELECT encode(relais.code(s, 'ana@example.test'), 'hex') AS code FROM relais.secret s"
                    )
                    codes.append(try #require(rows.first).decode("code"))
                }
            }
        }
        #expect(Set(codes).count == 2)
    }

    @Test func theSameExportAskedTwiceIsOneJob() async throws {
        try await withPlatform { connection in
            let ask = #"{"school_year": 2021, "requested_by": 1}"#
            let first = try await enqueue("export.offers", ask, connection)
            let again = #"{"requested_by": 1, "format": "xlsx", "department": null, "school_year": 2021}"#
            #expect(try await enqueue("export.offers", again, connection) == first)
            for other in [
                #"{"school_year": 2021, "requested_by": 3}"#, #"{"school_year": 2022, "requested_by": 1}"#,
                #"{"school_year": 2021, "requested_by": 1, "format": "csv"}"#,
                #"{"school_year": 2021, "requested_by": 1, "department": "75"}"#,
            ] {
                #expect(try await enqueue("export.offers", other, connection) != first)
            }
            _ = try await connection.execute(
                "UPDATE relais.job SET state = 'running', claim = gen_random_uuid(), process = 1 WHERE id = \(first)"
            )
            #expect(try await enqueue("export.offers", ask, connection) == first, "it runs")
        }
    }

    @Test func aSweepWrittenOutIsTheOneThatWaits() async throws {
        try await withPlatform { connection in
            let first = try await enqueue("application.expiry-sweep", "{}", connection)
            let same = #"{"dry_run": false, "force": false, "limit": null}"#
            #expect(try await enqueue("application.expiry-sweep", same, connection) == first)
            #expect(try await enqueue("application.expiry-sweep", #"{"force": true}"#, connection) != first)
        }
    }

    @Test func ofARefreshOfAYearOneRunsAndOneWaits() async throws {
        try await withPlatform { connection in
            let ask = #"{"school_year": 2021}"#
            let first = try await enqueue("statistics.refresh", ask, connection)
            #expect(try await enqueue("statistics.refresh", ask, connection) == first)
            func claim(_ id: UUID) async throws {
                _ = try await connection.execute(
                    "UPDATE relais.job SET state = 'running', claim = gen_random_uuid(), process = 1 WHERE id = \(id)"
                )
            }
            try await claim(first)
            let second = try await enqueue("statistics.refresh", ask, connection)
            #expect(second != first)
            #expect(try await enqueue("statistics.refresh", ask, connection) == second)
            let error = await #expect(throws: PostgresError.self) { try await claim(second) }
            #expect(error?.sqlState == "23505")
            try await claim(try await enqueue("statistics.refresh", #"{"school_year": 2022}"#, connection))
        }
    }

    @Test func aKindWithoutAKeyMakesAJobOfEachRequest() async throws {
        try await withPlatform { connection in
            let ask = #"{"application_id": 1}"#
            let first = try await enqueue("application.expired-notice", ask, connection)
            #expect(try await enqueue("application.expired-notice", ask, connection) != first)
        }
    }
}
