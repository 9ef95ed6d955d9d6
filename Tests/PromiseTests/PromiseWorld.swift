import Foundation
import Postgres
import TestSupport
import Testing

/// The real programs against servers of a test's own: database, broker and mail server.
final class PromiseWorld: Sendable {
    let servers: PromiseServers
    let mail: ScriptedSMTPServer
    let pool: PostgresPool
    private let environment: [String: String]
    private let started = EventLog<LineProcess>()

    /// Runs `body` in a migrated world with an employer, an offer and `pupils` expired applications, numbered from
    /// 1,001; whatever still runs afterwards is killed.
    static func run(
        pupils: Int,
        own: PromiseServers.Own = .nothing,
        _ body: (PromiseWorld) async throws -> Void
    ) async throws {
        try await run(fixture: pupils > 0 ? PromiseData.pupils(pupils) : nil, own: own, body)
    }

    /// Runs `body` in a migrated world with what the script `fixture` writes; whatever still runs afterwards is killed.
    static func run(
        fixture: String?,
        own: PromiseServers.Own = .nothing,
        _ body: (PromiseWorld) async throws -> Void
    ) async throws {
        try await PromiseServers.run(own: own) { servers in
            try await ScriptedSMTPServer.run { mail in
                let world = PromiseWorld(servers, mail)
                do {
                    try await world.prepare(fixture)
                    try await body(world)
                    await world.end()
                } catch {
                    let standing = await world.standing()
                    await world.end()
                    throw Failure(description: "\(error)\n\(standing)")
                }
            }
        }
    }

    private init(_ servers: PromiseServers, _ mail: ScriptedSMTPServer) {
        self.servers = servers
        self.mail = mail
        pool = servers.database.pool(size: 2)
        environment = [
            "RELAIS_DATABASE_URL": servers.database.conninfo,
            "RELAIS_BROKER_URL": servers.brokerURL,
            "RELAIS_SIGNING_SECRET": String(repeating: "promise-", count: 8),
            "RELAIS_SMTP_URL": "smtp://127.0.0.1:\(mail.port)",
            "RELAIS_SMTP_START_TLS": "none",
            "RELAIS_MAIL_SENDER": "ne-pas-repondre@relais.test",
            "RELAIS_ACTIVATION_URL": "https://platform.test/activation?jeton={token}",
            "RELAIS_RESET_URL": "https://platform.test/mot-de-passe/{token}",
            "RELAIS_PUBLIC_URL": "https://relais.test",
            "RELAIS_HTTP_PORT": "0",
            "RELAIS_WORKERS_PORT": "0",
            "RELAIS_LOG_LEVEL": "info",
        ]
    }

