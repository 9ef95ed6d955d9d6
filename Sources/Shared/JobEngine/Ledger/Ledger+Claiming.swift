import Foundation
import Postgres

extension Ledger {
    /// Claims what the messages name, under tokens chosen here, so that a claim whose answer was lost can be read
    /// back. Throws when the database cannot be asked; then nothing is known, and the same call may be made again.
    func claim(
        _ messages: [JobMessage],
        under claims: [UUID],
        queue: String,
        process: Int64
    ) async throws
        -> [ClaimedJob]
    {
        let rows = try await relaxed.query(
            ClaimSQL.claim(messages, claims: claims, queue: queue, process: process)
        )
        return try rows.map(ClaimedJob.init)
    }

    /// The jobs that an earlier claim under these tokens took although its answer was lost.
    func claimed(_ messages: [JobMessage], under claims: [UUID], process: Int64) async throws -> [ClaimedJob] {
        let rows = try await relaxed.query(
            ClaimSQL.readBack(claims: claims, ids: messages.map(\.id.uuid), process: process)
        )
        return try rows.map(ClaimedJob.init)
    }

    /// The messages whose job exists with the same kind and queue: stale ones. The others name no job of ours.
    func known(_ messages: [JobMessage], queue: String) async throws -> Set<JobMessage> {
        let rows = try await relaxed.query(ClaimSQL.known(ids: messages.map(\.id.uuid)))
        var kinds: [JobID: String] = [:]
        for row in rows where try row.decode("queue", as: String.self) == queue {
            kinds[JobID(try row.decode("id"))] = try row.decode("kind", as: String.self)
        }
        return Set(messages.filter { kinds[$0.id] == $0.kind })
    }

    /// Gives back what the broker should have delivered `after` ago. Answers how many jobs.
    func takeBackOverlooked(queue: String, after: Duration) async throws -> Int {
        try await relaxed.execute(RelaySQL.takeBackOverlooked(queue: queue, after: after))
    }
}
