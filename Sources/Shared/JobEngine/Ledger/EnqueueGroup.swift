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
    /// What a group waits for a unique key before its jobs go on singly: the others must not wait for somebody's open
    /// transaction.
    private static let groupPatience: Duration = .milliseconds(50)

    private let database: PostgresPool
    private let patience: Duration
    private let timeout: Duration
    private var waiting: [Waiting] = []
    private var isWriting = false

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
            guard !isWriting else { return }
            isWriting = true
            // Unstructured on purpose: the group is not the caller's whose job happened to begin it.
            Task { await self.write() }
        }
    }

    private func write() async {
        while !waiting.isEmpty {
            let group = Array(waiting.prefix(Self.size))
            waiting.removeFirst(group.count)
            await write(group)
            // Those who were just answered often have more: let them in, or two halves of the callers take turns, each
            // with a flush of its own.
            if group.count > 1 { await Task.yield() }
        }
        isWriting = false
    }

    private func write(_ group: [Waiting]) async {
        do {
            try await answer(group, patience: Self.groupPatience)
        } catch let error as PostgresError where error.sqlState != nil {
            // Refused as a whole, so nothing is written: each by itself, so that only the one at fault hears of it, and
            // without waiting for them here, so that the next group does not.
            for waiting in group {
                Task { await self.writeAlone(waiting) }
            }
        } catch {
            for waiting in group { waiting.answer.resume(throwing: error) }
        }
    }

    private func writeAlone(_ waiting: Waiting) async {
        do {
            try await answer([waiting], patience: patience)
        } catch {
            waiting.answer.resume(throwing: error)
        }
    }

    /// Answers all of the group, or throws and has answered nobody.
    private func answer(_ group: [Waiting], patience: Duration) async throws {
        let made = try await enqueue(group.map(\.job), patience: patience)
        for (waiting, made) in zip(group, made) { waiting.answer.resume(returning: made) }
    }

    /// One statement is a transaction by itself, and one trip to the server instead of three.
    private func enqueue(_ jobs: [NewJob], patience: Duration) async throws -> [EnqueuedJob] {
        try await database.withConnection { [timeout] connection in
            try await Ledger.enqueue(jobs, on: connection, patience: patience, timeout: timeout)
        }
    }
}
