import JobEngine
import Logging
import Platform
import Postgres

/// `statistics.refresh`: recomputes the figures of one school year, of every stale one, or of all.
///
/// All years of a job are recomputed and the job is ended in one transaction: readers see the old figures or the new
/// ones, and a refresh that is killed leaves figures and marks as they were.
struct StatisticsRefreshHandler: JobHandler {
    private struct Result: Encodable {
        let schoolYears: [Int]

        enum CodingKeys: String, CodingKey {
            case schoolYears = "school_years"
        }
    }

    func perform(_ arguments: StatisticsRefresh, in context: JobContext) async throws -> JobOutcome {
        let years = try await schoolYears(arguments, context)
        let done = JobOutcome.done(result: try JSON(encoding: Result(schoolYears: years)))
        guard !years.isEmpty else { return done }
        return try await context.finish(done) { connection in
            try await recompute(years, on: connection, logger: context.logger)
        }
    }

    /// A year that becomes stale after this look is not lost: its mark stays for the next tick.
    private func schoolYears(_ arguments: StatisticsRefresh, _ context: JobContext) async throws -> [Int] {
        if let year = arguments.schoolYear { return [year.start] }
        let years = arguments.isEveryYear ? RefreshSQL.allYears : RefreshSQL.staleYears
        return try await context.database.query(years).map { try $0.decode("school_year") }
    }

    private func recompute(_ years: [Int], on connection: PostgresConnection, logger: Logger) async throws {
        _ = try await connection.query(RefreshSQL.settings)
        _ = try await connection.query(RefreshSQL.lock(years))
        for statement in RefreshSQL.forget(years) {
            _ = try await connection.execute(statement)
        }
        let rows = try await connection.query(RefreshSQL.recompute(years))
        let figures = try rows.first?.decode("figures", as: Int.self) ?? 0
        logger.info("Figures recomputed", metadata: [LogKey.count: "\(figures)"])
    }
}
