import Foundation
import JobEngine
import Postgres

/// What operators see, as JSON: the same over HTTP and with `--json`.
protocol Documented {
    var document: JSONValue { get }
}

/// Short ways to write members.
enum Member {
    static func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
    static func number(_ number: Int?) -> JSONValue { number.map { .integer(Int64($0)) } ?? .null }
    static func time(_ time: Date?) -> JSONValue { time.map { .string(Instant.text($0)) } ?? .null }
    /// What the server keeps and Foundation does not read, such as lists in lists in lists or a number of 400 digits, is
    /// shown as its text.
    static func json(_ json: JSON) -> JSONValue { (try? json.decode(JSONValue.self)) ?? .string(json.text) }
}

extension QueueOverview: Documented {
    var document: JSONValue {
        .object([
            "name": .string(name), "paused": .boolean(pausedAt != nil), "paused_at": Member.time(pausedAt),
            "slots": Member.number(slots), "running_limit": Member.number(runningLimit),
            "rate": Member.text(rate?.description), "window": Member.number(window), "due": Member.number(due),
            "later": Member.number(later), "dispatched": Member.number(dispatched), "running": Member.number(running),
            "oldest_due_at": Member.time(oldestDue), "workers": Member.number(workers),
            "slots_in_all": Member.number(slotsInAll),
        ])
    }
}

extension ProcessStatus: Documented {
    var document: JSONValue {
        .object([
            "id": .integer(number), "role": .string(role.rawValue), "host": .string(host),
            "pid": Member.number(osPID), "slots": .object(slots.mapValues { .integer(Int64($0)) }),
            "running": Member.number(running), "registered_at": Member.time(registeredAt),
            "beat_age_seconds": beatAge.isFinite ? .number((beatAge * 10).rounded() / 10) : .null,
            "quiet": .boolean(isQuiet),
            "quiet_wanted": .boolean(isQuietWanted), "stopping": .boolean(isStopping),
            "safe_to_stop": .boolean(isSafeToStop), "broker_away_since": Member.time(brokerAwaySince),
        ])
    }
}

extension JobSummary: Documented {
    var document: JSONValue {
        .object([
            "id": .string(id.description), "kind": .string(kind), "queue": .string(queue),
            "state": .string(state.rawValue), "reason": Member.text(reason),
            "subject": subject.map { .integer($0) } ?? .null, "attempt": Member.number(attempt),
            "failures": Member.number(failures), "crashes": Member.number(crashes),
            "error_class": Member.text(errorClass), "created_at": Member.time(createdAt),
            "run_at": Member.time(runAt), "finished_at": Member.time(finishedAt),
        ])
    }
}

extension Explanation: Documented {
    var document: JSONValue {
        let findings = findings.map { finding -> JSONValue in
            .object([
                "code": .string(finding.code), "what": .string(finding.what), "to_do": .string(finding.toDo),
            ])
        }
        return .object([
            "id": .string(job.description), "state": .string(state.rawValue), "queue": .string(queue),
            "findings": .array(findings),
        ])
    }
}

extension AuditRecord: Documented {
    var document: JSONValue {
        .object([
            "id": .integer(number), "at": Member.time(at), "actor": .string(actor), "action": .string(action),
            "target": .string(target), "reason": .string(reason), "detail": Member.json(detail),
        ])
    }
}

extension Replay: Documented {
    var document: JSONValue {
        .object([
            "id": .integer(number), "created_at": Member.time(createdAt), "actor": .string(actor),
            "reason": .string(reason), "filter": Member.json(filter), "rate": Member.text(rate?.description),
            "failure_limit": .number(failureLimit), "state": Member.text(state?.rawValue),
            "ended_at": Member.time(endedAt), "ended_because": Member.text(endedBecause), "jobs": Member.number(size),
            "frozen": Member.number(frozen), "released": Member.number(released), "skipped": Member.number(skipped),
            "failed_again": Member.number(failed), "ended": Member.number(ended),
        ])
    }
}

extension ReplayPreview: Documented {
    var document: JSONValue {
        let groups = groups.map { group -> JSONValue in
            .object([
                "kind": .string(group.kind), "error_class": .string(group.errorClass),
                "jobs": Member.number(group.jobs), "superseded": Member.number(group.superseded),
                "past_deadline": Member.number(group.pastDeadline),
            ])
        }
        return .object([
            "jobs": Member.number(jobs), "superseded": Member.number(superseded),
            "past_deadline": Member.number(pastDeadline), "groups": .array(groups),
        ])
    }
}

extension EnqueuedJob {
    /// What "run now" answers, over HTTP and with `--json`.
    var runDocument: JSONValue {
        .object(["job": .string("\(id)"), "was_waiting_already": .boolean(isExisting)])
    }
}
