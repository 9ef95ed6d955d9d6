import Postgres
import TestSupport
import Testing

@testable import JobEngine

@Suite("Migrations of the ledger")
struct MigrationTests {
    private static let migrator = Migrator(
        component: JobEngineMigrations.component,
        migrations: JobEngineMigrations.all
    )

    @Test func secondRunChangesNothing() async throws {
        try await withTemporaryDatabase { database in
            try await database.withPool { pool in
                let first = try await Self.migrator.migrate(pool)
                let second = try await Self.migrator.migrate(pool)
                #expect(first == JobEngineMigrations.all.map(\.version) && second.isEmpty)
                try await Self.migrator.verify(pool)
            }
        }
    }

    @Test func twentyProcessesAtOnceAgree() async throws {
        try await withTemporaryDatabase { database in
            let applied = try await withThrowingTaskGroup(of: [Int].self) { group in
                for _ in 1...20 {
                    group.addTask {
                        try await database.withPool(size: 1) { pool in
                            try await Self.migrator.migrate(pool)
                        }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(applied.sorted() == JobEngineMigrations.all.map(\.version))
            try await database.withPool { try await Self.migrator.verify($0) }
        }
    }

    @Test func catalogueIsRegisteredAgainWithoutHarmAndAMovedKindMoves() async throws {
        try await withEngineWorld { world in
            // Of an argument that an earlier release had.
            _ = try await world.pool.execute(
                """
                INSERT INTO relais.argument_check (kind, place, name, shape, required, expected)
                VALUES ('test.work', 3, 'former', 'uuid', true, 'a UUID')
                """
            )
            try await world.ledger.register(TestCatalogue.all)
            let checks = try await world.count("SELECT count(*) FROM relais.argument_check")
            // Of each kind its one argument, and that there is no other.
            #expect(checks == TestCatalogue.all.kinds.count * 2)
            let kinds = try await world.count("SELECT count(*) FROM relais.kind")
            #expect(kinds == TestCatalogue.all.kinds.count)
            let windows = try await world.count("SELECT min(window_size) FROM relais.queue")
            #expect(windows == 5000)
        }
    }

    @Test func daysThatAreAheadHaveTheirPartitionsAndASecondLookMakesNone() async throws {
        try await withEngineWorld { world in
            // The migration made that day's and the next three; since then midnight may have passed.
            let missing: SQL = """
                (SELECT count(*) FROM generate_series(0, 10) AS ahead WHERE to_regclass('relais.job_ended_'
                    || to_char((clock_timestamp() AT TIME ZONE 'UTC')::date + ahead, 'YYYYMMDD')) IS NULL)
                """
            let before = try await world.count("SELECT \(fragment: missing)")
            #expect(before >= 7 && before <= 8)
            let unmade: SQL = "SELECT \(fragment: missing) - (\(fragment: PartitionSQL.prepare(daysAhead: 10)))"
            for look in 1...2 {
                #expect(try await world.count(unmade) == 0, "look \(look) makes what is missing and nothing else")
            }
        }
    }

    @Test func finishWithoutADaysPartitionIsKeptAllTheSame() async throws {
        try await withEngineWorld { world in
            let (job, _) = try await world.claimOne()
            try await world.database.withConnection { connection in
                try await connection.run(
                    script: """
                        DO $$ DECLARE day text; BEGIN
                            FOR day IN SELECT c.oid::regclass::text FROM pg_class c
                                WHERE c.relname ~ '^job_ended_[0-9]+$' AND c.relkind = 'r' LOOP
                                EXECUTE 'DROP TABLE ' || day;
                            END LOOP;
                        END $$
                        """
                )
            }
            _ = try await world.ledger.end([Ending(job, .done)])
            let state = try await world.job(job.id).state
            #expect(state == .done)
            // The default partition holds today: it keeps the day, and the next days are made all the same.
            let made = try await world.count(PartitionSQL.prepare(daysAhead: 3))
            #expect(made == 3)
        }
    }
}
