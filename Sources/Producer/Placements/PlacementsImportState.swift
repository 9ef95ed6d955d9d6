import Foundation
import JobEngine
import Platform
import Postgres

/// What has come of a file of placements so far.
struct PlacementsImportState: Sendable {
    enum Stage: Sendable, Hashable {
        case waiting
        case running
        case ended(PlacementsOutcome)
        /// The job ended without an answer: dead, or cancelled by an operator.
        case failed(JobState?)
    }

    let id: UUID
    let association: Int64
    let job: JobID
    let stage: Stage
    let createdAt: Date
    let endedAt: Date?
    let rows: Int?
    let faultCount: Int?
    /// The first of them.
    let faults: [PlacementFault]

    /// No row: there is none, or it is still on its way in.
    static func select(_ id: UUID) -> SQL {
        """
        SELECT id, association_id, job, relais.job_state(job) AS state, outcome, created_at, ended_at, rows, faults,
            coalesce(report, '[]') AS report
        FROM delivery.placements_import WHERE id = \(id) AND number IS NOT NULL
        """
    }

    init(_ row: Row) throws {
        id = try row.decode("id")
        association = try row.decode("association_id")
        job = JobID(try row.decode("job", as: UUID.self))
        createdAt = try row.instant("created_at")
        endedAt = try row.optionalInstant("ended_at")
        rows = try row.decode("rows")
        faultCount = try row.decode("faults")
        faults = try row.decode("report", as: JSON.self).decode([PlacementFault].self)
        let state = try row.decode("state", as: String?.self).flatMap(JobState.init(rawValue:))
        if let outcome = try row.decode("outcome", as: String?.self).flatMap(PlacementsOutcome.init(rawValue:)) {
            stage = .ended(outcome)
        } else {
            stage =
                switch state {
                case .pending?, .dispatched?: .waiting
                case .running?: .running
                default: .failed(state)
                }
        }
    }

    static func path(_ id: UUID, of association: Int64) -> String {
        "/v1/associations/\(association)/placements/imports/\(JobID(id))"
    }

    /// The old rows stay in every stage but one.
    var isImported: Bool { stage == .ended(.imported) }

    var isOver: Bool { stage != .waiting && stage != .running }

    var word: String {
        switch stage {
        case .waiting: "waiting"
        case .running: "running"
        case .ended(let outcome): outcome.rawValue
        case .failed(let state): state?.rawValue ?? "unknown"
        }
    }
}

extension PlacementsImportState: Documented {
    var document: JSONValue {
        .object([
            "id": .string(JobID(id).description), "association_id": .integer(association),
            "job": .string(job.description), "state": .string(word), "created_at": Member.time(createdAt),
            "ended_at": Member.time(endedAt), "rows": Member.number(rows), "faults": Member.number(faultCount),
            "errors": report,
        ])
    }

    /// The first faults by line and field.
    var report: JSONValue {
        .array(
            faults.map { fault in
                .object([
                    "line": .integer(Int64(fault.line)), "field": .string(fault.field),
                    "expected": .string(fault.expected), "got": .string(fault.got),
                ])
            }
        )
    }
}
