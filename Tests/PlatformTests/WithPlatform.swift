import Foundation
import JobEngine
import Platform
import Postgres
import TestSupport

/// Runs a test on a database with the ledger, the kinds, the platform's relations and a few accounts.
func withPlatform(_ body: (PostgresConnection) async throws -> Void) async throws {
    let template = try await TemporaryDatabase.template(named: "delivery", prepare: prepare)
    try await withTemporaryDatabase(template: template) { database in
        try await database.withConnection(body)
    }
}

private func prepare(_ database: TemporaryDatabase) async throws {
    let schema = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../deploy/platform/schema.sql")
    let pool = database.pool()
    _ = try await Migrator(component: JobEngineMigrations.component, migrations: JobEngineMigrations.all).migrate(pool)
    // Before the relations of the platform exist: they may be views that come later.
    _ = try await Migrator(component: PlatformMigrations.component, migrations: PlatformMigrations.all).migrate(pool)
    try await Ledger(durable: pool, relaxed: pool).register(PlatformCatalogue.jobs)
    await pool.close()
    try await database.withConnection { connection in
        try await connection.run(script: try String(contentsOf: schema, encoding: .utf8))
        try await connection.run(
            script: """
                INSERT INTO platform.account
                    (id, kind, email, first_name, last_name, confirmed_at, discarded_at, created_at)
                VALUES
                    (1, 'employer', ' Ana@Example.test', 'A', 'B', now(), NULL, '2020-01-01'),
                    (2, 'student', 'ana@example.TEST ', 'A', 'B', NULL, NULL, '2020-01-02'),
                    (3, 'student', 'ana@example.test', 'A', 'B', now(), NULL, '2020-01-03'),
                    (4, 'student', 'ana@example.test', 'A', 'B', NULL, now(), '2020-01-04'),
                    (5, 'student', 'gone@example.test', 'A', 'B', now(), now(), '2020-01-05');
                """
        )
    }
}
