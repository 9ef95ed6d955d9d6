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

    /// Claims due jobs of a queue without messages, pending and dispatched ones, as far as the queue's gate lets them
    /// through and at most one for each token. Empty also when somebody else is at the queue's gate; for rescued jobs,
    /// which are few and wait already, the gate is waited for.
    func claimDue(
        _ choice: DirectClaim,
        queue: String,
        under claims: [UUID],
        process: Int64
    ) async throws
        -> [ClaimedJob]
    {
        let statements = [
            GateSQL.lock(queue, isAwaited: choice == .rescued),
            ClaimSQL.claimDue(choice, claims: claims, queue: queue, process: process),
        ]
        do {
            let rows = try await relaxed.withConnection { connection in
                try await connection.pipeline(statements, as: "claim without the broker")
            }.last
            return try (rows ?? []).map(ClaimedJob.init)
        } catch let error as PostgresError where error.sqlState == "23505" {
            // A job of the same exclusive key was dispatched between the look and the write.
            return []
        }
    }

    /// The jobs that an earlier claim under these tokens took although its answer was lost.
    func claimed(under claims: [UUID], process: Int64) async throws -> [ClaimedJob] {
        try await relaxed.query(ClaimSQL.readBack(claims: claims, process: process)).map(ClaimedJob.init)
    }

    /// What became of messages that a claim missed; those are left out that name no job of this kind and queue.
    func known(_ messages: [JobMessage], queue: String) async throws -> [JobMessage: MissedMessage] {
        let rows = try await relaxed.query(ClaimSQL.known(ids: messages.map(\.id.uuid)))
        var jobs: [JobID: (kind: String, batch: Int64?)] = [:]
        for row in rows where try row.decode("queue", as: String.self) == queue {
            jobs[JobID(try row.decode("id"))] = (try row.decode("kind"), try row.decode("batch"))
        }
        var known: [JobMessage: MissedMessage] = [:]
        for message in messages {
            guard let job = jobs[message.id], job.kind == message.kind else { continue }
            known[message] = job.batch == message.batch ? .waiting : .stale
        }
        return known
    }

    /// Which of these queues have rescued jobs that are due and not yet claimed again.
    func queuesWithRescuedJobs(among queues: [String]) async throws -> Set<String> {
        Set(try await relaxed.query(RescueSQL.waiting(in: queues)).map { try $0.decode("name") })
    }

    /// Gives back what the broker should have delivered `after` ago. Answers how many jobs.
    func takeBackOverlooked(queue: String, after: Duration) async throws -> Int {
        try await relaxed.execute(RelaySQL.takeBackOverlooked(queue: queue, after: after))
    }
}

/// What a message is that a claim missed although its job exists.
enum MissedMessage: Sendable {
    /// The job went another way since the message was sent.
    case stale
    /// The job still waits for this very message.
    case waiting
}
