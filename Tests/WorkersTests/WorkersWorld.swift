import Bootstrap
import Foundation
import Logging
import Mail
import Platform
import Postgres
import TestSupport
import Testing

@testable import JobEngine
@testable import workers

/// A platform, the ledger, one worker process, and what it has logged.
struct WorkersWorld: Sendable {
    let database: TemporaryDatabase
    let pool: PostgresPool
    let worker: TestWorker
    let log: EventLog<String>

    var ledger: Ledger { Ledger(durable: pool, relaxed: pool) }

    /// A world without a mail server: a job that sends nevertheless fails.
    static func run(
        fixture: String = PlatformFixture.script,
        environment: [String: String] = [:],
        _ body: (WorkersWorld) async throws -> Void
    ) async throws {
        try await run(port: 9, fixture: fixture, environment, body)
    }

    /// A world with a mail server that follows `rules`.
    static func run(
        rules: [ScriptedSMTPServer.Rule],
        environment: [String: String] = [:],
        _ body: (WorkersWorld, ScriptedSMTPServer) async throws -> Void
    ) async throws {
        try await ScriptedSMTPServer.run(rules: rules) { server in
            try await run(
                port: server.port,
                fixture: PlatformFixture.script,
                environment
            ) { world in
                try await body(world, server)
            }
        }
    }

    private static func run(
        port: Int,
        fixture: String,
        _ environment: [String: String],
        _ body: (WorkersWorld) async throws -> Void
    ) async throws {
        let template = try await TemporaryDatabase.template(named: "workers", prepare: prepare)
        try await withTemporaryDatabase(template: template) { database in
            try await database.withConnection { connection in
                // In the zone of the platform: whatever counts in days would move by an hour at a clock change.
                _ = try await connection.execute(
                    "ALTER DATABASE \(identifier: database.name) SET timezone = 'Europe/Paris'"
                )
                try await connection.run(script: fixture)
            }
            try await database.withPool { pool in
                let log = EventLog<String>()
                try await withWorker(in: pool, port: port, log: log, environment) { worker in
                    try await body(WorkersWorld(database: database, pool: pool, worker: worker, log: log))
                }
            }
        }
    }

    /// Runs `body` with one more worker process, which has these settings and no mail server.
    func withWorker(_ environment: [String: String], _ body: (TestWorker) async throws -> Void) async throws {
        try await Self.withWorker(in: pool, port: 9, log: log, environment, body)
    }

    private static func withWorker(
        in pool: PostgresPool,
        port: Int,
        log: EventLog<String>,
        _ environment: [String: String],
        _ body: (TestWorker) async throws -> Void
    ) async throws {
        let mailer = try mailer(port: port)
        let variables = WorkersEnvironment.complete.merging(environment) { $1 }
        let settings = try SettingsReader.read(variables) { WorkersSettings($0) }
        let sms = try SMSGateway(settings.sms)
        let result: Result<Void, any Error>
        do {
            let worker = try await TestWorker.register(
                in: pool,
                settings: settings,
                mailer: mailer,
                sms: sms,
                log: log
            )
            try await body(worker)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await mailer.close()
        await sms?.close()
        try result.get()
    }

    private static func prepare(_ database: TemporaryDatabase) async throws {
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

    private static func mailer(port: Int) throws -> Mailer {
        let configuration = try SMTPConfiguration(
            url: "smtp://127.0.0.1:\(port)",
            startTLS: .none,
            heloName: "relais.test"
        )
        return Mailer(configuration: configuration, connections: 4, logger: .silent)
    }
}

// MARK: - Jobs
extension WorkersWorld {
    /// Enqueues as the platform does, through `relais.enqueue`.
    func enqueue(_ kind: String, _ arguments: String = "{}") async throws -> JobID {
        try await ledger.enqueue(NewJob(kind: kind, arguments: JSON(arguments)))
    }

    /// Enqueues a job and carries out its first attempt.
    func perform(_ kind: String, _ arguments: String = "{}") async throws -> JobRecord {
        try await worker.attempt(try await enqueue(kind, arguments))
    }

    /// What a crash of the worker's process leaves to the chores.
    func rescue(_ worker: TestWorker) async throws {
        _ = try await pool.query(RescueSQL.giveBack(of: worker.process))
    }

    /// The state of the job's mail in the ledger; nil: no mail was handed over, or the server refused it.
    func mailState(_ id: JobID) async throws -> String? {
        try await pool.query("SELECT state FROM relais.mail WHERE job = \(id.uuid)").first?.decode("state")
    }
}

// MARK: - What the database holds
extension WorkersWorld {
    func run(script: String) async throws {
        try await database.withConnection { try await $0.run(script: script) }
    }

    func integer(_ sql: SQL) async throws -> Int {
        try #require(try await pool.query(sql).first).decode(at: 0)
    }

    func integers(_ sql: SQL) async throws -> [Int] {
        try await pool.query(sql).map { try $0.decode(at: 0) }
    }

    /// Where a personal text stands that must stand nowhere: tables of ours, of which every column is read, and the log.
    /// Capitals make no difference, and bytes are looked through as well.
    func traces(of text: String) async throws -> [String] {
        let hex = text.utf8.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        let tables: [String] = try await pool.query(
            """
            SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
            WHERE schemaname IN ('relais', 'delivery', 'statistics')
            """
        ).map { try $0.decode("name") }
        var found: [String] = []
        for table in tables {
            let rows = try await integer(
                """
                SELECT count(*) FROM \(fragment: SQL(stringLiteral: table)) t
                WHERE strpos(lower(t::text), lower(\(text))) > 0 OR strpos(t::text, \(hex)) > 0
                """
            )
            if rows > 0 { found.append(table) }
        }
        if log.all.contains(where: { $0.lowercased().contains(text.lowercased()) }) { found.append("log") }
        return found
    }

    /// Returns once some session waits for a lock on a table, for which the database has no notification.
    func untilSomebodyWaits(for table: String) async throws {
        try await eventually("a session to wait for \(table)") {
            try await integer(
                """
                SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                WHERE d.datname = current_database() AND l.relation = \(table)::text::regclass AND NOT l.granted
                """
            ) > 0
        }
    }
}
