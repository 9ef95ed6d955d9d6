import Logging
import Postgres
import ServiceLifecycle
import TestSupport
import Testing

/// Says when its group has begun to run.
private struct Beginning: Service {
    let log: EventLog<Bool>

    func run() async throws {
        log.append(true)
        try await gracefulShutdown()
    }
}

@Suite struct PoolTests {
    @Test func noMoreConnectionsThanAllowed() async throws {
        try await withTemporaryDatabase { database in
            try await database.withPool(size: 3) { pool in
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<100 {
                        group.addTask {
                            let row = try await pool.query(
                                """
                                SELECT count(*) FROM pg_stat_activity
                                WHERE datname = current_database() AND backend_type = 'client backend'
                                """
                            ).first
                            return try row?.decode(at: 0) ?? 0
                        }
                    }
                    for try await sessions in group { #expect(sessions <= 3) }
                }
                let statistics = pool.statistics
                #expect(statistics.idle == statistics.opened && statistics.opened <= 3)
                #expect(statistics.acquired == 100)
                #expect(statistics.inUse == 0 && statistics.waiting == 0)
            }
        }
    }

    @Test func connectionsAreOpenedWhenFirstNeeded() async throws {
        try await withTemporaryDatabase { database in
            try await database.withPool { pool in
                #expect(pool.statistics.opened == 0)
                _ = try await pool.query("SELECT 1")
                _ = try await pool.query("SELECT 1")
                #expect(pool.statistics.opened == 1)
            }
        }
    }

    @Test func waitingInVainSaysForWhat() async throws {
        try await withTemporaryDatabase { database in
            try await database.withPool(size: 1, acquireTimeout: .milliseconds(100)) { pool in
                let error = try await pool.withConnection { _ in
                    await #expect(throws: PostgresError.self) { try await pool.query("SELECT 1") }
                }
                #expect(error?.kind == .timeout)
                #expect(
                    error?.message.hasPrefix(
                        "no PostgreSQL connection free within 0.1 s (pool of 1, 1 in use, 1 waiting)"
                    )
                        == true
                )
                #expect(pool.statistics.timedOut == 1)
                #expect(try await pool.query("SELECT 1").count == 1)
            }
        }
    }

    @Test func aWaiterThatIsCancelledLeavesTheQueue() async throws {
        try await withTemporaryDatabase { database in
            try await database.withPool(size: 1) { pool in
                try await pool.withConnection { _ in
                    let waiter = Task { try await pool.query("SELECT 1") }
                    while pool.statistics.waiting == 0 { await Task.yield() }
                    waiter.cancel()
                    await #expect(throws: CancellationError.self) { try await waiter.value }
                    #expect(pool.statistics.waiting == 0)
                }
                #expect(try await pool.query("SELECT 1").count == 1)
            }
        }
    }

    @Test func whatIsLeftInATransactionIsNotGivenToTheNext() async throws {
        try await withTemporaryDatabase { database in
            try await database.withPool(size: 1) { pool in
                try await pool.execute("CREATE TABLE item (id int)")
                let first = try await pool.withConnection { connection in
                    try await connection.run(script: "BEGIN; INSERT INTO item VALUES (1)")
                    return connection.backendPID
                }
                let second = try await pool.withConnection { $0.backendPID }
                #expect(first != second)
                #expect(try await pool.query("SELECT * FROM item").isEmpty)
                #expect(pool.statistics.discarded == 1)
            }
        }
    }

    @Test func anEndedSessionIsReplaced() async throws {
        try await withTemporaryDatabase { database in
            try await database.withPool(size: 2) { pool in
                let pid = try await pool.withConnection { $0.backendPID }
                try await database.withConnection { other in
                    try await other.execute("SELECT pg_terminate_backend(\(pid))")
                    try await other.untilTrue("SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = \(pid))")
                }
                // The end may be noticed while idle, or by the first statement; never by a second.
                var next = try? await pool.withConnection { connection in
                    _ = try await connection.query("SELECT 1")
                    return connection.backendPID
                }
                if next == nil { next = try await pool.withConnection { $0.backendPID } }
                #expect(next != pid)
                #expect(pool.statistics.discarded == 1)
            }
        }
    }

    @Test func aSessionEndedDuringItsStatementIsATransientError() async throws {
        try await withTemporaryDatabase { database in
            try await database.withPool(size: 2) { pool in
                let victim = Task { try await pool.query("SELECT pg_sleep(30)", as: "long work") }
                try await database.withConnection { other in
                    try await other.untilTrue(
                        """
                        SELECT count(pg_terminate_backend(pid)) > 0 FROM pg_stat_activity
                        WHERE datname = current_database() AND wait_event = 'PgSleep' AND pid <> pg_backend_pid()
                            AND query LIKE '%30%'
                        """
                    )
                }
                let error = await #expect(throws: PostgresError.self) { try await victim.value }
                #expect(error?.isTransient == true)
                #expect(error?.sqlState == "57P01")
                #expect(error?.operation == "long work")
                #expect(try await pool.query("SELECT 1").count == 1)
            }
        }
    }

    @Test func closingRefusesNewCallersAndEndsTheSessions() async throws {
        try await withTemporaryDatabase { database in
            let pool = database.pool(size: 2)
            _ = try await pool.query("SELECT 1")
            let running = Task { try await pool.query("SELECT pg_sleep(0.1)") }
            while pool.statistics.acquired < 2 { await Task.yield() }
            await pool.close()
            let rows = try await running.value
            #expect(rows.count == 1)
            let error = await #expect(throws: PostgresError.self) { try await pool.query("SELECT 1") }
            #expect(error?.kind == .usage)
            await pool.close()
        }
    }

    @Test func gracefulShutdownClosesThePool() async throws {
        try await withTemporaryDatabase { database in
            let pool = database.pool()
            let hasBegun = EventLog<Bool>()
            let group = ServiceGroup(services: [pool, Beginning(log: hasBegun)], logger: .silent)
            async let service: Void = group.run()
            // A group that is told to end before it runs does not run.
            try await hasBegun.first("the group to run") { $0 }
            _ = try await pool.query("SELECT 1")
            await group.triggerGracefulShutdown()
            try await service
            await #expect(throws: PostgresError.self) { try await pool.query("SELECT 1") }
        }
    }
}
