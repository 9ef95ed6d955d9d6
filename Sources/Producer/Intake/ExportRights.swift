import Foundation
import JobEngine
import Platform
import Postgres

/// The check at the door: who may ask for which export. The worker asks again, because the account may have changed by
/// the time the job runs.
enum ExportRights {
    /// The jobs of a call that asks for no export; empty when it asks for one.
    static func unrestricted(_ call: JobCall) throws -> [NewJob] {
        guard !call.jobs.contains(where: { $0.kind is OffersExport.Type }) else { return [] }
        return try call.jobs.map { try $0.newJob(JSON(encoding: JSONValue.object($0.arguments)), subject: nil) }
    }

    /// The jobs to enqueue. An export's filters are completed by the scope of the account that asks, so that the job says
    /// what was granted.
    ///
    /// - Throws: ``Problem`` (403) when the account of one may not ask for it.
    static func jobs(for call: JobCall, on connection: PostgresConnection) async throws -> [NewJob] {
        let given = try call.jobs.map { try JSON(encoding: JSONValue.object($0.arguments)) }
        let exports = try zip(call.jobs, given).map { job, given in
            job.kind is OffersExport.Type ? try given.decode(OffersExport.self) : nil
        }
        let accounts = Set(exports.compactMap { $0?.requestedBy })
        var facts: [Int64: AccountFacts] = [:]
        if !accounts.isEmpty {
            let rows = try await connection.query(
                AccountFacts.select(accounts: accounts.sorted()),
                as: "read accounts' rights"
            )
            for row in rows { facts[try row.decode("id")] = try AccountFacts(row) }
        }
        return try zip(call.jobs, zip(given, exports)).enumerated().map { index, entry in
            let (job, (given, export)) = entry
            guard let export else { return job.newJob(given, subject: nil) }
            switch AccountScope.offers(export.filter, askedBy: facts[export.requestedBy]) {
            case .refused(let refusal):
                throw Problem.outsideScope(
                    reason: refusal.rawValue,
                    refusal.explanation,
                    index: call.isBulk ? index : nil
                )
            case .allowed(let filter):
                let granted = OffersExport(filter: filter, requestedBy: export.requestedBy, format: export.format)
                return job.newJob(try JSON(encoding: granted), subject: export.requestedBy)
            }
        }
    }
}

extension JobRequest {
    fileprivate func newJob(_ arguments: JSON, subject: Int64?) -> NewJob {
        NewJob(
            kind: kind.definition.name,
            arguments: arguments,
            runAt: options.runAt,
            deadline: options.deadline,
            subject: options.subject ?? subject,
            traceparent: options.traceparent,
            uniqueKey: options.uniqueKey
        )
    }
}
