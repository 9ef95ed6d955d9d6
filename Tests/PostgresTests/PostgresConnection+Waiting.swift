import Postgres
import TestSupport

extension PostgresConnection {
    /// Asks the server again and again, until the statement's one value is true.
    nonisolated func untilTrue(_ sql: SQL) async throws {
        try await eventually(sql.text) { try await self.query(sql).first?.decode(at: 0, as: Bool?.self) == true }
    }
}
