import Postgres
import Testing

extension PostgresConnection {
    /// Asks the server again and again, until the statement's one value is true; the test fails after ten seconds.
    func untilTrue(_ sql: SQL) async throws {
        for _ in 0..<1000 {
            if try await query(sql).first?.decode(at: 0, as: Bool?.self) == true { return }
            try await execute("SELECT pg_sleep(0.01)")
        }
        Issue.record("never became true: \(sql.text)")
    }
}
