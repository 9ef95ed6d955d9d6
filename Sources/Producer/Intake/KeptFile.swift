import JobEngine
import Postgres

/// The file of an export, as far as a second mail is concerned.
enum KeptFile: Sendable {
    case unknown
    /// Its life is over, or no mail has announced it yet.
    case expired
    /// It can be sent again to this account.
    case live(account: Int64)

    static func find(_ id: JobID, on connection: PostgresConnection) async throws -> KeptFile {
        let rows = try await connection.query(
            """
            SELECT account_id, coalesce(expires_at > clock_timestamp(), false) AND kind IS NOT NULL AS is_live
            FROM delivery.file WHERE id = \(id.uuid)
            """,
            as: "look up export file"
        )
        guard let row = rows.first else { return .unknown }
        return try row.decode("is_live") ? .live(account: try row.decode("account_id")) : .expired
    }
}
