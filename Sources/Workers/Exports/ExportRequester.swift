import JobEngine
import Mail
import Platform
import Postgres

/// The account that asked for an export, as it is now.
struct ExportRequester: Sendable {
    /// Nil when the account is gone.
    let recipient: AccountRecipient?
    let decision: AccountScope.Decision
    /// The name of the ministry that the file is limited to.
    let ministryName: String?

    /// Decides anew: the account may have changed since the door let the request in, and while the rows were read.
    static func find(_ arguments: OffersExport, in database: PostgresPool) async throws -> ExportRequester {
        let facts = try await database.query(AccountFacts.select(account: arguments.requestedBy)).first
        let decision = AccountScope.offers(arguments.filter, askedBy: try facts.flatMap { try AccountFacts($0) })
        let filter = if case .allowed(let scoped) = decision { scoped } else { arguments.filter }
        return ExportRequester(
            recipient: try await AccountRecipient.find(arguments.requestedBy, in: database),
            decision: decision,
            ministryName: try await ministryName(filter.ministry, in: database)
        )
    }

    private static func ministryName(_ id: Int64?, in database: PostgresPool) async throws -> String? {
        guard let id else { return nil }
        return try await database.query(OffersSQL.ministryName(id)).first?.decode("name")
    }
}
