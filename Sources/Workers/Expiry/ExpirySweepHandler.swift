import Foundation
import JobEngine
import Platform
import Postgres

/// `application.expiry-sweep`: expires what nobody answered in time, whoever owns the offer, and enqueues the notices.
///
/// The work goes in chunks, oldest first; each chunk, its notices and the staleness of the figures commit together.
/// A sweep that is killed in the middle, or runs beside another one, ends the same as one that runs alone.
struct ExpirySweepHandler: JobHandler {
    /// How long an application waits for an answer.
    let life: Duration

    /// Rows of one transaction: short locks for those who are answering, few commits for a great sweep.
    private static let chunk = 1000
    /// A sweep that would expire more than this and more than half of what waits is taken for a mistake (a clock set
    /// wrong, a table restored from a backup) until an operator sends it with `force`.
    private static let guardFloor = 1000

    private struct Result: Encodable {
        let expired: Int
        let dryRun: Bool?
        let sweptAt: String

        init(expired: Int, dryRun: Bool? = nil, sweptAt: Date) {
            self.expired = expired
            self.dryRun = dryRun
            // As an operator reads it: encoded as it is, an instant becomes seconds since 2001.
            self.sweptAt = Instant.text(sweptAt)
        }

        enum CodingKeys: String, CodingKey {
            case expired
            case dryRun = "dry_run"
            case sweptAt = "swept_at"
        }
    }

    func perform(_ arguments: ExpirySweep, in context: JobContext) async throws -> JobOutcome {
        // The first claim's instant: a rescued run goes on with the sweep that was begun.
        let instant = context.job.firstClaimedAt
        let outlook = try await context.database.query(SweepSQL.outlook(at: instant, life: life)).first
        let due = try outlook?.decode("due", as: Int.self) ?? 0
        let waiting = try outlook?.decode("waiting", as: Int.self) ?? 0
        // What an earlier run of this sweep expired counts towards its limit.
        let before = try await expired(at: instant, context)
        let limit = arguments.limit.map { max(0, Int(clamping: $0) - before) }
        let wanted = min(due, limit ?? due)
        if arguments.dryRun {
            return .done(result: try JSON(encoding: Result(expired: wanted, dryRun: true, sweptAt: instant)))
        }
        if !arguments.force, wanted > Self.guardFloor, wanted * 2 > waiting {
            return .discard(
                because: "guard: \(wanted) of \(waiting) waiting applications would expire; "
                    + "if that is right: producer expiry run --force"
            )
        }
        try await sweep(at: instant, limit: limit, of: wanted, context)
        let total = try await expired(at: instant, context)
        return .done(result: try JSON(encoding: Result(expired: total, sweptAt: instant)))
    }

    private func expired(at instant: Date, _ context: JobContext) async throws -> Int {
        try await context.database.query(SweepSQL.expired(at: instant)).first?.decode("expired") ?? 0
    }

    private func sweep(at instant: Date, limit: Int?, of wanted: Int, _ context: JobContext) async throws {
        var expired = 0
        while true {
            let size = min(Self.chunk, limit.map { $0 - expired } ?? Self.chunk)
            guard size > 0 else { return }
            let count = try await context.transaction { connection in
                let rows = try await connection.query(SweepSQL.expire(at: instant, life: life, size: size))
                return try rows.first?.decode("expired", as: Int.self) ?? 0
            }
            if count == 0 { return }
            expired += count
            try await context.report(done: expired, total: max(wanted, expired))
        }
    }
}
