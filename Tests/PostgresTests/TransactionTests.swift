import Postgres
import TestSupport
import Testing

private struct Refusal: Error {}

/// Changes its own state inside a transaction and between the chunks of a stream, which compiles only when both stay
/// on the caller's actor.
private actor Adder {
    private var sum = 0

    func add(_ pool: PostgresPool) async throws -> Int {
        try await pool.transaction { connection in
            for try await chunk in connection.stream("SELECT generate_series(1, 3)", chunk: 2) {
                for row in chunk { sum += try row.decode(at: 0, as: Int.self) }
            }
        }
        return sum
    }
}

@Suite struct TransactionTests {
    private func withTable(_ body: (TemporaryDatabase, PostgresConnection) async throws -> Void) async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                try await connection.run(script: "CREATE TABLE item (id int PRIMARY KEY)")
                try await body(database, connection)
            }
        }
    }

    private func count(_ connection: PostgresConnection) async throws -> Int? {
        try await connection.query("SELECT count(*) FROM item").first?.decode(at: 0)
    }

    @Test func returningCommits() async throws {
        try await withTable { _, connection in
            try await connection.transaction { try await $0.execute("INSERT INTO item VALUES (1)") }
            #expect(try await count(connection) == 1)
        }
    }

    @Test func throwingRollsBack() async throws {
        try await withTable { _, connection in
            await #expect(throws: Refusal.self) {
                try await connection.transaction { connection in
                    try await connection.execute("INSERT INTO item VALUES (1)")
                    throw Refusal()
                }
            }
            let left = try await count(connection)
            #expect(left == 0)
        }
    }

    /// The rows of a statement come before its commit. 20 kB of them are sent at once, less with the answer to the commit.
    @Test(arguments: [1, 20_000]) func aRefusedCommitOfOneStatementIsNoSuccess(_ size: Int) async throws {
        try await withTable { _, connection in
            try await connection.run(script: Self.deferred("RAISE 'refused'"))
            let error = await #expect(throws: PostgresError.self) {
                try await connection.query("INSERT INTO item VALUES (1) RETURNING repeat('x', \(size)::int)")
            }
            #expect(error?.sqlState == "P0001" && error?.outcomeUnknown == false)
            #expect(try await count(connection) == 0, "and the connection is as good as before")
        }
    }

    @Test func aStatementWhoseCommitIsLostIsNoSuccessAlthoughItsRowsHaveCome() async throws {
        try await withTable { database, connection in
            try await connection.run(script: Self.deferred("PERFORM pg_advisory_xact_lock(1)"))
            let gate = try await database.connect()
            try await gate.execute("SELECT pg_advisory_lock(1)")
            let victim = try await database.connect()
            let pid = try await victim.query("SELECT pg_backend_pid()").first?.decode(at: 0, as: Int.self) ?? 0
            let lost = Task { try await victim.query("INSERT INTO item VALUES (1) RETURNING repeat('x', 20000)") }
            try await eventually("the commit to wait") {
                try await gate.query(
                    "SELECT FROM pg_stat_activity WHERE pid = \(pid)::int AND wait_event = 'advisory'"
                ).count == 1
            }
            try await gate.execute("SELECT pg_terminate_backend(\(pid)::int)")
            await #expect(throws: PostgresError.self) { try await lost.value }
            #expect(try await count(connection) == 0)
            await victim.close()
            await gate.close()
        }
    }

    /// A trigger that does something when an insertion is committed.
    private static func deferred(_ action: String) -> String {
        """
        CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \(action); RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON item DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION at_commit();
        """
    }

    @Test func aSwallowedFailureIsNotTakenForACommit() async throws {
        try await withTable { _, connection in
            let error = await #expect(throws: PostgresError.self) {
                try await connection.transaction { connection in
                    try await connection.execute("INSERT INTO item VALUES (1)")
                    _ = try? await connection.execute("SELECT 1 / 0")
                }
            }
            #expect(error?.message.contains("rolled back") == true)
            let left = try await count(connection)
            #expect(left == 0)
        }
    }

    @Test func aDeferredConstraintFailsTheCommit() async throws {
        try await withTable { _, connection in
            try await connection.run(
                script: "CREATE TABLE part (item int REFERENCES item DEFERRABLE INITIALLY DEFERRED)"
            )
            let error = await #expect(throws: PostgresError.self) {
                try await connection.transaction { try await $0.execute("INSERT INTO part VALUES (9)") }
            }
            #expect(error?.sqlState == "23503")
            #expect(error?.outcomeUnknown == false)
            #expect(try await count(connection) == 0)
        }
    }

    @Test func cancellingTheTaskRollsBackAndKeepsTheConnection() async throws {
        try await withTable { _, connection in
            let task = Task {
                try await connection.transaction { connection in
                    try await connection.execute("INSERT INTO item VALUES (1)")
                    withUnsafeCurrentTask { $0?.cancel() }
                    try await connection.execute("INSERT INTO item VALUES (2)")
                }
            }
            await #expect(throws: CancellationError.self) { try await task.value }
            let left = try await count(connection)
            #expect(left == 0)
        }
    }

    @Test func aTaskCancelledAfterTheWorkStillCommits() async throws {
        try await withTable { _, connection in
            try await Task {
                try await connection.transaction { connection in
                    try await connection.execute("INSERT INTO item VALUES (1)")
                    withUnsafeCurrentTask { $0?.cancel() }
                }
            }.value
            #expect(try await count(connection) == 1)
        }
    }

    @Test func theTimeLimitNamesTheTransaction() async throws {
        try await withTable { _, connection in
            let error = await #expect(throws: PostgresError.self) {
                try await connection.transaction(as: "book a place", timeout: .milliseconds(50)) { connection in
                    try await connection.execute("INSERT INTO item VALUES (1)")
                    try await connection.execute("SELECT pg_sleep(30)")
                }
            }
            #expect(error?.kind == .timeout)
            #expect(error?.operation == "book a place")
            #expect(error?.message == "timed out after 0.05 s")
            let left = try await count(connection)
            #expect(left == 0)
        }
    }

    @Test func theBodyRunsOnTheCallersActor() async throws {
        try await withTemporaryDatabase { database in
            try await database.withPool { pool in
                let sum = try await Adder().add(pool)
                #expect(sum == 6)
            }
        }
    }

    @Test func isolationAndReadOnlyReachTheServer() async throws {
        try await withTable { _, connection in
            let isolation: String? = try await connection.transaction(isolation: .serializable) { connection in
                try await connection.query("SHOW transaction_isolation").first?.decode(at: 0)
            }
            #expect(isolation == "serializable")
            let error = await #expect(throws: PostgresError.self) {
                try await connection.transaction(readOnly: true) { try await $0.execute("INSERT INTO item VALUES (1)") }
            }
            #expect(error?.sqlState == "25006")
        }
    }

    @Test func aTransactionInsideATransactionIsRefused() async throws {
        try await withTable { _, connection in
            let error = await #expect(throws: PostgresError.self) {
                try await connection.transaction { outer in
                    try await outer.execute("INSERT INTO item VALUES (1)")
                    try await outer.transaction { _ in }
                }
            }
            #expect(error?.kind == .usage)
            let left = try await count(connection)
            #expect(left == 0)
        }
    }

    @Test func losingTheConnectionInACommitLeavesTheOutcomeUnknown() async throws {
        try await withTable { database, observer in
            try await slowCommits(observer)
            try await database.withConnection { connection in
                let outcome = Task {
                    try await connection.transaction(as: "book") { try await $0.execute("INSERT INTO item VALUES (1)") }
                }
                try await observer.untilTrue("SELECT wait_event = 'PgSleep' \(fragment: session(of: connection))")
                await connection.close()
                let error = await #expect(throws: PostgresError.self) { try await outcome.value }
                #expect(error?.outcomeUnknown == true)
                #expect(error?.isTransient == true)
                #expect(error?.operation == "COMMIT of book")
                // The server does not know yet that nobody waits for its answer.
                try await observer.execute("SELECT pg_terminate_backend(pid) \(fragment: session(of: connection))")
            }
        }
    }

    @Test func aSessionEndedByTheServerInACommitIsKnownToBeRolledBack() async throws {
        try await withTable { database, observer in
            try await slowCommits(observer)
            try await database.withConnection { connection in
                let outcome = Task {
                    try await connection.transaction(as: "book") { try await $0.execute("INSERT INTO item VALUES (1)") }
                }
                try await observer.untilTrue("SELECT wait_event = 'PgSleep' \(fragment: session(of: connection))")
                try await observer.execute("SELECT pg_terminate_backend(pid) \(fragment: session(of: connection))")
                let error = await #expect(throws: PostgresError.self) { try await outcome.value }
                #expect(error?.sqlState == "57P01")
                #expect(error?.outcomeUnknown == false)
                #expect(error?.isTransient == true)
                let left = try await count(observer)
                #expect(left == 0)
            }
        }
    }

    /// A deferred trigger makes COMMIT wait, so that something can happen meanwhile.
    private func slowCommits(_ connection: PostgresConnection) async throws {
        try await connection.run(
            script: """
                CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS
                    $$ BEGIN PERFORM pg_sleep(3600); RETURN NULL; END $$;
                CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON item DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION wait();
                """
        )
    }

    private func session(of connection: PostgresConnection) -> SQL {
        "FROM pg_stat_activity WHERE pid = \(connection.backendPID)"
    }
}
