package import Foundation
package import Postgres

/// A job as the ledger shows it to those who ask: all that is known of it, in ids and figures.
package struct JobRecord: Sendable {
    package let id: JobID
    package let kind: String
    package let queue: String
    package let state: JobState
    package let reason: String?
    package let result: JSON?
    package let arguments: JSON
    package let subject: Int64?
    package let runAt: Date
    package let deadline: Date?
    package let attempt: Int
    package let failures: Int
    package let crashes: Int
    package let snoozes: Int
    package let createdAt: Date
    package let dispatchedAt: Date?
    package let firstClaimedAt: Date?
    package let claimedAt: Date?
    package let finishedAt: Date?
    /// Rows done, and of how many when that is known.
    package let progress: (done: Int, total: Int?)?
    /// `handed-over`, `accepted` or `unknown`, for jobs that send mail.
    package let mailState: String?

    init(_ row: Row) throws {
        let state = try row.decode("state", as: String.self)
        guard let known = JobState(rawValue: state) else {
            throw LedgerError.unexpectedAnswer("job state: expected a known one, got '\(state)'; is this binary older?")
        }
        self.id = JobID(try row.decode("id"))
        self.kind = try row.decode("kind")
        self.queue = try row.decode("queue")
        self.state = known
        self.reason = try row.decode("reason")
        self.result = try row.decode("result")
        self.arguments = try row.decode("arguments")
        self.subject = try row.decode("subject")
        self.runAt = try row.instant("run_at")
        self.deadline = try row.optionalInstant("deadline")
        self.attempt = try row.decode("attempt")
        self.failures = try row.decode("failures")
        self.crashes = try row.decode("crashes")
        self.snoozes = try row.decode("snoozes")
        self.createdAt = try row.instant("created_at")
        self.dispatchedAt = try row.optionalInstant("dispatched_at")
        self.firstClaimedAt = try row.optionalInstant("first_claimed_at")
        self.claimedAt = try row.optionalInstant("claimed_at")
        self.finishedAt = try row.optionalInstant("finished_at")
        let total = try row.decode("total", as: Int?.self)
        self.progress = try row.decode("done", as: Int?.self).map { ($0, total) }
        self.mailState = try row.decode("mail_state")
    }
}

/// One failed or crashed attempt of a job.
package struct JobFailure: Sendable {
    package let attempt: Int
    /// `failure` or `crash`.
    package let ending: String
    /// The process that it ran in.
    package let process: Int64?
    package let claimedAt: Date?
    package let endedAt: Date
    package let errorClass: String
    package let message: String

    init(_ row: Row) throws {
        self.attempt = try row.decode("attempt")
        self.ending = try row.decode("ending")
        self.process = try row.decode("process")
        self.claimedAt = try row.optionalInstant("claimed_at")
        self.endedAt = try row.instant("ended_at")
        self.errorClass = try row.decode("error_class")
        self.message = try row.decode("message")
    }
}

extension Ledger {
    /// The job with this id; nil when it is unknown or its time is over.
    package func job(_ id: JobID) async throws -> JobRecord? {
        try await durable.query(LookupSQL.job(id)).first.map(JobRecord.init)
    }

    /// The failed and crashed attempts of a job, oldest first.
    package func failures(of id: JobID) async throws -> [JobFailure] {
        try await durable.query(LookupSQL.failures(of: id)).map(JobFailure.init)
    }
}
