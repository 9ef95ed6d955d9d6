import Foundation
import JobEngine
import Platform
import Postgres
import TestSupport
import Testing

/// A new release meets links that are in mailboxes already.
@Suite struct TokenMigrationTests {
    @Test func aLinkThatWasSentBeforeTheMigrationWorksAfterIt() async throws {
        let secret = try SigningSecret(Array(0..<32))
        let job = try #require(JobID("0193a1b2-0000-7000-8000-000000000001"))
        let token = AccountToken(.passwordReset, job: job, secret: secret)
        let before = try #require(JobID("0193a1b2-0000-7000-8000-000000000002"))
        let early = AccountToken(.activation, job: before, secret: secret)
        let schema = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../deploy/platform/schema.sql")
        try await withTemporaryDatabase { database in
            try await database.withPool { pool in
                let engine = JobEngineMigrations.all
                _ = try await Migrator(component: JobEngineMigrations.component, migrations: engine).migrate(pool)
                let component = PlatformMigrations.component
                // As it was before tokens were kept by job.
                let former = Array(PlatformMigrations.all.prefix(3))
                _ = try await Migrator(component: component, migrations: former).migrate(pool)
                try await pool.withConnection { connection in
                    try await connection.run(script: try String(contentsOf: schema, encoding: .utf8))
                    try await connection.run(
                        script: """
                            INSERT INTO platform.account (id, kind, email, first_name, last_name)
                                VALUES (1, 'student', 'ana@example.test', 'A', 'B');
                            """
                    )
                    _ = try await connection.execute(
                        """
                        INSERT INTO delivery.token (purpose, account_id, job, digest, expires_at)
                        VALUES ('password-reset', 1, \(job.uuid), \(Bytes(token.digest)), now() + interval '1 hour'),
                            ('activation', 1, \(before.uuid), \(Bytes(early.digest)), now() + interval '1 hour')
                        """
                    )
                }
                _ = try await Migrator(component: component, migrations: PlatformMigrations.all).migrate(pool)
                // The row of before is older than the next one, and stays it.
                let next = try #require(JobID("0093a1b2-0000-7000-8000-000000000001"))
                let verdicts = try await pool.transaction { connection in
                    let later = AccountToken(.activation, job: next, secret: secret)
                    return [
                        try await TokenRecord(later, account: 1, job: next).keep(on: connection),
                        try await TokenRecord(early, account: 1, job: before).keep(on: connection),
                    ]
                }
                #expect(verdicts == [.kept, .superseded])
                let redemption = TokenRedemption(.passwordReset, .token(token.text), consume: true, secret: secret)
                let outcome = try await pool.transaction { try await redemption.run(on: $0) }
                #expect(outcome == .redeemed(account: 1))
            }
        }
    }
}
