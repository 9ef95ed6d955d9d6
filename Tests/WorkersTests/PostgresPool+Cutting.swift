import Postgres
import Testing

extension PostgresPool {
    /// Has the database end the session that waits for a lock on a table, as its restart would; waits until one does.
    func endSession(thatWaitsFor table: String) async throws {
        for _ in 0..<1000 {
            let ended = try await query(
                """
                SELECT pg_terminate_backend(l.pid, 5000) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                WHERE d.datname = current_database() AND l.relation = \(table)::text::regclass AND NOT l.granted
                """
            )
            if !ended.isEmpty { return }
            try await execute("SELECT pg_sleep(0.01)")
        }
        throw WorkersWorld.Timeout(description: "waited 10 s for a session that waits for \(table)")
    }
}
