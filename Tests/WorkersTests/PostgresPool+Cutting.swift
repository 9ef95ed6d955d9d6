import Postgres
import TestSupport
import Testing

extension PostgresPool {
    /// Has the database end the session that waits for a lock on a table, as its restart would; waits until one does.
    func endSession(thatWaitsFor table: String) async throws {
        try await eventually("a session to wait for \(table)") {
            let ended = try await query(
                """
                SELECT pg_terminate_backend(l.pid, 60000) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                WHERE d.datname = current_database() AND l.relation = \(table)::text::regclass AND NOT l.granted
                """
            )
            return !ended.isEmpty
        }
    }
}
