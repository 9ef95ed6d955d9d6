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

    /// Sends jobs back to `pending`, or ends those that another one has superseded; answers those whose claim still
    /// stood.
    func giveBack(_ returns: [Return]) async throws -> Set<JobID> {
        let rows = try await SupersedeSQL.takingKeys { keepingKeys in
            try await durable.query(FinishSQL.giveBack(returns, keepingKeys: keepingKeys))
        }
        return try Self.ids(rows)
    }

    /// Gives back the running jobs of a dead process; answers which.
    func rescue(from process: Int64) async throws -> Set<JobID> {
        let rows = try await SupersedeSQL.takingKeys { keepingKeys in
            try await durable.query(RescueSQL.giveBack(of: process, keepingKeys: keepingKeys))
        }
        return try Self.ids(rows)
    }

    private static func ids(_ rows: [Row]) throws -> Set<JobID> {
        Set(try rows.map { JobID(try $0.decode("id")) })
    }
}
