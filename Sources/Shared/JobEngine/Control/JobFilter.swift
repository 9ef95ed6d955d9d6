package import Foundation
import Postgres

/// Which jobs a list shows.
package struct JobFilter: Sendable, Hashable {
    /// Empty: all.
    package var states: Set<JobState> = []
    package var kind: String?
    package var queue: String?
    /// The class of the latest failure.
    package var errorClass: String?
    /// The account that the job is about.
    package var subject: Int64?
    /// Created not before this instant.
    package var createdFrom: Date?
    /// Created before this instant.
    package var createdBefore: Date?

    package init() {}
}

/// Which dead jobs an act is about.
package struct DeadFilter: Sendable, Hashable {
    package var kind: String?
    package var queue: String?
    /// The class of the failure that ended it.
    package var errorClass: String?
    /// Died not before this instant.
    package var diedFrom: Date?
    /// Died before this instant.
    package var diedBefore: Date?

    package init() {}

    /// As it is kept with a replay and in the audit.
    var document: JSONValue {
        var members: [String: JSONValue] = [:]
        members["kind"] = kind.map { .string($0) }
        members["queue"] = queue.map { .string($0) }
        members["error_class"] = errorClass.map { .string($0) }
        members["died_from"] = diedFrom.map { .string(Instant.shortText($0)) }
        members["died_before"] = diedBefore.map { .string(Instant.shortText($0)) }
        return .object(members)
    }
}

/// A job in a list.
package struct JobSummary: Sendable {
    package let id: JobID
    package let kind: String
    package let queue: String
    package let state: JobState
    package let reason: String?
    package let subject: Int64?
    package let attempt: Int
    package let failures: Int
    package let crashes: Int
    package let createdAt: Date
    package let runAt: Date
    package let finishedAt: Date?
    /// The class of its latest failure.
    package let errorClass: String?

    init(_ row: Row) throws {
        let state = try row.decode("state", as: String.self)
        guard let known = JobState(rawValue: state) else {
            throw LedgerError.unexpectedAnswer("job state: expected a known one, got '\(state)'; is this binary older?")
        }
        self.state = known
        id = JobID(try row.decode("id"))
        kind = try row.decode("kind")
        queue = try row.decode("queue")
        reason = try row.decode("reason")
        subject = try row.decode("subject")
        attempt = try row.decode("attempt")
        failures = try row.decode("failures")
        crashes = try row.decode("crashes")
        createdAt = try row.instant("created_at")
        runAt = try row.instant("run_at")
        finishedAt = try row.optionalInstant("finished_at")
        errorClass = try row.decode("error_class")
    }
}

extension Ledger {
    /// Jobs, newest first: those before `cursor`, at most `limit`.
    package func jobs(_ filter: JobFilter, before cursor: JobID? = nil, limit: Int) async throws -> [JobSummary] {
        try await durable.query(
            JobListSQL.list(filter, before: cursor, limit: limit),
            as: "list jobs",
            timeout: .seconds(10)
        ).map(JobSummary.init)
    }
}
