import Foundation
package import Postgres

/// The jobs in PostgreSQL. Every method is one statement or one transaction; the statements stand in `*SQL.swift`.
package struct Ledger: Sendable {
    /// Commits are flushed: enqueue, finish and the mail mark, which nobody may forget after a crash.
    package let durable: PostgresPool
    /// `synchronous_commit = off`: mark, claim, progress and beats, which a crash of the database may forget without
    /// losing a job: an unmarked row is marked again, and a forgotten claim makes its finish fail the fence.
    package let relaxed: PostgresPool

    package init(durable: PostgresPool, relaxed: PostgresPool) {
        self.durable = durable
        self.relaxed = relaxed
    }

    /// The settings of the relaxed pool's sessions.
    package static let relaxedSettings = ["synchronous_commit": "off"]

    /// Makes the catalogue's queues and kinds known to `relais.enqueue`, and its schedules to the scheduler.
    package func register(_ catalogue: JobCatalogue) async throws {
        try await durable.transaction { connection in
            for queue in catalogue.queues {
                _ = try await connection.execute(EnqueueSQL.registerQueue(queue))
            }
            for kind in catalogue.kinds {
                _ = try await connection.execute(EnqueueSQL.registerKind(kind.definition))
                _ = try await connection.execute(EnqueueSQL.forgetChecks(kind.definition))
                _ = try await connection.execute(EnqueueSQL.registerChecks(kind))
            }
            try await Self.register(catalogue.schedules, on: connection)
        }
    }

}

/// What the ledger could not do.
package enum LedgerError: Error, CustomStringConvertible {
    /// The attempt's claim no longer stands: the job was given to another worker, or ended. Nothing was written.
    case claimLost(JobID)
    case unexpectedAnswer(String)

    package var description: String {
        switch self {
        case .claimLost(let id): "the claim of job \(id) is lost: another worker has it now, or it has ended"
        case .unexpectedAnswer(let text): text
        }
    }
}
