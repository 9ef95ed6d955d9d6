import Foundation
import Postgres

/// What became of the wish to run a job again.
package enum RetryResult: Sendable, Hashable {
    /// It was dead and is pending again.
    case again
    /// It waited for its time and is due now.
    case sooner
    /// It was dead; another job has its unique key and does the work, so it ended `obsolete`.
    case superseded
    /// In this state there is nothing to retry.
    case notNow(JobState)
    case unknown
}

/// What became of the wish to give a dead job up for good.
package enum DiscardResult: Sendable, Hashable {
    case cancelled
    /// Only dead jobs are discarded; others are cancelled.
    case notDead(JobState)
    case unknown
}

extension Ledger {
    /// Runs a dead job again, or a waiting one now.
    package func retry(_ id: JobID, _ act: Act) async throws -> RetryResult {
        try await SupersedeSQL.takingKeys { keepingKeys in
            try await durable.transaction(as: "job.retry", timeout: .seconds(10)) { connection in
                let result: RetryResult
                let back = try await connection.query(JobActSQL.sendBack([id.uuid], keepingKeys: keepingKeys))
                if let row = back.first {
                    result = try row.decode("superseded", as: Bool.self) ? .superseded : .again
                } else if try await !connection.query(JobActSQL.hurry(id.uuid)).isEmpty {
                    result = .sooner
                } else {
                    let state = try await Self.state(of: id, on: connection)
                    return state.map(RetryResult.notNow) ?? .unknown
                }
                let detail: JSONValue = .object(["result": .string("\(result)")])
                try await Self.audit(act.entry("job.retry", on: "job:\(id)", detail), on: connection)
                _ = try await connection.query(JobActSQL.wakeRelay)
                return result
            }
        }
    }

    /// Cancels a job that has not ended, with the act's reason.
    package func cancel(_ id: JobID, _ act: Act) async throws -> CancelResult {
        try await durable.transaction(as: "job.cancel", timeout: .seconds(10)) { connection in
            let result = try await Self.cancel(id, reason: act.reason, on: connection)
            switch result {
            case .cancelled, .requested:
                let detail: JSONValue = .object(["result": .string("\(result)")])
                try await Self.audit(act.entry("job.cancel", on: "job:\(id)", detail), on: connection)
            case .alreadyFinished, .unknown:
                break
            }
            return result
        }
    }

    /// Makes a dead job `cancelled`.
    package func discard(_ id: JobID, _ act: Act) async throws -> DiscardResult {
        try await durable.transaction(as: "job.discard", timeout: .seconds(10)) { connection in
            guard try await !connection.query(JobActSQL.discard([id.uuid])).isEmpty else {
                let state = try await Self.state(of: id, on: connection)
                return state.map(DiscardResult.notDead) ?? .unknown
            }
            try await Self.audit(act.entry("job.discard", on: "job:\(id)"), on: connection)
            return .cancelled
        }
    }

    private static func state(of id: JobID, on connection: PostgresConnection) async throws -> JobState? {
        let rows = try await connection.query(JobActSQL.state(id.uuid))
        return try rows.first.flatMap { JobState(rawValue: try $0.decode("state")) }
    }
}
