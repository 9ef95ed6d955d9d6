import Foundation
import JobEngine
import Platform
import Postgres

/// `application.reminder-sweep`: enqueues one reminder for each owner of offers who has something to be told.
///
/// The work goes owner by owner, in chunks; the marks of a chunk and its reminders commit together. A sweep that is
/// killed in the middle, or runs beside another one, ends the same as one that runs alone.
struct ReminderSweepHandler: JobHandler {
    /// Owners of one transaction: short locks for those who are answering.
    private static let chunk = 500

    private struct Result: Encodable {
        /// Owners whom the last attempt reminds; what attempts before it did is their own.
        let reminded: Int
        let sweptAt: String

        enum CodingKeys: String, CodingKey {
            case reminded
            case sweptAt = "swept_at"
        }
    }

    func perform(_ arguments: ReminderSweep, in context: JobContext) async throws -> JobOutcome {
        // The first claim's instant: what becomes due while the sweep runs would get its owner a second mail.
        let instant = context.job.firstClaimedAt
        var reminded = 0
        var last = Int64.min
        while let chunk = try await remind(after: last, at: instant, context) {
            reminded += chunk.owners
            last = chunk.last
            try await context.report(done: reminded, total: nil)
        }
        return .done(result: try JSON(encoding: Result(reminded: reminded, sweptAt: Instant.text(instant))))
    }

    /// nil: there is no owner left.
    private func remind(
        after last: Int64,
        at instant: Date,
        _ context: JobContext
    ) async throws -> (owners: Int, last: Int64)? {
        try await context.transaction { connection in
            _ = try await connection.query(ReminderSweepSQL.turn)
            let statement = ReminderSweepSQL.remind(after: last, at: instant, owners: Self.chunk)
            let row = try await connection.query(statement).first
            guard let row, let end = try row.decode("last", as: Int64?.self) else { return nil }
            return (owners: try row.decode("owners"), last: end)
        }
    }
}
