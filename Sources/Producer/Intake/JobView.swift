import Foundation
import JobEngine
import Postgres

/// A job as intake shows it.
struct JobView: Sendable {
    /// For whom a job is shown.
    enum Audience: Sendable {
        /// State, times and counts. Not the arguments: with them, whoever holds an id of an activation job would learn
        /// whose account it is.
        case platform
        /// All that is kept.
        case operations
    }

    /// The id that was asked for: that of the job, or of a receipt.
    let asked: JobID
    let job: JobRecord
    let attempts: [JobFailure]

    func document(_ audience: Audience) -> JSONValue {
        var members = common
        members["attempts"] = .array(attempts.map { Self.document($0, audience) })
        switch audience {
        case .platform: break
        case .operations:
            members["id"] = .string(job.id.description)
            members["arguments"] = Member.json(job.arguments)
            members["subject"] = job.subject.map { .integer($0) } ?? .null
        }
        return .object(members)
    }

    private var common: [String: JSONValue] {
        var members: [String: JSONValue] = [
            // Not the job's own: from it the holder of a receipt would learn that somebody else has asked before.
            "id": .string(asked.description),
            "kind": .string(job.kind),
            "queue": .string(job.queue),
            "state": .string(job.state.rawValue),
            "reason": job.reason.map { .string($0) } ?? .null,
            "result": job.result.map(Member.json) ?? .null,
            "attempt": .integer(Int64(job.attempt)),
            "failures": .integer(Int64(job.failures)),
            "crashes": .integer(Int64(job.crashes)),
            "snoozes": .integer(Int64(job.snoozes)),
            "mail": job.mailState.map { .string($0) } ?? .null,
            "progress": .null,
        ]
        if let progress = job.progress {
            members["progress"] = .object([
                "done": .integer(Int64(progress.done)),
                "total": progress.total.map { .integer(Int64($0)) } ?? .null,
            ])
        }
        let times: [String: Date?] = [
            "run_at": job.runAt, "deadline": job.deadline, "created_at": job.createdAt,
            "dispatched_at": job.dispatchedAt, "first_claimed_at": job.firstClaimedAt, "claimed_at": job.claimedAt,
            "finished_at": job.finishedAt,
        ]
        for (name, time) in times { members[name] = Member.time(time) }
        return members
    }

    private static func document(_ attempt: JobFailure, _ audience: Audience) -> JSONValue {
        var members: [String: JSONValue] = [
            "attempt": .integer(Int64(attempt.attempt)),
            "ending": .string(attempt.ending),
            "claimed_at": Member.time(attempt.claimedAt),
            "ended_at": Member.time(attempt.endedAt),
        ]
        switch audience {
        case .platform: break
        case .operations:
            members["process"] = attempt.process.map { .integer($0) } ?? .null
            members["error_class"] = .string(attempt.errorClass)
            members["message"] = .string(attempt.message)
        }
        return .object(members)
    }
}
