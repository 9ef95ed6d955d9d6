import AMQP
import Foundation
import Logging
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import JobEngine

/// A database and a virtual host of a test's own, with the engine's schema, the test catalogue and as many engine
/// processes as the test starts.
final class EngineWorld: Sendable {
    let database: TemporaryDatabase
    let host: TemporaryVirtualHost
    /// The test's own view of the ledger; its sessions belong to no process.
    let ledger: Ledger
    private let processes = Mutex<[EngineProcess]>([])

    fileprivate init(database: TemporaryDatabase, host: TemporaryVirtualHost) {
        self.database = database
        self.host = host
        let pool = database.pool(size: 4)
        ledger = Ledger(durable: pool, relaxed: pool)
    }

    var pool: PostgresPool { ledger.durable }

    // MARK: - Processes

    /// A producer without intake: relay and chores, or one of them; started.
    @discardableResult
    func startProducer(relay: Bool = true, chores: Bool = true, brokerURL: String? = nil) throws -> EngineProcess {
        try started(role: .producer, brokerURL) { process in
            process.addProducer(relay: relay, chores: chores)
        }
    }

    /// A worker process with these handlers, started. Nothing ends by its times, unless the test gives others.
    @discardableResult
    func startWorker(
        _ handlers: any JobHandler...,
        queues: [QueueDefinition] = TestCatalogue.all.queues,
        grace: Duration = longestWait,
        stuckAfter: Duration = longestWait,
        brokerURL: String? = nil,
        conninfo: String? = nil
    ) throws -> EngineProcess {
        var registry = HandlerRegistry()
        for handler in handlers { registry.register(handler) }
        return try started(role: .workers, brokerURL, conninfo) { process in
            process.addWorker(registry, queues: queues, grace: grace, stuckAfter: stuckAfter)
        }
    }

    /// A process that only fires schedules, by a clock of the test's; started.
    @discardableResult
    func startScheduler(clock: SQL) throws -> EngineProcess {
        try started(role: .producer, nil) { $0.addScheduler(clock: clock) }
    }

    private func started(
        role: ProcessIdentity.Role,
        _ brokerURL: String?,
        _ conninfo: String? = nil,
        _ assemble: (EngineProcess) -> Void
    ) throws -> EngineProcess {
        let process = try EngineProcess(
            role: role,
            conninfo: conninfo ?? database.conninfo,
            brokerURL: brokerURL ?? host.url
        )
        assemble(process)
        processes.withLock { $0.append(process) }
        process.start()
        return process
    }

    fileprivate func end() async {
        let processes = processes.withLock { $0 }
        await withTaskGroup(of: Void.self) { group in
            for process in processes { group.addTask { await process.cancel() } }
        }
        await pool.close()
    }

    // MARK: - Ledger

    @discardableResult
    func enqueue(
        _ arguments: some JobArguments,
        runAt: Date? = nil,
        deadline: Date? = nil
    ) async throws -> JobID {
        try await ledger.enqueue(NewJob(arguments, runAt: runAt, deadline: deadline))
    }

    /// `count` jobs numbered from 1, in one statement.
    func enqueue(_ count: Int, of kind: any JobArguments.Type) async throws {
        _ = try await pool.query(
            """
            SELECT relais.enqueue(\(kind.definition.name), jsonb_build_object('number', n))
            FROM generate_series(1, \(count)) AS n
            """
        )
    }

    func job(_ id: JobID) async throws -> JobRecord {
        try #require(await ledger.job(id), "job \(id) is in neither table")
    }

    /// Waits until the job's record satisfies `condition`; answers that record.
    @discardableResult
    func wait(
        for id: JobID,
        _ what: String,
        _ condition: (JobRecord) -> Bool
    ) async throws -> JobRecord {
        var last: JobRecord?
        let description = { "job \(what); it is \(last.map { "\($0.state), attempt \($0.attempt)" } ?? "unknown")" }
        let deadline = ContinuousClock.now + longestWait
        while true {
            last = try await job(id)
            if let last, condition(last) { return last }
            guard ContinuousClock.now < deadline else { throw WaitTimedOut(description: description()) }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    @discardableResult
    func wait(for id: JobID, state: JobState) async throws -> JobRecord {
        try await wait(for: id, state.rawValue) { $0.state == state }
    }

    /// The one number that a query answers.
    func count(_ sql: SQL) async throws -> Int {
        let rows = try await pool.query(sql)
        return try #require(rows.first).decode(at: 0, as: Int.self)
    }

    /// Waits until that many jobs have ended in a state.
    func waitUntil(_ count: Int, are state: JobState) async throws {
        do {
            try await eventually("\(count) jobs \(state.rawValue)") {
                try await self.count(
                    "SELECT count(*) FROM relais.job_finished WHERE state = \(state.rawValue)"
                ) == count
            }
        } catch let error as WaitTimedOut {
            throw WaitTimedOut(description: "\(error.description); \(try await standing())")
        }
    }

    /// Where all jobs and batches stand, in words for a test that waited in vain.
    private func standing() async throws -> String {
        let rows = try await pool.query(
            """
            SELECT string_agg(line, ', ' ORDER BY line) AS text FROM (
                SELECT state || ' ' || count(*) FROM relais.job GROUP BY state
                UNION ALL SELECT state || ' ' || count(*) FROM relais.job_finished GROUP BY state
                UNION ALL SELECT 'batches ' || count(*) || ', unconfirmed ' || count(*) FILTER (WHERE confirmed_at IS NULL)
                    FROM relais.dispatch_batch
                UNION ALL SELECT 'processes ' || string_agg(id || ' ' || role, ' ') FROM relais.process
            ) AS lines(line)
            """
        )
        return try rows.first?.decode("text", as: String?.self) ?? "nothing is known"
    }
}

/// Runs a test in a world of its own; whatever it started is ended afterwards.
func withEngineWorld(_ body: (EngineWorld) async throws -> Void) async throws {
    let template = try await TemporaryDatabase.template(named: "engine") { database in
        try await database.withPool { pool in
            _ = try await Migrator(component: JobEngineMigrations.component, migrations: JobEngineMigrations.all)
                .migrate(pool)
            try await Ledger(durable: pool, relaxed: pool).register(TestCatalogue.all)
        }
    }
    try await withTemporaryDatabase(template: template) { database in
        try await withTemporaryVirtualHost { host in
            let world = EngineWorld(database: database, host: host)
            do {
                try await body(world)
                await world.end()
            } catch {
                await world.end()
                throw error
            }
        }
    }
}
