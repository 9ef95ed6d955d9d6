import JobEngine
import Platform
import Postgres

extension Ledger {
    /// Enqueues a sweep of applications as an operator wants it, such as one past the guard that has stopped another; the
    /// act's row is written in the same transaction.
    ///
    /// - Throws: `PostgresError` with 55P03 when a transaction that has enqueued the same sweep stays open.
    func runExpirySweep(_ sweep: ExpirySweep, _ act: Act) async throws -> EnqueuedJob {
        try await durable.transaction(as: "expiry.run", timeout: .seconds(30)) { connection in
            let made = try await Self.enqueue([NewJob(sweep)], on: connection, patience: .seconds(1)).first
            guard let made else { throw LedgerError.unexpectedAnswer("enqueue a sweep: expected one id, got no row") }
            let detail: JSONValue = .object([
                "dry_run": .boolean(sweep.dryRun), "force": .boolean(sweep.force),
                "limit": sweep.limit.map { .integer($0) } ?? .null, "was_waiting_already": .boolean(made.isExisting),
            ])
            try await Self.audit(act.entry("expiry.run", on: "job:\(made.id)", detail), on: connection)
            return made
        }
    }
}
