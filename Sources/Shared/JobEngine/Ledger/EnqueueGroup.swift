package import Postgres

/// Enqueues the single jobs of concurrent callers together: what has gathered while an earlier group was being written
/// goes into the next one, and every caller is answered after the commit of his. A flush to disk costs as much for one
/// job as for a hundred, and a caller that is alone waits for nobody.
package actor EnqueueGroup {
    private struct Waiting: Sendable {
        let job: NewJob
        let answer: CheckedContinuation<EnqueuedJob, any Error>
    }

    /// Jobs of one transaction.
    private static let size = 200
    /// Groups under way at once: one that waits for a unique key must not hold up all that come after it.
    private static let writers = 2

    private let database: PostgresPool
    private let patience: Duration
    private let timeout: Duration
    private var waiting: [Waiting] = []
    private var writing = 0

    /// `patience` is what a job waits for another transaction that has enqueued its unique key, `timeout` what a
    /// transaction may take.
    package init(database: PostgresPool, patience: Duration, timeout: Duration) {
        self.database = database
        self.patience = patience
        self.timeout = timeout
    }

    /// Enqueues one job and returns once it is committed.
    ///
    /// - Throws: `PostgresError`; 55P03 when another transaction keeps its unique key for longer than `patience`. The
    ///   fault of one job is told to its caller alone.
    package func enqueue(_ job: NewJob) async throws -> EnqueuedJob {
        try await withCheckedThrowingContinuation { answer in
            waiting.append(Waiting(job: job, answer: answer))
            guard writing < Self.writers else { return }
            writing += 1
            // Unstructured on purpose: the group is not the caller's whose job happened to begin it.
            Task { await self.write() }
        }
    }

    private func write() async {
        while !waiting.isEmpty {
            let group = Array(waiting.prefix(Self.size))
            waiting.removeFirst(group.count)
            await write(group)
        }
        writing -= 1
    }

    private func write(_ group: [Waiting]) async {
        do {
            let made = try await enqueue(group.map(\.job))
            for (waiting, made) in zip(group, made) { waiting.answer.resume(returning: made) }
        } catch let error as PostgresError where error.sqlState != nil && group.count > 1 {
            // Refused as a whole, so nothing is written: each by itself, and only the one at fault hears of it.
            await withTaskGroup { tasks in
                for waiting in group {
                    tasks.addTask { await self.write([waiting]) }
                }
            }
        } catch {
            for waiting in group { waiting.answer.resume(throwing: error) }
        }
    }

    private func enqueue(_ jobs: [NewJob]) async throws -> [EnqueuedJob] {
        try await database.transaction(as: "accept jobs", timeout: timeout) { [patience] connection in
            try await Ledger.enqueue(jobs, on: connection, patience: patience)
        }
    }
}
