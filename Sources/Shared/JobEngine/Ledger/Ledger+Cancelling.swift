import Foundation
package import Postgres

/// What became of the wish to cancel a job.
package enum CancelResult: Sendable, Hashable {
    /// It did not run, and never will.
    case cancelled
    /// It runs and is told to end, usually within a second; when its handler ends first, what it did counts.
    case requested
    /// It had ended before.
    case alreadyFinished(JobState)
    case unknown
}

extension Ledger {
    /// Cancels a job in a transaction of its own. `reason` is kept with the job, at most 2 KiB of it, and holds nothing
    /// personal. Safe to call again.
    package func cancel(_ id: JobID, reason: String) async throws -> CancelResult {
        try await durable.withConnection { try await Self.cancel(id, reason: reason, on: $0) }
    }

    /// Cancels a job in the transaction that is open on `connection`, for acts that are audited with it.
    package static func cancel(
        _ id: JobID,
        reason: String,
        on connection: PostgresConnection
    ) async throws -> CancelResult {
        let statement = CancelSQL.cancel(id.uuid, reason: LedgerText.fitted(reason))
        var rows = try await connection.query(statement)
        // A statement sees what was committed before it began: a job that ended while this one waited for its row is in
        // neither table for it, and in the second look for the next one.
        if rows.isEmpty { rows = try await connection.query(statement) }
        guard let row = rows.first else { return .unknown }
        let text = try row.decode("state", as: String.self)
        guard let state = JobState(rawValue: text) else {
            throw LedgerError.unexpectedAnswer("cancel: expected a known state, got '\(text)'; is this binary older?")
        }
        switch state {
        case .running: return .requested
        case .cancelled:
            // Another call's cancellation is as good as this one's.
            return .cancelled
        case .pending, .dispatched, .done, .obsolete, .dead: return .alreadyFinished(state)
        }
    }

    /// The claims of a process whose jobs are to be cancelled, with the reasons.
    func cancelRequests(of process: Int64) async throws -> [(claim: UUID, reason: String)] {
        try await relaxed.query(CancelSQL.asked(of: process)).map { row in
            (try row.decode("claim"), try row.decode("reason", as: String?.self) ?? "cancelled")
        }
    }
}
