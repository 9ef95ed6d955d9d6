import Foundation
import JobEngine
import Platform
import Postgres

/// The check at the door: who may ask for which export. The worker asks again, because the account may have changed by
/// the time the job runs.
enum ExportRights {
    /// The jobs of a call that asks for no export; empty when it asks for one.
    static func unrestricted(_ call: JobCall) throws -> [NewJob] {
        guard !call.jobs.contains(where: { $0.kind is any ExportArguments.Type }) else { return [] }
        return try call.jobs.map { try $0.newJob(JSON(encoding: JSONValue.object($0.arguments)), subject: nil) }
    }

    /// The jobs to enqueue. An export's filters are completed by the scope of the account that asks, so that the job says
    /// what was granted.
    ///
    /// - Throws: ``Problem``: 403 when the account of one may not ask for it, 422 when its ministry is none.
    static func jobs(for call: JobCall, on connection: PostgresConnection) async throws -> [NewJob] {
        let given = try call.jobs.map { try JSON(encoding: JSONValue.object($0.arguments)) }
        let exports = try zip(call.jobs, given).map { job, given -> (any ExportArguments)? in
            try (job.kind as? any ExportArguments.Type).map { try given.decode($0) }
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
        let jobs = try zip(call.jobs, zip(given, exports)).enumerated().map { index, entry in
            let (job, (given, export)) = entry
            guard let export else { return job.newJob(given, subject: nil) }
            let arguments = try granted(export, to: facts[export.requestedBy], index: call.isBulk ? index : nil)
            return job.newJob(arguments, subject: export.requestedBy)
        }
        try await refuseUnknownMinistries(exports.map { $0?.ministry }, isBulk: call.isBulk, on: connection)
        return jobs
    }

    /// An unknown ministry would make an empty file. After the rights: whoever lacks them learns nothing about ministries.
    private static func refuseUnknownMinistries(
        _ asked: [Int64?],
        isBulk: Bool,
        on connection: PostgresConnection
    ) async throws {
        let ids = Set(asked.compactMap { $0 })
        if ids.isEmpty { return }
        let rows = try await connection.query(
            "SELECT id FROM platform.organisation_group WHERE id = ANY(\(ids.sorted()))",
            as: "look up ministries"
        )
        let known = Set(try rows.map { try $0.decode("id", as: Int64.self) })
        let faults = asked.enumerated().compactMap { index, id -> BulkFault? in
            guard id.map(known.contains) == false else { return nil }
            let field = isBulk ? "arguments.ministry" : "ministry"
            let fault = ArgumentField.Fault(field: field, expected: "the id of a ministry", got: "an unknown id")
            return BulkFault(index: index, fault: fault)
        }
        if faults.isEmpty { return }
        throw isBulk
            ? Problem.invalidJobs(Array(faults.prefix(JobCall.maximumFaults)))
            : Problem.invalidArguments(faults.map(\.fault))
    }

    private static func granted(
        _ export: some ExportArguments,
        to account: AccountFacts?,
        index: Int?
    ) throws -> JSON {
        switch export.decision(for: account) {
        case .allowed(let granted): return try JSON(encoding: granted)
        case .refused(let refusal):
            throw Problem.outsideScope(reason: refusal.rawValue, refusal.explanation, index: index)
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
