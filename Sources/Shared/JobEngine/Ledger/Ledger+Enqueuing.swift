import Foundation
package import Postgres

extension Ledger {
    /// The most jobs that one call takes.
    package static let maximumJobs = 10_000

    /// Enqueues one job in a transaction of its own; the job that already holds its unique key, when one does.
    @discardableResult
    package func enqueue(_ job: NewJob) async throws -> JobID {
        try await durable.withConnection { try await Self.enqueue(job, on: $0) }
    }

    /// Enqueues one job in the transaction that is open on `connection`.
    package static func enqueue(_ job: NewJob, on connection: PostgresConnection) async throws -> JobID {
        let made = try await enqueue([job], on: connection)
        guard let first = made.first else {
            throw LedgerError.unexpectedAnswer("relais.make_jobs: expected one id, got no row")
        }
        return first.id
    }

    /// Enqueues jobs, all or none, by one statement on `connection`; one answer for each, in their order.
    ///
    /// Another transaction that has enqueued one of the unique keys is awaited, at most `patience` long when it is given;
    /// `timeout` is what the statement may take in all.
    ///
    /// - Throws: `PostgresError` with 55P03 when it takes longer.
    package static func enqueue(
        _ jobs: [NewJob],
        on connection: PostgresConnection,
        patience: Duration? = nil,
        timeout: Duration? = nil
    ) async throws -> [EnqueuedJob] {
        guard !jobs.isEmpty else { return [] }
        let rows = try await connection.query(
            EnqueueSQL.rows(jobs, patience: patience),
            as: "enqueue",
            timeout: timeout
        )
        guard rows.count == jobs.count else {
            throw LedgerError.unexpectedAnswer("relais.make_jobs: expected \(jobs.count) ids, got \(rows.count)")
        }
        return try rows.map { row in
            EnqueuedJob(id: JobID(try row.decode("id")), isExisting: try row.decode("existing"))
        }
    }
}
