import Foundation
import JobEngine
import Platform
import Postgres

/// The check at the door: who may ask for which export. The worker asks again, because the account may have changed by
/// the time the job runs.
enum ExportRights {
    /// The job to enqueue. An export's filters are completed by the scope of the account that asks, so that the job says
    /// what was granted.
    ///
    /// - Throws: ``Problem`` (403) when the account may not ask for it.
    static func job(for request: JobRequest, on connection: PostgresConnection) async throws -> NewJob {
        let given = try JSON(encoding: JSONValue.object(request.arguments))
        guard request.kind is OffersExport.Type else { return request.job(given, subject: nil) }
        let export = try given.decode(OffersExport.self)
        let rows = try await connection.query(
            AccountFacts.select(account: export.requestedBy),
            as: "read account's rights"
        )
        switch AccountScope.offers(export.filter, askedBy: try rows.first.flatMap(AccountFacts.init)) {
        case .refused(let refusal):
            throw Problem.outsideScope(reason: refusal.rawValue, refusal.explanation)
        case .allowed(let filter):
            let granted = OffersExport(filter: filter, requestedBy: export.requestedBy, format: export.format)
            return request.job(try JSON(encoding: granted), subject: export.requestedBy)
        }
    }
}

extension JobRequest {
    fileprivate func job(_ arguments: JSON, subject: Int64?) -> NewJob {
        NewJob(
            kind: kind.definition.name,
            arguments: arguments,
            runAt: options.runAt,
            deadline: options.deadline,
            subject: subject,
            traceparent: options.traceparent
        )
    }
}
