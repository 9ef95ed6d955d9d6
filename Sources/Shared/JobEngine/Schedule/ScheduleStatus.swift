package import Foundation
package import Postgres

/// A schedule as operators see it.
package struct ScheduleStatus: Sendable {
    package let name: String
    package let kind: String
    package let arguments: JSON
    package let expression: String
    package let zone: String
    package let isEnabled: Bool
    /// When it fires next; a disabled one does not.
    package let nextTick: Date
    /// The tick that fired last, which may be earlier than when it did; nil: none yet.
    package let lastTick: Date?
    package let lastFiredAt: Date?
    /// The job of the last tick or "run now", and its state; the state is nil once the job's time is over.
    package let lastJob: JobID?
    package let lastState: JobState?

    init(_ row: Row) throws {
        name = try row.decode("name")
        kind = try row.decode("kind")
        arguments = try row.decode("arguments")
        expression = try row.decode("expression")
        zone = try row.decode("zone")
        isEnabled = try row.decode("enabled")
        nextTick = try row.instant("next_tick")
        lastTick = try row.optionalInstant("last_tick")
        lastFiredAt = try row.optionalInstant("last_fired_at")
        lastJob = try row.decode("last_job", as: UUID?.self).map(JobID.init)
        lastState = try row.decode("last_state", as: String?.self).flatMap(JobState.init(rawValue:))
    }
}
