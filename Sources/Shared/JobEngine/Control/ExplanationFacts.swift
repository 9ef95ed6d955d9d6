import Foundation
import Postgres

/// What is known of a job, its queue and the processes at one instant: all that an explanation is made of.
struct ExplanationFacts: Sendable {
    let id: JobID
    let queue: String
    let state: JobState
    let now: Date
    let reason: String?
    let runAt: Date
    let deadline: Date?
    let failures: Int
    let crashes: Int
    let snoozes: Int
    let dispatchedAt: Date?
    let claimedAt: Date?
    let finishedAt: Date?
    let errorClass: String?
    let errorMessage: String?
    let progress: (done: Int, total: Int?)?
    let replay: Int64?

    let pausedAt: Date?
    let runningLimit: Int?
    let rate: Rate?
    let rateFreeAt: Date?
    let window: Int
    let running: Int
    let dispatched: Int
    let ahead: Int
    let runners: String?
    let exclusiveHolder: String?
    let confirmedAt: Date?

    /// Worker processes of the queue: in all, quiet or stopping, without their broker; slots of those that take jobs.
    let workers: Int
    let quiet: Int
    let workersAway: Int
    let slots: Int
    let producers: Int
    let producersAway: Int
    /// The process that runs it, or ran it last.
    let process: Int64?
    let host: String?
    let osPID: Int?
    let beatAge: Double?

    init(_ row: Row) throws {
        let state = try row.decode("state", as: String.self)
        guard let known = JobState(rawValue: state) else {
            throw LedgerError.unexpectedAnswer("job state: expected a known one, got '\(state)'; is this binary older?")
        }
        self.state = known
        id = JobID(try row.decode("id"))
        queue = try row.decode("queue")
        now = try row.instant("now")
        reason = try row.decode("reason")
        runAt = try row.instant("run_at")
        deadline = try row.optionalInstant("deadline")
        failures = try row.decode("failures")
        crashes = try row.decode("crashes")
        snoozes = try row.decode("snoozes")
        dispatchedAt = try row.optionalInstant("dispatched_at")
        claimedAt = try row.optionalInstant("claimed_at")
        finishedAt = try row.optionalInstant("finished_at")
        errorClass = try row.decode("error_class")
        errorMessage = try row.decode("message")
        let total = try row.decode("total", as: Int?.self)
        progress = try row.decode("done", as: Int?.self).map { ($0, total) }
        replay = try row.decode("replay")
        pausedAt = try row.optionalInstant("paused_at")
        runningLimit = try row.decode("running_limit")
        rate = Rate(jobs: try row.decode("rate_jobs"), seconds: try row.decode("rate_seconds"))
        rateFreeAt = try row.optionalInstant("rate_free_at")
        window = try row.decode("window_size")
        running = try row.decode("running")
        dispatched = try row.decode("dispatched")
        ahead = try row.decode("ahead")
        runners = try row.decode("runners")
        exclusiveHolder = try row.decode("holder")
        confirmedAt = try row.optionalInstant("confirmed_at")
        workers = try row.decode("workers")
        quiet = try row.decode("quiet")
        workersAway = try row.decode("away")
        slots = try row.decode("slots")
        producers = try row.decode("producers")
        producersAway = try row.decode("producers_away")
        process = try row.decode("process")
        host = try row.decode("host")
        osPID = try row.decode("os_pid")
        beatAge = try row.decode("beat_age")
    }
}