    /// What went wrong, and how things stood then.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private func standing() async -> String {
        let jobs = try? await pool.query(
            """
            SELECT concat_ws(' ', count(*), kind, state, 'failures', sum(failures), 'crashes', sum(crashes),
                'run at', min(run_at)) AS line
            FROM (SELECT kind, state, failures, crashes, run_at FROM relais.job
                UNION ALL SELECT kind, state, failures, crashes, run_at FROM relais.job_finished) j
            GROUP BY kind, state
            """
        ).map { try $0.decode("line", as: String.self) }
        let complaints = programs.flatMap { ["--- a program:"] + $0.complaints("").suffix(12) }
        return ((jobs ?? ["the ledger does not answer"]) + complaints).joined(separator: "\n")
    }

    private func end() async {
        for program in programs { await program.kill() }
        await pool.close()
    }

    // MARK: - Programs

    /// Every program that was started, in this order.
    var programs: [LineProcess] { started.all }

    /// `producer serve` without intake: relay and chores; returns once it is in the register.
    func startProducer(_ changes: [String: String] = [:]) async throws -> LineProcess {
        try await registered(start("producer", ["serve", "--no-intake"], changes), "producer")
    }

    /// `producer serve` with nothing but its chores: it rescues, and dispatches nothing itself.
    func startChores() async throws -> LineProcess {
        try await registered(start("producer", ["serve", "--no-intake", "--no-relay"], [:]), "producer")
    }

    /// `workers run` for some queues, all when none is named; returns once it is in the register.
    func startWorkers(only queues: String? = "notice", _ changes: [String: String] = [:]) async throws -> LineProcess {
        try await registered(start("workers", ["run"] + (queues.map { ["--only", $0] } ?? []), changes), "workers")
    }

    /// `producer serve` with everything; returns once it listens.
    func startIntake(scopes: String = "platform", _ changes: [String: String] = [:]) async throws -> PromiseIntake {
        let token = try await said(by: start("producer", ["tokens", "create", "test", "--scope", scopes], changes))
        let program = try await registered(start("producer", ["serve"], changes), "producer")
        let port = try await Self.port(in: program, of: "Intake listens")
        return PromiseIntake(program: program, port: port, token: token)
    }

    /// The port that a program's log names in a line of its own.
    static func port(in program: LineProcess, of message: String) async throws -> Int {
        let line = try await program.log.first("the line '\(message)'") { $0.contains(message) }
        return try #require(line.firstMatch(of: /"port":"(\d+)"/).flatMap { Int($0.output.1) })
    }

    /// Runs a command of `producer` to its end, as an operator does.
    func command(_ arguments: String...) async throws -> ChildProcess.Result {
        let program = Self.folder.appending(path: "producer").path
        return try await ChildProcess.run(program, arguments, environment: environment)
    }

    private func start(_ name: String, _ arguments: [String], _ changes: [String: String]) throws -> LineProcess {
        let program = try LineProcess(
            Self.folder.appending(path: name).path,
            arguments,
            environment: environment.merging(changes) { $1 }
        )
        started.append(program)
        return program
    }

    private func registered(_ program: LineProcess, _ name: String) async throws -> LineProcess {
        try await eventually("\(name) to register") {
            program.log.all.contains { $0.contains("Process registered") }
        }
        return program
    }

    /// The first line of a program that ends by itself.
    private func said(by program: LineProcess) async throws -> String {
        let line = try await program.lines.first("what the program says") { !$0.isEmpty }
        _ = await program.stop()
        return line
    }

    /// Executables stand beside the tests' own.
    private static var folder: URL {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    }

    // MARK: - Database

    /// Schedules are switched off: the clock on the wall would put a sweep or a refresh of figures into the world of
    /// whoever counts jobs just then, and nobody who starts switches them on again.
    private func prepare(_ fixture: String?) async throws {
        let migration = try start("producer", ["migrate"], [:])
        try await migration.lines.first("the end of the migration") { $0.hasPrefix("registered: ") }
        _ = await migration.stop()
        try await servers.database.withConnection { connection in
            try await connection.run(script: "UPDATE relais.schedule SET enabled = false")
            try await connection.run(script: PromiseData.text("deploy/platform/schema.sql"))
            try await connection.run(script: PromiseData.text("deploy/platform/statistics-triggers.sql"))
            if let fixture { try await connection.run(script: fixture) }
            try await connection.run(script: PromiseData.effects)
        }
    }

    /// One notice for each expired application from number `first` on, as the sweep enqueues them.
    func enqueueNotices(from first: Int = 1001, _ count: Int = 100_000) async throws {
        _ = try await pool.query(
            """
            SELECT relais.enqueue('application.expired-notice', jsonb_build_object('application_id', id))
            FROM platform.application WHERE id >= \(first) AND id < \(first + count)
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

    /// Returns once the server has told of so many kept mails. It tells over a pipe: the ledger may know of the end of
    /// a mail's job before, so whoever counts mails waits for them first.
    func waitForMails(_ count: Int) async throws {
        try await eventually("\(count) mails") { self.mail.count("kept") >= count }
    }

    /// Lets `count` more mails through and holds up those after them, handed over and not yet kept, until the rules
    /// change: however slow this test is, it finds the work in its middle.
    func holdMails(after count: Int) throws {
        try mail.setRules([.init("end", times: count), .init("end", hold: true)])
    }

    /// Returns once mails are held up on each connection of so many programs, and every slot for notices has a job:
    /// nothing moves then, and nobody can claim more.
    func waitUntilHeld(programs: Int = 1) async throws {
        let (connections, slots) = (8 * programs, 16 * programs)
        try await eventually("\(connections) mails to be held up and \(slots) notices to run") {
            guard self.mail.count("holding") >= connections else { return false }
            return try await self.count(
                "SELECT count(*) FROM relais.job WHERE state = 'running' AND kind = 'application.expired-notice'"
            ) == slots
        }
    }

    func waitUntilAllEnded(_ count: Int) async throws {
        try await eventually("\(count) jobs to end") {
            try await self.count("SELECT count(*) FROM relais.job_finished") >= count
        }
    }

    /// Returns once a session of the workers waits for a lock that `holder` holds; producers clean up all the time, and
    /// may wait for it, too.
    func waitUntilHeldUp(by holder: PostgresConnection, _ what: String) async throws {
        try await eventually(what) {
            let waiting = try await holder.query(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE application_name LIKE 'relais/workers/%' AND pg_backend_pid() = ANY (pg_blocking_pids(pid))
                """
            )
            return try #require(waiting.first).decode(at: 0, as: Int.self) > 0
        }
    }

    /// Who was sent a mail that the server kept, each as often as it was.
    var recipients: [String] {
        mail.events.all.filter { $0.event == "kept" }.flatMap { $0.recipients ?? [] }
    }

    // MARK: - Expecting

    /// Each of `count` notices ended once as done, told its pupil once, and was charged with nothing.
    func expectEachNoticeOnce(_ count: Int, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let done = try await self.count(
            "SELECT count(DISTINCT arguments)::int FROM relais.job_finished WHERE state = 'done'"
        )
        #expect(done == count, sourceLocation: sourceLocation)
        #expect(try await self.count("SELECT count(*) FROM relais.job") == 0, sourceLocation: sourceLocation)
        let ends = try await self.count("SELECT count(*) FROM public.effect WHERE what = 'end'")
        #expect(ends == count, "each job ends once", sourceLocation: sourceLocation)
        try await waitForMails(count)
        let recipients = recipients
        #expect(recipients.count == count, sourceLocation: sourceLocation)
        #expect(Set(recipients).count == recipients.count, "nobody is told twice", sourceLocation: sourceLocation)
        let charged = try await self.count("SELECT coalesce(sum(failures + crashes), 0)::int FROM relais.job_finished")
        #expect(charged == 0, "nothing is charged", sourceLocation: sourceLocation)
    }
}
