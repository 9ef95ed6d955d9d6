import Foundation
import JobEngine
import Platform
import Postgres
import TestSupport
import Testing

/// An identifier is an address or a mobile number, in whatever spelling.
@Suite struct IdentifierTests {
    private func normal(_ identifier: String, _ connection: PostgresConnection) async throws -> String {
        try #require(try await connection.query(TokenRedemption.normal(identifier)).first).decode("identifier")
    }

    @Test func oneMobileNumberHasOneSpelling() async throws {
        try await withPlatform { connection in
            for spelling in [
                "0612345678", "06 12 34 56 78", "06.12.34.56.78", "06-12-34-56-78", " 06\u{A0}12\u{202F}34 56 78\t",
                "+33612345678", "+33 6 12 34 56 78", "+33 (0)6 12 34 56 78", "+330612345678", "0033612345678",
                "0033 6 12.34.56.78", "00330612345678",
            ] {
                let kept = try await normal(spelling, connection)
                #expect(kept == "+33612345678", "\(spelling)")
            }
            let other = try await normal("07 00 00 00 01", connection)
            #expect(other == "+33700000001")
        }
    }

    @Test func whatIsNoMobileNumberIsReadAsAnAddress() async throws {
        try await withPlatform { connection in
            for (typed, kept) in [
                ("  Ana.Martin@Example.TEST\u{A0}", "ana.martin@example.test"), ("0112345678", "0112345678"),
                ("061234567", "061234567"), ("06123456789", "06123456789"), ("+32612345678", "+32612345678"),
                ("0612345678@example.test", "0612345678@example.test"), ("06 ab", "06 ab"), ("   ", ""),
            ] {
                let found = try await normal(typed, connection)
                #expect(found == kept, "\(typed)")
            }
        }
    }

    /// What a page, a spreadsheet or a keyboard leaves around a text.
    static let blanks = [
        "\u{A0}", "\u{200B}", "\u{FEFF}", "\u{2009}", "\t", "\r\n", " \u{202F}\u{2060}", "\u{3000}", "\u{200E}",
        "\u{AD}",
    ]

    @Test(arguments: blanks) func blanksAroundAnIdentifierOrAKeptAddressCountForNothing(_ blank: String) async throws {
        try await withPlatform { connection in
            let typed = "\(blank)Ines@Example.TEST\(blank)"
            #expect(try await normal(typed, connection) == "ines@example.test")
            let phone = "\(blank)06\(blank)12 34 56 78\(blank)"
            #expect(try await normal(phone, connection) == "+33612345678")
            _ = try await connection.execute(
                """
                INSERT INTO platform.account (id, kind, email, first_name, last_name)
                VALUES (30, 'student', \(blank + "ines@EXAMPLE.test" + blank), 'A', 'B')
                """
            )
            for identifier in ["ines@example.test", typed] {
                let job = try await connection.query(
                    """
                    WITH made AS (
                        SELECT relais.enqueue('account.activation', jsonb_build_object('identifier', \(identifier)::text))
                            AS id
                    )
                    SELECT id FROM made
                    """
                )
                #expect(job.count == 1)
            }
            let jobs = try await connection.query("SELECT subject FROM relais.job")
            #expect(
                try jobs.map { try $0.decode("subject", as: Int64?.self) } == [30],
                "both are one job, of account 30"
            )
        }
    }

    /// Beside a million accounts a request must not read them all.
    @Test func anAddressIsLookedUpInItsIndex() async throws {
        try await withPlatform { connection in
            _ = try await connection.execute("SET enable_seqscan = off")
            let plan = try await connection.query(
                """
                EXPLAIN SELECT a.id FROM platform.account a
                WHERE lower(btrim(a.email, relais.blanks())) = 'ana@example.test'
                """
            ).map { try $0.decode(at: 0, as: String.self) }.joined(separator: "\n")
            #expect(plan.contains("account_address"), "\(plan)")
            let body = try await connection.query(
                "SELECT prosrc AS text FROM pg_proc WHERE oid = 'delivery.resolve_account'::regproc"
            )
            let text = try #require(body.first).decode("text", as: String.self)
            #expect(
                text.contains("WHERE lower(btrim(a.email, relais.blanks())) ="),
                "the plan is of the same condition"
            )
        }
    }

    @Test(arguments: ["account.activation", "account.password-reset"])
    func requestsByOneNumberInTwoSpellingsAreOneJob(_ kind: String) async throws {
        try await withPlatform { connection in
            for (first, second) in [("06 11 11 11 11", "+33611111111"), ("0033.7.22.22.22.22", "0722222222")] {
                for identifier in [first, second] {
                    _ = try await connection.query(
                        "SELECT relais.enqueue(\(kind), jsonb_build_object('identifier', \(identifier)::text)) AS id"
                    )
                }
            }
            let rows = try await connection.query(
                "SELECT count(*) AS jobs, count(DISTINCT unique_key) AS keys, max(j::text) AS text FROM relais.job j"
            )
            #expect(try rows.first?.decode("jobs", as: Int.self) == 2)
            #expect(try rows.first?.decode("keys", as: Int.self) == 2)
            #expect(try rows.first?.decode("text", as: String.self).contains("1111") == false)
        }
    }

    /// Without a change of its own the transaction would end without a flush, and a wrong guess be answered earlier for a
    /// number that nobody has.
    @Test func aGuessAtANumberThatNobodyHasIsCommittedLikeOneThatIsCounted() async throws {
        try await withPlatform { connection in
            let guess = TokenRedemption(
                .activation,
                .code("000000", phone: "+33700000000"),
                consume: true,
                secret: try SigningSecret(Array(0..<32))
            )
            _ = try await connection.execute("BEGIN")
            let outcome = try await guess.run(on: connection)
            #expect(outcome == .unknown)
            let rows = try await connection.query("SELECT pg_current_xact_id_if_assigned() IS NOT NULL AS is_writing")
            #expect(try rows.first?.decode("is_writing", as: Bool.self) == true)
            _ = try await connection.execute("COMMIT")
        }
    }

    /// As with an address: the newest that can still be activated, the newest in use.
    @Test(arguments: [("account.activation", 21), ("account.password-reset", 22)])
    func aNumberBecomesTheAccountThatIsMeant(_ kind: String, _ account: Int64) async throws {
        try await withPlatform { connection in
            try await connection.run(
                script: """
                    INSERT INTO platform.account
                        (id, kind, phone, first_name, last_name, confirmed_at, discarded_at, created_at)
                    VALUES (20, 'student', '+33612345678', 'A', 'B', NULL, NULL, '2020-01-01'),
                        (21, 'student', '+33612345678', 'A', 'B', NULL, NULL, '2020-01-02'),
                        (22, 'student', '+33612345678', 'A', 'B', now(), NULL, '2020-01-03'),
                        (23, 'student', '+33612345678', 'A', 'B', NULL, now(), '2020-01-04');
                    """
            )
            let rows = try await connection.query(
                """
                WITH made AS (SELECT relais.enqueue(\(kind), '{"identifier": "06 12 34 56 78"}') AS id)
                SELECT id FROM made
                """
            )
            let id: UUID = try #require(rows.first).decode("id")
            let job = try await connection.query(
                "SELECT subject, arguments::text AS arguments FROM relais.job WHERE id = \(id)"
            )
            #expect(try job.first?.decode("subject", as: Int64.self) == account)
            #expect(try job.first?.decode("arguments", as: String.self) == #"{"account_id": \#(account)}"#)
        }
    }
}
