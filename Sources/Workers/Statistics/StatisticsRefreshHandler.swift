import JobEngine
import Logging
import Platform
import Postgres

/// `statistics.refresh`: recomputes the figures of one school year, of every stale one, or of all.
///
/// All years of a job are recomputed and the job is ended in one transaction: readers see the old figures or the new
/// ones, and a refresh that is killed leaves figures and marks as they were. Where the rows of a year cannot be computed,
/// each year has a transaction of its own, and that one keeps its old figures and its marks.
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
        do {
            return try await context.finish(done) { connection in
                try await recompute(years, on: connection, logger: context.logger)
            }
        } catch let fault as PostgresError where fault.isOfTheRows {
            return try await recomputeEachAlone(years, otherwise: done, in: context)
        }
    }

    /// A year that becomes stale after this look is not lost: its mark stays for the next tick.
    private func schoolYears(_ arguments: StatisticsRefresh, _ context: JobContext) async throws -> [Int] {
        if let year = arguments.schoolYear { return [year.start] }
        let years = arguments.isEveryYear ? RefreshSQL.allYears : RefreshSQL.staleYears
        return try await context.database.query(years).map { try $0.decode("school_year") }
    }

    /// The same rows fail the same way at once: what is left is for the next tick, once somebody has seen to them. The dead
    /// job tells him which year and why.
    private func recomputeEachAlone(
        _ years: [Int],
        otherwise done: JobOutcome,
        in context: JobContext
    ) async throws -> JobOutcome {
        var faults: [String] = []
        for year in years {
            do {
                try await context.transaction { connection in
                    try await recompute([year], on: connection, logger: context.logger)
                }
            } catch let fault as PostgresError where fault.isOfTheRows {
                faults.append("\(year) (\(fault.sqlState ?? ""): \(fault.message))")
            }
        }
        // The rows were put right meanwhile.
        guard !faults.isEmpty else { return done }
        return .discard(because: "these school years cannot be computed: \(faults.joined(separator: ", "))")
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

extension PostgresError {
    /// Values that cannot be computed (class 22) or that their table refuses (class 23): not the statement's fault, and
    /// not the moment's.
    fileprivate var isOfTheRows: Bool {
        sqlState.map { $0.hasPrefix("22") || $0.hasPrefix("23") } ?? false
    }
}
