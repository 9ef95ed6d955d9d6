import Foundation
import Postgres

extension Ledger {
    /// Records endings; answers the jobs whose claim still stood. Safe to call again with the same endings.
    func end(_ endings: [Ending]) async throws -> Set<JobID> {
        let rows = try await durable.query(FinishSQL.end(endings))
        return try Self.ids(rows)
    }

    /// The endings that were written by an earlier call whose answer was lost.
    func alreadyEnded(_ endings: [Ending]) async throws -> Set<JobID> {
        let rows = try await durable.query(
            FinishSQL.alreadyEnded(ids: endings.map(\.id.uuid), claims: endings.map(\.claim))
        )
        return try Self.ids(rows)
    }

    /// Sends jobs back to `pending`, or ends those that do not go back; answers those whose claim still stood.
    func giveBack(_ returns: [Return]) async throws -> Set<JobID> {
        let rows = try await SupersedeSQL.takingKeys { keepingKeys in
            try await durable.query(FinishSQL.giveBack(returns, keepingKeys: keepingKeys))
        }
        // What the others said of themselves is of a claim that is gone: nobody is shown it, and the next attempt
        // overwrites it. A worker that returns them need not wait for the table of progress.
        try await forgetProgress(of: Self.ids(rows.filter { try $0.decode("is_closed") }))
        return try Self.ids(rows)
    }

    /// Gives back the running jobs of a dead process; answers which.
    func rescue(from process: Int64) async throws -> Set<JobID> {
        let rows = try await SupersedeSQL.takingKeys { keepingKeys in
            try await durable.query(RescueSQL.giveBack(of: process, keepingKeys: keepingKeys))
        }
        let rescued = try Self.ids(rows)
        try await forgetProgress(of: rescued)
        return rescued
    }

    private func forgetProgress(of jobs: Set<JobID>) async throws {
        guard !jobs.isEmpty else { return }
        _ = try await relaxed.execute(SupersedeSQL.forgetProgress(of: jobs.map(\.uuid)))
    }

    private static func ids(_ rows: [Row]) throws -> Set<JobID> {
        Set(try rows.map { JobID(try $0.decode("id")) })
    }
}
