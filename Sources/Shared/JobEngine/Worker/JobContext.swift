package import Foundation
package import Logging
package import Postgres

/// One attempt of one job, as its handler sees it. Everything written through it is fenced by the attempt's claim:
/// when the job was given to another worker meanwhile, `LedgerError.claimLost` is thrown and nothing is written.
package struct JobContext: Sendable {
    package let job: ClaimedJob
    /// Connections whose commits are flushed.
    package let database: PostgresPool
    package let logger: Logger
    private let ledger: Ledger

    init(job: ClaimedJob, ledger: Ledger, logger: Logger) {
        self.job = job
        self.database = ledger.durable
        self.ledger = ledger
        self.logger = logger
    }

    /// Runs `writes` and ends the job in one transaction, the end being its last statement, so that the effects in
    /// PostgreSQL happen exactly once. `outcome` must be one that ends the job: done, obsolete or discard.
    ///
    /// Waits as long as the database is away, for what the job did elsewhere (an accepted mail) must not be done again.
    /// `writes` then run once more, in a new transaction; an end that was committed without an answer is read back.
    package func finish(
        _ outcome: JobOutcome,
        isolation: TransactionIsolation = .readCommitted,
        _ writes: @Sendable (PostgresConnection) async throws -> Void
    ) async throws -> JobOutcome {
        guard case .end(let ending) = Verdict(of: outcome, for: job, limit: .max, backoff: .standard) else {
            throw LedgerError.unexpectedAnswer(
                "finish: expected an outcome that ends the job (done, obsolete, discard), got another"
            )
        }
        var isAnswerLost = false
        try await Persistence(logger: logger).untilDone("end a job") {
            if isAnswerLost, try await isEnded(ending) { return }
            isAnswerLost = true
            do {
                try await commit(ending, isolation, writes)
            } catch LedgerError.claimLost {
                // The former try may have committed while this one waited for the row.
                guard try await isEnded(ending) else { throw LedgerError.claimLost(job.id) }
            }
        }
        return .committed(CommittedFinish(state: ending.state))
    }

    private func commit(
        _ ending: Ending,
        _ isolation: TransactionIsolation,
        _ writes: @Sendable (PostgresConnection) async throws -> Void
    ) async throws {
        try await ledger.durable.transaction(isolation: isolation) { connection in
            try await writes(connection)
            guard try await connection.query(FinishSQL.end([ending])).count == 1 else {
                throw LedgerError.claimLost(job.id)
            }
        }
    }

    private func isEnded(_ ending: Ending) async throws -> Bool {
        try await !ledger.alreadyEnded([ending]).isEmpty
    }

    /// A transaction in the middle of a job, for work in chunks. Its last statement checks the claim and holds it
    /// through the commit.
    package func transaction<R: Sendable>(
        isolation: TransactionIsolation = .readCommitted,
        _ body: @Sendable (PostgresConnection) async throws -> R
    ) async throws -> R {
        try await ledger.durable.transaction(isolation: isolation) { connection in
            let result = try await body(connection)
            guard try await connection.query(FinishSQL.fence(id: job.id, claim: job.claim)).count == 1 else {
                throw LedgerError.claimLost(job.id)
            }
            return result
        }
    }

    /// Writes down that nothing else runs in this process; false when the claim is lost.
    func isAlone() async throws -> Bool {
        try await ledger.durable.execute(ProgressSQL.isAlone(id: job.id, claim: job.claim)) == 1
    }

    /// Says how far the job is. Cheap enough for a call a second, not for one a row.
    package func report(done: Int, total: Int?) async throws {
        let rows = try await ledger.relaxed.execute(
            ProgressSQL.report(id: job.id, claim: job.claim, done: done, total: total)
        )
        guard rows == 1 else { throw LedgerError.claimLost(job.id) }
    }

    /// A mail that an earlier attempt of this job handed over without learning the answer: its outcome is unknown.
    package func previousHandover() async throws -> MailHandover? {
        let rows = try await ledger.durable.query(ProgressSQL.previousHandover(id: job.id, claim: job.claim))
        return try rows.first.map(MailHandover.init)
    }

    /// Commits that the whole message was handed over; to be called just before the final dot leaves, and to abort
    /// the delivery when it throws.
    package func handOver(messageID: String) async throws {
        let rows = try await ledger.durable.execute(
            ProgressSQL.handOver(id: job.id, claim: job.claim, messageID: messageID)
        )
        guard rows == 1 else { throw LedgerError.claimLost(job.id) }
    }

    /// Takes the hand-over back after the server refused the message: it is known not to be delivered. Waits as long as
    /// the database is away: left there the mark would count as unknown, and a kind that sends once would never send.
    package func withdrawHandover() async throws {
        _ = try await Persistence(logger: logger).untilDone("withdraw a hand-over") {
            try await ledger.durable.execute(ProgressSQL.withdrawHandover(id: job.id, claim: job.claim))
        }
    }

    /// Enqueues another job in the transaction that is open on `connection`; it inherits the trace. Its id is that of
    /// the job that holds its unique key already, when one does.
    @discardableResult
    package func enqueue(
        _ arguments: some JobArguments,
        runAt: Date? = nil,
        deadline: Date? = nil,
        subject: Int64? = nil,
        uniqueKey: String? = nil,
        on connection: PostgresConnection
    ) async throws -> JobID {
        let new = try NewJob(
            arguments,
            runAt: runAt,
            deadline: deadline,
            subject: subject,
            traceparent: job.traceparent,
            uniqueKey: uniqueKey
        )
        return try await Ledger.enqueue(new, on: connection)
    }
}

/// A mail handed over by an earlier attempt.
package struct MailHandover: Sendable {
    package let messageID: String
    package let handedOverAt: Date
    /// How often the message has been handed over so far.
    package let handovers: Int

    init(_ row: Row) throws {
        self.messageID = try row.decode("message_id")
        self.handedOverAt = try row.instant("handed_over_at")
        self.handovers = try row.decode("handovers")
    }
}
