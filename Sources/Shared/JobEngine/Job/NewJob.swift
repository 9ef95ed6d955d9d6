package import Foundation
package import Postgres

/// A job to be enqueued.
package struct NewJob: Sendable {
    package let kind: String
    /// A JSON object of ids and choices, at most 64 KiB; never a name, an address or a token.
    package let arguments: JSON
    /// Not before this instant; nil: as soon as possible.
    package let runAt: Date?
    /// After this instant the work is worthless and the job ends `obsolete`.
    package let deadline: Date?
    /// The account that the job is about.
    package let subject: Int64?
    /// W3C trace context of the request that enqueued it.
    package let traceparent: String?
    /// What makes it the same job as another of its kind, in place of the key that the kind makes; 1 to 255 characters.
    package let uniqueKey: String?

    package init(
        kind: String,
        arguments: JSON,
        runAt: Date? = nil,
        deadline: Date? = nil,
        subject: Int64? = nil,
        traceparent: String? = nil,
        uniqueKey: String? = nil
    ) {
        self.kind = kind
        self.arguments = arguments
        self.runAt = runAt
        self.deadline = deadline
        self.subject = subject
        self.traceparent = traceparent
        self.uniqueKey = uniqueKey
    }

    /// A job with typed arguments; throws when they cannot be encoded as JSON.
    package init(
        _ arguments: some JobArguments,
        runAt: Date? = nil,
        deadline: Date? = nil,
        subject: Int64? = nil,
        traceparent: String? = nil,
        uniqueKey: String? = nil
    ) throws {
        self.init(
            kind: type(of: arguments).definition.name,
            arguments: try JSON(encoding: arguments),
            runAt: runAt,
            deadline: deadline,
            subject: subject,
            traceparent: traceparent,
            uniqueKey: uniqueKey
        )
    }
}

/// What an enqueue made.
package struct EnqueuedJob: Sendable, Hashable {
    package let id: JobID
    /// Its unique key was held: no job was made, and the id is that of the job that holds it.
    package let isExisting: Bool
}
