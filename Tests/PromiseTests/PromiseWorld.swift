import Foundation
import Postgres
import TestSupport
import Testing

/// The real programs against servers of a test's own: database, virtual host and mail server.
final class PromiseWorld: Sendable {
    let database: TemporaryDatabase
    let mail: ScriptedSMTPServer
    let pool: PostgresPool
    private let environment: [String: String]
    private let programs = EventLog<LineProcess>()

    /// Runs `body` in a migrated world with an employer, an offer and `pupils` expired applications, numbered from
    /// 1,001; whatever still runs afterwards is killed.
    static func run(pupils: Int, _ body: (PromiseWorld) async throws -> Void) async throws {
        try await run(fixture: platform(pupils: pupils), body)
    }

    /// Runs `body` in a migrated world with what the script `fixture` writes; whatever still runs afterwards is killed.
    static func run(fixture: String, _ body: (PromiseWorld) async throws -> Void) async throws {
        try await withTemporaryDatabase { database in
            try await withTemporaryVirtualHost { host in
                try await ScriptedSMTPServer.run { mail in
                    let world = PromiseWorld(database, host, mail)
                    do {
                        try await world.prepare(fixture)
                        try await body(world)
                        await world.end()
                    } catch {
                        await world.end()
                        throw error
                    }
                }
            }
        }
    }

    private init(_ database: TemporaryDatabase, _ host: TemporaryVirtualHost, _ mail: ScriptedSMTPServer) {
        self.database = database
        self.mail = mail
        pool = database.pool(size: 2)
        environment = [
            "RELAIS_DATABASE_URL": database.conninfo,
            "RELAIS_BROKER_URL": host.url,
            "RELAIS_SIGNING_SECRET": String(repeating: "promise-", count: 8),
            "RELAIS_SMTP_URL": "smtp://127.0.0.1:\(mail.port)",
            "RELAIS_SMTP_START_TLS": "none",
            "RELAIS_MAIL_SENDER": "ne-pas-repondre@relais.test",
            "RELAIS_ACTIVATION_URL": "https://platform.test/activation?jeton={token}",
            "RELAIS_RESET_URL": "https://platform.test/mot-de-passe/{token}",
            "RELAIS_PUBLIC_URL": "https://relais.test",
            "RELAIS_WORKERS_PORT": "0",
            "RELAIS_LOG_LEVEL": "info",
        ]
    }

    private func end() async {
        for program in programs.all { await program.kill() }
        await pool.close()
    }

    // MARK: - Programs

    /// `producer serve` without intake: relay and chores; returns once it is in the register.
    func startProducer() async throws -> LineProcess {
        try await started("producer", ["serve", "--no-intake"], names: Self.producerNames)
    }

    /// `workers run` for one queue; returns once it is in the register.
    func startWorkers(only queue: String = "notice") async throws -> LineProcess {
        try await started("workers", ["run", "--only", queue], names: Self.workersNames)
    }

    private static let producerNames = [
        "RELAIS_DATABASE_URL", "RELAIS_BROKER_URL", "RELAIS_SIGNING_SECRET", "RELAIS_LOG_LEVEL",
    ]
    private static let workersNames: [String]? = nil

    private func started(_ name: String, _ arguments: [String], names: [String]?) async throws -> LineProcess {
        let before = try await count("SELECT count(*) FROM relais.process")
        let own = environment.filter { names?.contains($0.key) ?? true }
        let program = try LineProcess(Self.folder.appending(path: name).path, arguments, environment: own)
        programs.append(program)
        try await eventually("\(name) to register", within: .seconds(20)) {
            try await self.count("SELECT count(*) FROM relais.process") > before
        }
        return program
    }

    /// Executables stand beside the tests' own.
    private static var folder: URL {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    }

    // MARK: - Database

    private func prepare(_ fixture: String) async throws {
        let migration = try LineProcess(
            Self.folder.appending(path: "producer").path,
            ["migrate"],
            environment: environment.filter {
                Self.producerNames.contains($0.key)
            }
        )
        try await migration.lines.first("the end of the migration") { $0.hasPrefix("registered: ") }
        _ = await migration.stop()
        try await database.withConnection { connection in
            try await connection.run(script: Self.text("deploy/platform/schema.sql"))
            try await connection.run(script: Self.text("deploy/platform/statistics-triggers.sql"))
            try await connection.run(script: fixture)
        }
    }

    private static func text(_ path: String) throws -> String {
        try String(
            contentsOf: URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../\(path)"),
            encoding: .utf8
        )
    }

    private static func platform(pupils: Int) -> String {
        """
        INSERT INTO platform.department VALUES ('75', 'Paris', 'Paris');
        INSERT INTO platform.sector (id, name) VALUES (1, 'Sport');
        INSERT INTO platform.account (id, kind, email, first_name, last_name, confirmed_at)
            VALUES (1, 'employer', 'accueil@atelier.example', 'Dominique', 'Petit', now());
        INSERT INTO platform.offer (id, title, owner_id, sector_id, is_public, department_code, academy,
            employer_name, first_date, last_date, published_at)
        VALUES (1, 'Stage', 1, 1, false, '75', 'Paris', 'Atelier du Nord', '2021-10-04', '2021-10-08', now());
        INSERT INTO platform.account (id, kind, email, first_name, last_name, confirmed_at)
        SELECT 1000 + n, 'student', 'eleve' || n || '@college.example', 'Camille', 'Martin', now()
        FROM generate_series(1, \(pupils)) n;
        INSERT INTO platform.application (id, offer_id, student_id, state, submitted_at, expired_at)
        SELECT 1000 + n, 1, 1000 + n, 'expired', now() - interval '20 days', now()
        FROM generate_series(1, \(pupils)) n;
        """
    }

    /// One notice for each expired application, as the sweep enqueues them.
    func enqueueNotices() async throws {
        _ = try await pool.query(
            """
            SELECT relais.enqueue('application.expired-notice', jsonb_build_object('application_id', id))
            FROM platform.application
            """
        )
    }

    func count(_ sql: SQL) async throws -> Int {
        try #require(await pool.query(sql).first).decode(at: 0, as: Int.self)
    }

    func numbers(_ sql: SQL) async throws -> [Int] {
        try await pool.query(sql).map { try $0.decode(at: 0) }
    }

    // MARK: - Waiting

    func waitForMails(_ count: Int) async throws {
        try await eventually("\(count) mails", within: .seconds(60)) { self.mail.count("kept") >= count }
    }

    func waitUntilAllEnded(_ count: Int) async throws {
        try await eventually("\(count) jobs to end", within: .seconds(120)) {
            try await self.count("SELECT count(*) FROM relais.job_finished") == count
        }
    }

    /// Returns once another session waits for a lock that `holder` holds.
    func waitUntilHeldUp(by holder: PostgresConnection, _ what: String) async throws {
        try await eventually(what, within: .seconds(60)) {
            let waiting = try await holder.query(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
            )
            return try #require(waiting.first).decode(at: 0, as: Int.self) > 0
        }
    }

    /// Who was sent a mail that the server kept, each as often as it was.
    var recipients: [String] {
        mail.events.all.filter { $0.event == "kept" }.flatMap { $0.recipients ?? [] }
    }
}

struct WaitTimedOut: Error, CustomStringConvertible {
    let description: String
}

/// Looks at a condition that nobody announces, every 20 ms.
func eventually(_ what: String, within limit: Duration, _ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw WaitTimedOut(description: "waited \(limit) for \(what)") }
        try await Task.sleep(for: .milliseconds(20))
    }
}
