import Postgres
import TestSupport
import Testing

@Suite struct MigratorTests {
    private static let steps = [
        Migration(version: 1, name: "create", sql: "CREATE TABLE item (id int); CREATE TABLE part (id int);"),
        Migration(version: 2, name: "fill", sql: "INSERT INTO item VALUES (1);"),
        Migration(version: 3, name: "widen", sql: "ALTER TABLE item ADD name text;"),
    ]

    private func migrator(_ count: Int) -> Migrator {
        Migrator(component: "test", migrations: Array(Self.steps.prefix(count)))
    }

    @Test func migratingTwiceAppliesOnce() async throws {
        try await withTemporaryDatabase { database in
            try await database.withPool { pool in
                #expect(try await migrator(2).migrate(pool) == [1, 2])
                #expect(try await migrator(2).migrate(pool) == [])
                #expect(try await migrator(3).migrate(pool) == [3])
                try await migrator(3).verify(pool)
                #expect(try await pool.query("SELECT * FROM item").count == 1)
            }
        }
    }

    @Test func twentyMigratingAtOnceAgree() async throws {
        try await withTemporaryDatabase { database in
            try await database.withPool(size: 20) { pool in
                let applied = try await withThrowingTaskGroup(of: [Int].self) { group in
                    for _ in 0..<20 { group.addTask { try await migrator(3).migrate(pool) } }
                    return try await group.reduce(into: []) { $0 += $1 }
                }
                #expect(applied.sorted() == [1, 2, 3])
                #expect(try await pool.query("SELECT * FROM item").count == 1)
            }
        }
    }

    @Test func aFailingMigrationLeavesTheOnesBeforeIt() async throws {
        try await withTemporaryDatabase { database in
            try await database.withPool { pool in
                let broken = Migrator(
                    component: "test",
                    migrations: [
                        Self.steps[0], Migration(version: 2, name: "bad", sql: "DROP TABLE part; SELECT 1 / 0"),
                    ]
                )
                let error = await #expect(throws: PostgresError.self) { try await broken.migrate(pool) }
                #expect(error?.operation == "migration 2 of test")
                let rows = try await pool.query("SELECT * FROM part")
                #expect(rows.isEmpty)
                let applied = try await migrator(3).migrate(pool)
                #expect(applied == [2, 3])
            }
        }
    }

    @Test func aMigrationMayNotCommitByItself() async throws {
        try await withTemporaryDatabase { database in
            try await database.withPool { pool in
                let committing = Migrator(
                    component: "test",
                    migrations: [Migration(version: 1, name: "commits", sql: "SELECT 1; COMMIT;")]
                )
                let error = await #expect(throws: PostgresError.self) { try await committing.migrate(pool) }
                #expect(error?.kind == .usage)
                let applied = try await migrator(1).migrate(pool)
                #expect(applied == [1])
            }
        }
    }

    @Test func aMissingSchemaSaysWhatToDo() async throws {
        try await withTemporaryDatabase { database in
            try await database.withPool { pool in
                let error = await #expect(throws: SchemaError.self) { try await migrator(1).verify(pool) }
                #expect(error == .missing(component: "test"))
                #expect(error?.description.contains("run `producer migrate`") == true)
            }
        }
    }

    @Test func anOlderSchemaIsRefused() async throws {
        try await withTemporaryDatabase { database in
            try await database.withPool { pool in
                _ = try await migrator(1).migrate(pool)
                let error = await #expect(throws: SchemaError.self) { try await migrator(3).verify(pool) }
                #expect(error == .older(component: "test", database: 1, program: 3))
            }
        }
    }

    @Test func aNewerSchemaIsRefusedAndNotTouched() async throws {
        try await withTemporaryDatabase { database in
            try await database.withPool { pool in
                _ = try await migrator(3).migrate(pool)
                let expected = SchemaError.newer(component: "test", database: 3, program: 1)
                await #expect(throws: expected) { try await migrator(1).verify(pool) }
                await #expect(throws: expected) { try await migrator(1).migrate(pool) }
                #expect(expected.description.contains("deploy the release"))
            }
        }
    }

    @Test func anEditedHistoryIsRefused() async throws {
        try await withTemporaryDatabase { database in
            try await database.withPool { pool in
                _ = try await migrator(1).migrate(pool)
                let other = Migrator(
                    component: "test",
                    migrations: [Migration(version: 1, name: "other", sql: "SELECT 1")]
                )
                await #expect(throws: SchemaError.self) { try await other.verify(pool) }
                let gap = Migrator(component: "test", migrations: [Self.steps[1]])
                await #expect(throws: SchemaError.misnumbered(component: "test", versions: [2])) {
                    try await gap.migrate(pool)
                }
                // Components do not see each other.
                let second = Migrator(
                    component: "second",
                    migrations: [Migration(version: 1, name: "x", sql: "SELECT 1")]
                )
                #expect(try await second.migrate(pool) == [1])
            }
        }
    }

    @Test func templatesMakeMigratedDatabases() async throws {
        let template = try await TemporaryDatabase.template(named: "migrator") { database in
            try await database.withPool { _ = try await migrator(3).migrate($0) }
        }
        let again = try await TemporaryDatabase.template(named: "migrator") { _ in Issue.record("prepared twice") }
        #expect(template == again)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try await withTemporaryDatabase(template: template) { database in
                        try await database.withPool { try await migrator(3).verify($0) }
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
