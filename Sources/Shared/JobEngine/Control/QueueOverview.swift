package import Foundation
import Postgres

/// A queue as operators see it: its settings, and what stands in it.
package struct QueueOverview: Sendable {
    package let name: String
    package let pausedAt: Date?
    /// Slots of each worker process that an operator has set; nil: as each was started.
    package let slots: Int?
    package let runningLimit: Int?
    package let rate: Rate?
    package let window: Int
    /// Pending and due, counted up to ``countLimit``.
    package let due: Int
    /// Pending and due later, counted up to ``countLimit``.
    package let later: Int
    /// Dispatched and not yet claimed, counted up to ``countLimit``.
    package let dispatched: Int
    package let running: Int
    /// Since when the oldest due job has been.
    package let oldestDue: Date?
    /// Worker processes that serve it, and their slots together.
    package let workers: Int
    package let slotsInAll: Int

    /// Counts stop here.
    package static let countLimit = 10_000

    init(_ row: Row) throws {
        name = try row.decode("name")
        pausedAt = try row.optionalInstant("paused_at")
        slots = try row.decode("slots")
        runningLimit = try row.decode("running_limit")
        rate = Rate(jobs: try row.decode("rate_jobs"), seconds: try row.decode("rate_seconds"))
        window = try row.decode("window_size")
        due = try row.decode("due")
        later = try row.decode("later")
        dispatched = try row.decode("dispatched")
        running = try row.decode("running")
        oldestDue = try row.optionalInstant("oldest_due")
        workers = try row.decode("workers")
        slotsInAll = try row.decode("slots_in_all")
    }

    /// What an operator can set, for the audit's before and after.
    var settings: JSONValue {
        .object([
            "paused": .boolean(pausedAt != nil),
            "slots": slots.map { .integer(Int64($0)) } ?? .null,
            "running_limit": runningLimit.map { .integer(Int64($0)) } ?? .null,
            "rate": rate.map { .string($0.description) } ?? .null,
        ])
    }
}
