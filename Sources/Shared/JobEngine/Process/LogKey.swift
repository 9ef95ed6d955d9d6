/// The names of log metadata, in one place so that a search finds every line about a thing.
package enum LogKey {
    package static let jobID = "job_id"
    package static let kind = "kind"
    package static let queue = "queue"
    package static let attempt = "attempt"
    package static let process = "process"
    package static let batch = "batch"
    package static let count = "count"
    package static let state = "state"
    package static let reason = "reason"
    package static let schedule = "schedule"
    package static let error = "error"
    package static let operation = "operation"
    package static let tries = "tries"
    package static let traceparent = "traceparent"
    package static let directory = "directory"
    package static let milliseconds = "ms"
}
