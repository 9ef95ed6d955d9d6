import Foundation
import JobEngine
import Platform
import Postgres
import TestSupport
import Testing

/// The SQL of schema `delivery`, on a real server, through the door that callers use.
@Suite struct DeliveryTests {
    private struct Kept {
        let arguments: String
        let subject: Int64?
        let secondsLeft: Double?
    }

    private func enqueue(_ kind: String, _ arguments: String, _ connection: PostgresConnection) async throws -> Kept {
        let id: UUID = try #require(
            try await connection.query("SELECT relais.enqueue(\(kind), \(JSON(arguments))) AS id").first
        ).decode("id")
        let row = try #require(
            try await connection.query(
                """
                SELECT arguments::text AS arguments, subject,
                    extract(epoch FROM deadline - clock_timestamp())::float8 AS seconds_left
                FROM relais.job WHERE id = \(id)
                """
            ).first
        )
        return Kept(
            arguments: try row.decode("arguments"),
            subject: try row.decode("subject"),
            secondsLeft: try row.decode("seconds_left")
        )
    }

    /// The newest that can still be activated; the newest in use; otherwise the one whose state explains the silence.
    @Test(arguments: [
        ("account.activation", "  ANA@example.test ", 2), ("account.password-reset", "ANA@Example.Test", 3),
        ("account.activation", "gone@example.test", 5), ("account.password-reset", "gone@example.test", 5),
    ])
    func anIdentifierBecomesTheAccountThatIsMeant(_ kind: String, _ identifier: String, _ account: Int64) async throws {
        try await withPlatform { connection in
            let kept = try await enqueue(kind, #"{"identifier": "\#(identifier)"}"#, connection)
            #expect(kept.arguments == #"{"account_id": \#(account)}"#)
            #expect(kept.subject == account)
        }
    }

    @Test(arguments: ["account.activation", "account.password-reset"])
    func anUnknownIdentifierMakesAJobThatKeepsNothingOfIt(_ kind: String) async throws {
        try await withPlatform { connection in
            for identifier in ["nobody@example.test", "   ", "+33611111111"] {
                let kept = try await enqueue(kind, #"{"identifier": "\#(identifier)"}"#, connection)
                #expect(kept.arguments == #"{"account_id": null}"#)
                #expect(kept.subject == nil)
            }
        }
    }

    @Test func aGivenAccountIsKeptAndAResetHasSixHours() async throws {
        try await withPlatform { connection in
            let reset = try await enqueue(
                "account.password-reset",
                #"{"account_id": 77, "identifier": null}"#,
                connection
            )
            #expect(reset.arguments == #"{"account_id": 77}"#)
            #expect(reset.subject == 77)
            #expect((21_500...21_600).contains(try #require(reset.secondsLeft)))
            let activation = try await enqueue("account.activation", #"{"account_id": 77}"#, connection)
            #expect(activation.secondsLeft == nil)
            // What the worker decodes is what the row keeps.
            let arguments = try JSON(activation.arguments).decode(AccountActivation.self)
            #expect(arguments == AccountActivation(accountID: 77))
        }
    }

    @Test(arguments: [
        ("{}", "account_id: expected exactly one of account_id and identifier, got neither"),
        (
            #"{"account_id": 1, "identifier": "ana@example.test"}"#,
            "account_id: expected exactly one of account_id and identifier, got both"
        ),
        (#"{"account_id": -1}"#, "account_id: expected a positive integer, got an integer below 1"),
        (#"{"account_id": "1"}"#, "account_id: expected a positive integer, got a string"),
        (#"{"account_id": 1.5}"#, "account_id: expected a positive integer, got a number"),
        (
            #"{"identifier": 5}"#,
            "identifier: expected a string of 1 to 320 characters without control characters, got an integer"
        ),
        (
            #"{"identifier": "ana@example.test", "Ana": 1}"#,
            "expected only account_id, identifier, got an unknown argument"
        ),
    ])
    func anUnclearReferenceIsRefusedWithoutRepeatingIt(_ arguments: String, _ words: String) async throws {
        try await withPlatform { connection in
            let error = await #expect(throws: PostgresError.self) {
                _ = try await connection.query(
                    "SELECT relais.enqueue('account.activation', \(JSON(arguments))) AS id"
                )
            }
            #expect(error?.sqlState == "22023")
            #expect(error?.message == "relais.enqueue: \(words)")
        }
    }

    /// Who could call the resolver itself would learn from its answer whether an address has an account.
    @Test func nobodyElseMayCallAResolver() async throws {
        try await withPlatform { connection in
            let row = try #require(
                try await connection.query(
                    """
                    SELECT bool_or(has_function_privilege('pg_monitor', p.oid, 'EXECUTE')) AS is_open
                    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'delivery'
                    """
                ).first
            )
            #expect(try row.decode("is_open", as: Bool.self) == false)
        }
    }

    @Test func aTokenReplacesThatOfAnotherJobAndOutlivesARetry() async throws {
        let secret = try SigningSecret(Array(0..<32))
        // The clock was set back between them: their ids tell the wrong order.
        let first = try #require(JobID("0193a1b2-0000-7000-8000-000000000002"))
        let second = try #require(JobID("0193a1b2-0000-7000-8000-000000000001"))
        try await withPlatform { connection in
            func store(_ job: JobID) async throws {
                let token = AccountToken(.activation, job: job, secret: secret)
                #expect(try await TokenRecord(token, account: 1, job: job).keep(on: connection) == .kept)
            }
            func live() async throws -> [Row] {
                try await connection.query(
                    """
                    SELECT job, digest, used_at IS NOT NULL AS is_used,
                        extract(epoch FROM expires_at - clock_timestamp())::float8 AS seconds_left
                    FROM delivery.token WHERE purpose = 'activation' AND account_id = 1 AND replaced_at IS NULL
                    """
                )
            }
            try await store(first)
            _ = try await connection.execute("UPDATE delivery.token SET used_at = clock_timestamp()")
            try await store(first)
            var row = try #require(try await live().first)
            #expect(try row.decode("is_used", as: Bool.self))
            #expect((604_700...604_800).contains(try row.decode("seconds_left", as: Double.self)))

            try await store(second)
            let rows = try await live()
            #expect(rows.count == 1)
            row = try #require(rows.first)
            #expect(try row.decode("job", as: UUID.self) == second.uuid)
            #expect(try row.decode("is_used", as: Bool.self) == false)
            #expect(
                try row.decode("digest", as: Bytes.self).array
                    == AccountToken(.activation, job: second, secret: secret).digest
            )
            let again = AccountToken(.activation, job: first, secret: secret)
            #expect(try await TokenRecord(again, account: 1, job: first).keep(on: connection) == .superseded)
        }
    }

    @Test func theFactsOfAScopeAreReadFromTheAccount() async throws {
        try await withPlatform { connection in
            try await connection.run(
                script: """
                    INSERT INTO platform.department VALUES ('75', 'Paris', 'Académie de Paris');
                    INSERT INTO platform.account (id, kind, email, first_name, last_name, department_code)
                    VALUES (20, 'departmental_referent', 'r@example.test', 'A', 'B', '75');
                    """
            )
            let row = try #require(try await connection.query(AccountFacts.select(account: 20)).first)
            #expect(
                try AccountFacts(row) == AccountFacts(kind: .departmentalReferent, department: Department(code: "75"))
            )
            let gone = try #require(try await connection.query(AccountFacts.select(account: 5)).first)
            #expect(try AccountFacts(gone)?.isDiscarded == true)
            #expect(try await connection.query(AccountFacts.select(account: 99)).isEmpty)
        }
    }

    @Test func aFileLivesSevenDaysFromItsMailAndGoesWithItsChunks() async throws {
        try await withPlatform { connection in
            try await connection.run(
                script: """
                    SET TIME ZONE 'Europe/Paris';
                    INSERT INTO delivery.file (id, account_id, filename, content_type, size, rows)
                    VALUES ('0193a1b2-0000-7000-8000-000000000001', 1, 'export-des-offres-2021-2022.xlsx', 'x/y', 3, 0);
                    INSERT INTO delivery.file_chunk VALUES ('0193a1b2-0000-7000-8000-000000000001', 0, 'abc');
                    -- Across the end of summer time, where seven days of Paris are 169 hours.
                    UPDATE delivery.file SET mailed_at = '2021-10-28 12:00+02',
                        expires_at = timestamptz '2021-10-28 12:00+02' + interval '168 hours';
                    """
            )
            let error = await #expect(throws: PostgresError.self) {
                _ = try await connection.execute("UPDATE delivery.file SET expires_at = mailed_at + interval '7 days'")
            }
            #expect(error?.sqlState == "23514")
            _ = try await connection.execute("DELETE FROM delivery.file")
            #expect(try await connection.query("SELECT 1 AS one FROM delivery.file_chunk").isEmpty)
        }
    }
}
