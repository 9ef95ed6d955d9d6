import Foundation
import Postgres

/// Statements that list jobs.
enum JobListSQL {
    /// Both tables by id, which is the order of creation: each index gives its newest `limit`, whatever stands behind
    /// them. Conditions are written only where a filter asks for them, so that the planner sees what it can skip.
    static func list(_ filter: JobFilter, before cursor: JobID?, limit: Int) -> SQL {
        let unfinished = filter.states.filter { !$0.isFinished }
        let finished = filter.states.filter(\.isFinished)
        let all = filter.states.isEmpty
        var parts: [SQL] = []
        if all || !unfinished.isEmpty {
            parts.append(part("relais.job", "NULL::text", "NULL::timestamptz", filter, unfinished, cursor, limit))
        }
        if all || !finished.isEmpty {
            parts.append(part("relais.job_finished", "j.reason", "j.finished_at", filter, finished, cursor, limit))
        }
        return """
            SELECT l.*, (SELECT f.error_class FROM relais.failure f WHERE f.job = l.id
                ORDER BY f.attempt DESC LIMIT 1) AS error_class
            FROM (\(fragment: joined(parts, by: " UNION ALL "))) AS l ORDER BY l.id DESC LIMIT \(limit)
            """
    }

    private static func part(
        _ table: SQL,
        _ reason: SQL,
        _ finishedAt: SQL,
        _ filter: JobFilter,
        _ states: Set<JobState>,
        _ cursor: JobID?,
        _ limit: Int
    ) -> SQL {
        var conditions: [SQL] = ["true"]
        if !states.isEmpty { conditions.append("j.state = ANY(\(states.map(\.rawValue).sorted()))") }
        if let kind = filter.kind { conditions.append("j.kind = \(kind)") }
        if let queue = filter.queue { conditions.append("j.queue = \(queue)") }
        if let subject = filter.subject { conditions.append("j.subject = \(subject)") }
        if let from = filter.createdFrom { conditions.append("j.id >= \(JobID(earliestAt: from).uuid)") }
        if let before = filter.createdBefore { conditions.append("j.id < \(JobID(earliestAt: before).uuid)") }
        if let cursor { conditions.append("j.id < \(cursor.uuid)") }
        if let errorClass = filter.errorClass {
            conditions.append(
                """
                (SELECT f.error_class FROM relais.failure f WHERE f.job = j.id ORDER BY f.attempt DESC LIMIT 1)
                    = \(errorClass)
                """
            )
        }
        return """
            (SELECT j.id, j.kind, j.queue, j.state, \(fragment: reason) AS reason, j.subject, j.attempt, j.failures,
                j.crashes, j.created_at, j.run_at, \(fragment: finishedAt) AS finished_at
            FROM \(fragment: table) AS j WHERE \(fragment: joined(conditions, by: " AND "))
            ORDER BY j.id DESC LIMIT \(limit))
            """
    }

    /// What a filter says of row `d` of relais.job_dead.
    static func matches(_ filter: DeadFilter) -> SQL {
        var conditions: [SQL] = ["true"]
        if let kind = filter.kind { conditions.append("d.kind = \(kind)") }
        if let queue = filter.queue { conditions.append("d.queue = \(queue)") }
        if let from = filter.diedFrom { conditions.append("d.finished_at >= \(from)") }
        if let before = filter.diedBefore { conditions.append("d.finished_at < \(before)") }
        if let errorClass = filter.errorClass { conditions.append("\(fragment: errorOfDeath) = \(errorClass)") }
        return joined(conditions, by: " AND ")
    }

    /// The class of the failure that ended row `d`.
    static let errorOfDeath: SQL = """
        (SELECT f.error_class FROM relais.failure f WHERE f.job = d.id ORDER BY f.attempt DESC LIMIT 1)
        """

    private static func joined(_ parts: [SQL], by separator: SQL) -> SQL {
        guard var whole = parts.first else { return "" }
        for part in parts.dropFirst() {
            whole = "\(fragment: whole)\(fragment: separator)\(fragment: part)"
        }
        return whole
    }
}

extension JobID {
    /// The least id that a job made at this instant can have (UUIDv7 begins with the milliseconds).
    init(earliestAt instant: Date) {
        let limit = 281_474_976_710_655.0
        let milliseconds = UInt64(min(max(0, (instant.timeIntervalSince1970 * 1000).rounded(.up)), limit))
        let byte = { (shift: UInt64) in UInt8(truncatingIfNeeded: milliseconds >> shift) }
        self.init(UUID(uuid: (byte(40), byte(32), byte(24), byte(16), byte(8), byte(0), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)))
    }
}
