import TestSupport
import Testing

@testable import Postgres

@Suite struct CancellationTests {
    @Test func cancellingTheTaskStopsTheServersStatement() async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                try await database.withConnection { observer in
                    let pid = connection.backendPID
                    let task = Task { try await connection.query("SELECT pg_sleep(60)") }
                    try await observer.untilTrue(
                        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = \(pid) AND wait_event = 'PgSleep')"
                    )
                    task.cancel()
                    await #expect(throws: CancellationError.self) { try await task.value }
                    let state: String? = try await observer.query(
                        "SELECT state FROM pg_stat_activity WHERE pid = \(pid)"
                    ).first?.decode(at: 0)
                    #expect(state == "idle")
                    #expect(try await connection.query("SELECT 1").count == 1)
                    #expect(connection.backendPID == pid)
                }
            }
        }
    }

    @Test func aStatementOverItsLimitIsStoppedAndNamed() async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                let error = await #expect(throws: PostgresError.self) {
                    try await connection.query(
                        "SELECT pg_sleep(60)",
                        as: "count the offers",
                        timeout: .milliseconds(50)
                    )
                }
                #expect(error?.kind == .timeout)
                #expect(error?.description == "PostgreSQL: timed out after 0.05 s (while: count the offers)")
                #expect(error?.isTransient == true)
                let rows = try await connection.query("SELECT 1")
                #expect(rows.count == 1)
            }
        }
    }

    @Test func aCancelledTaskSendsNothing() async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                try await connection.run(script: "CREATE TABLE item (id int)")
                let task = Task {
                    withUnsafeCurrentTask { $0?.cancel() }
                    try await connection.execute("INSERT INTO item VALUES (1)")
                }
                await #expect(throws: CancellationError.self) { try await task.value }
                #expect(try await connection.query("SELECT * FROM item").isEmpty)
            }
        }
    }

    @Test func aLateCancellationNeverHitsTheNextStatement() async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                // Statements about as long as a cancel request takes, so that it comes before, during and after them.
                for round in 0..<200 {
                    let task = Task { try await connection.execute("SELECT pg_sleep(\(Double(round % 20) / 10_000))") }
                    await Task.yield()
                    task.cancel()
                    _ = await task.result
                    let rows = try await connection.query("SELECT \(round)")
                    #expect(rows.count == 1)
                }
            }
        }
    }

    @Test func aCallerCancelledWhileItWaitsForItsTurnSendsNothing() async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                try await database.withConnection { observer in
                    let pid = connection.backendPID
                    let first = Task { try await connection.execute("SELECT pg_sleep(3600)") }
                    try await observer.untilTrue(
                        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = \(pid) AND wait_event = 'PgSleep')"
                    )
                    let second = Task { try await connection.execute("CREATE TABLE unwanted ()") }
                    // Cancelled before that, it would end at its very beginning.
                    try await eventually("the second to wait") { await connection.waitingCount == 1 }
                    second.cancel()
                    first.cancel()
                    await #expect(throws: CancellationError.self) { try await first.value }
                    await #expect(throws: CancellationError.self) { try await second.value }
                    let made = try await observer.query("SELECT to_regclass('unwanted')::text AS made").first
                    #expect(try made?.decode("made", as: String?.self) == .some(nil))
                }
            }
        }
    }
}
