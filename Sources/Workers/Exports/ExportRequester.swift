import JobEngine
import Mail
import Platform
import Postgres

/// The account that asked for an export, as it is now.
struct ExportRequester<Export: ExportArguments>: Sendable {
    /// Nil when the account is gone.
    let recipient: AccountRecipient?
    let decision: AccountScope.Decision<Export>
    /// The name of the ministry that the file is limited to.
    let ministryName: String?

    /// Decides anew: the account may have changed since the door let the request in, and while the rows were read.
    static func find(_ export: Export, in database: PostgresPool) async throws -> ExportRequester {
        let facts = try await database.query(AccountFacts.select(account: export.requestedBy)).first
        let decision = export.decision(for: try facts.flatMap { try AccountFacts($0) })
        let granted = if case .allowed(let granted) = decision { granted } else { export }
        return ExportRequester(
            recipient: try await AccountRecipient.find(export.requestedBy, in: database),
            decision: decision,
            ministryName: try await ministryName(granted.ministry, in: database)
        )
    }

    private static func ministryName(_ id: Int64?, in database: PostgresPool) async throws -> String? {
        guard let id else { return nil }
        return try await database.query(ExportSQL.ministryName(id)).first?.decode("name")
    }
}
