package import Foundation
package import Postgres

/// A job that this process has claimed: one attempt of it.
package struct ClaimedJob: Sendable {
    package let id: JobID
    package let kind: String
    package let queue: String
    package let arguments: JSON
    package let subject: Int64?
    /// The random token of this attempt, which fences every write that follows.
    package let claim: UUID
    package let attempt: Int
    package let failures: Int
    package let crashes: Int
    package let snoozes: Int
    package let createdAt: Date
    /// When the job was claimed for the first time: an instant that a retried or rescued run keeps.
    package let firstClaimedAt: Date
    package let claimedAt: Date
    package let deadline: Date?
    /// Whether the deadline had passed by the database's clock when the job was claimed.
    package let isPastDeadline: Bool
    package let traceparent: String?

    init(_ row: Row) throws {
        self.id = JobID(try row.decode("id"))
        self.kind = try row.decode("kind")
        self.queue = try row.decode("queue")
        self.arguments = try row.decode("arguments")
        self.subject = try row.decode("subject")
        self.claim = try row.decode("claim")
        self.attempt = try row.decode("attempt")
        self.failures = try row.decode("failures")
        self.crashes = try row.decode("crashes")
        self.snoozes = try row.decode("snoozes")
        self.createdAt = try row.instant("created_at")
        self.firstClaimedAt = try row.instant("first_claimed_at")
        self.claimedAt = try row.instant("claimed_at")
        self.deadline = try row.optionalInstant("deadline")
        self.isPastDeadline = try row.decode("is_past_deadline")
        self.traceparent = try row.decode("traceparent")
    }
}
