import Foundation
import Platform
import Postgres
import TestSupport
import Testing

@testable import JobEngine
@testable import workers

/// A platform with figures: both schemas migrated, the relations and their triggers made, and no row.
struct StatisticsWorld {
    let database: TemporaryDatabase
    let pool: PostgresPool

    static func run(_ body: (StatisticsWorld) async throws -> Void) async throws {
        let template = try await TemporaryDatabase.template(named: "statistics") { database in
            try await database.withPool { pool in
                _ = try await Migrator(component: JobEngineMigrations.component, migrations: JobEngineMigrations.all)
                    .migrate(pool)
                _ = try await Migrator(component: PlatformMigrations.component, migrations: PlatformMigrations.all)
                    .migrate(pool)
                try await Ledger(durable: pool, relaxed: pool).register(PlatformCatalogue.jobs)
            }
            try await database.withConnection { connection in
                try await connection.run(script: Repository.text("deploy/platform/schema.sql"))
                try await connection.run(script: Repository.text("deploy/platform/statistics-triggers.sql"))
            }
        }
        try await withTemporaryDatabase(template: template) { database in
            try await database.withPool { pool in
                try await body(StatisticsWorld(database: database, pool: pool))
            }
        }
    }

    /// With the small platform that Tests/Recount/history makes of a seed, and its figures: nothing is stale.
    static func run(seed: Int, _ body: (StatisticsWorld) async throws -> Void) async throws {
        try await run { world in
            let platform = try await Repository.run("Tests/Recount/history", ["--create", "--seed", "\(seed)"])
            try await world.run(script: platform.output)
            try await world.refresh()
            try #require(try await world.staleYears() == [])
            try await body(world)
        }
    }

    func run(script: String) async throws {
        try await database.withConnection { try await $0.run(script: script) }
    }

    /// One refresh, which must end well. `beforehand` runs once its job is claimed.
    @discardableResult
    func refresh(
        _ arguments: StatisticsRefresh = StatisticsRefresh(),
        beforehand: (JobID) async throws -> Void = { _ in }
    ) async throws -> JobID {
        let (job, outcome) = try await attempt(arguments, beforehand: beforehand)
        switch outcome {
        case .committed: break
        // Nothing was stale.
        case .done: try await end(job, .done)
        default: Issue.record("expected a refresh to end done, got \(outcome)")
        }
        return job.id
    }

    /// One attempt of a job `statistics.refresh`, as a worker would carry it out, up to its outcome.
    func attempt(
        _ arguments: StatisticsRefresh = StatisticsRefresh(),
        beforehand: (JobID) async throws -> Void = { _ in }
    ) async throws -> (job: ClaimedJob, outcome: JobOutcome) {
        let ledger = Ledger(durable: pool, relaxed: pool)
        let id = try await ledger.enqueue(NewJob(arguments))
        let job = try await claim(id, ledger)
        try await beforehand(id)
        let context = JobContext(job: job, ledger: ledger, logger: .silent)
        return (job, try await StatisticsRefreshHandler().perform(arguments, in: context))
    }

    /// The next refresh of the same years waits for the end of this one.
    func end(_ job: ClaimedJob, _ state: JobState) async throws {
        _ = try await Ledger(durable: pool, relaxed: pool).end([Ending(job, state)])
    }

    private func claim(_ id: JobID, _ ledger: Ledger) async throws -> ClaimedJob {
        let process: Int64 = try await #require(
            pool.query(
                """
                INSERT INTO relais.process (role, host, os_pid, application_name)
                VALUES ('workers', 'test', 1, 'relais-tests') RETURNING id
                """
            ).first
        ).decode("id")
        _ = try await pool.execute("UPDATE relais.job SET state = 'dispatched', batch = 1 WHERE id = \(id.uuid)")
        let message = JobMessage(id: id, kind: StatisticsRefresh.definition.name, batch: 1)
        let queue = StatisticsRefresh.definition.queue
        return try await #require(
            ledger.claim([message], under: [UUID()], queue: queue, process: process).first
        )
    }

    func staleYears() async throws -> [Int] {
        try await pool.query(RefreshSQL.staleYears).map { try $0.decode("school_year") }
    }

    /// The one array of integers that a query answers with.
    func integers(_ sql: SQL) async throws -> [Int] {
        let row = try await #require(pool.query(sql).first)
        return try row.decode(at: 0)
    }

    func expect(_ figures: [Int], from sql: SQL, at location: SourceLocation = #_sourceLocation) async throws {
        let found = try await integers(sql)
        #expect(found == figures, sourceLocation: location)
    }

    /// What differs between the figures and a recount from the rows; nil: nothing.
    func difference() async throws -> String? {
        let recount = try await Repository.run("deploy/platform/recount", ["--database", database.conninfo])
        return recount.status == 0 ? nil : recount.output
    }
}

/// Files and tools of this checkout.
enum Repository {
    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    static func run(_ path: String, _ arguments: [String]) async throws -> (status: Int32, output: String) {
        let result = try await ChildProcess.run(root.appending(path: path).path, arguments)
        return (result.status, result.output)
    }
}
