import Foundation
import Logging
import Mail
import Platform
import Postgres
import TestSupport
import Testing

@testable import JobEngine
@testable import workers

/// A platform with a few awkward offers, a mail server, and a directory that must be empty at the end.
struct ExportsWorld: Sendable {
    let database: TemporaryDatabase
    let pool: PostgresPool
    let server: ScriptedSMTPServer
    let mailer: Mailer
    let directory: URL

    static let secret = try? SigningSecret(repeatElement(7, count: 32))

    static func run(
        rules: [ScriptedSMTPServer.Rule] = [],
        size: String? = nil,
        _ body: (ExportsWorld) async throws -> Void
    ) async throws {
        let template = try await TemporaryDatabase.template(named: "exports", prepare: prepare)
        try await ScriptedSMTPServer.run(rules: rules, size: size) { server in
            try await withTemporaryDatabase(template: template) { database in
                try await database.withPool { pool in
                    let directory = FileManager.default.temporaryDirectory.appending(path: "exports-\(UUID())")
                    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
                    defer { try? FileManager.default.removeItem(at: directory) }
                    let mailer = Mailer(configuration: try smtp(server), connections: 1, logger: .silent)
                    let world = ExportsWorld(
                        database: database,
                        pool: pool,
                        server: server,
                        mailer: mailer,
                        directory: directory
                    )
                    let result: Result<Void, any Error>
                    do { result = .success(try await body(world)) } catch { result = .failure(error) }
                    await mailer.close()
                    try result.get()
                    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == [])
                }
            }
        }
    }

    private static func smtp(_ server: ScriptedSMTPServer) throws -> SMTPConfiguration {
        try SMTPConfiguration(url: "smtp://127.0.0.1:\(server.port)", startTLS: .none, heloName: "relais.test")
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
            try await connection.run(script: ExportsFixture.script)
        }
    }

    func run(script: String) async throws {
        try await database.withConnection { try await $0.run(script: script) }
    }

    // MARK: - Jobs

    func enqueue(_ arguments: some JobArguments) async throws -> JobID {
        try await Ledger(durable: pool, relaxed: pool).enqueue(NewJob(arguments))
    }

    /// Carries out one attempt of a job, the next one if it had some before, as a worker would.
    func attempt<Export: ComparedExport>(
        _ id: JobID,
        _ arguments: Export,
        attachmentLimit: Int = ExportDelivery.usualAttachmentLimit,
        rowLimit: Int? = nil
    ) async throws -> JobOutcome {
        let handler = ExportHandler(
            Export.Sheet.self,
            delivery: try delivery(attachmentLimit: attachmentLimit),
            directory: directory,
            rowLimit: rowLimit
        )
        return try await handler.perform(arguments, in: try await claim(id, as: Export.self))
    }

    func delivery(attachmentLimit: Int = ExportDelivery.usualAttachmentLimit) throws -> ExportDelivery {
        ExportDelivery(
            mailer: try jobMailer(),
            links: ExportLinks(publicURL: "https://relais.test/fichiers", secret: try #require(Self.secret)),
            attachmentLimit: attachmentLimit
        )
    }

    func jobMailer() throws -> JobMailer {
        let envelope = MailEnvelope(
            sender: try MailAddress(address: "relais@platform.test"),
            replyTo: nil,
            domain: "platform.test"
        )
        return JobMailer(mailer: mailer, envelope: envelope)
    }

    func claim(_ id: JobID, as kind: any JobArguments.Type = OffersExport.self) async throws -> JobContext {
        let ledger = Ledger(durable: pool, relaxed: pool)
        let process: Int64 = try await #require(
            pool.query(
                """
                INSERT INTO relais.process (role, host, os_pid, application_name)
                VALUES ('workers', 'test', 1, 'relais-tests') RETURNING id
                """
            ).first
        ).decode("id")
        _ = try await pool.execute(
            """
            UPDATE relais.job SET state = 'dispatched', batch = 1, claim = NULL, process = NULL WHERE id = \(id.uuid)
            """
        )
        let definition = kind.definition
        let message = JobMessage(id: id, kind: definition.name, batch: 1)
        let job = try await #require(
            ledger.claim([message], under: [UUID()], queue: definition.queue, process: process).first
        )
        return JobContext(job: job, ledger: ledger, logger: .silent)
    }

    // MARK: - What came of it

    /// The file as it is kept, put together from its chunks.
    func keptFile(_ id: JobID) async throws -> [UInt8] {
        let rows = try await pool.query(
            "SELECT content FROM delivery.file_chunk WHERE file = \(id.uuid) ORDER BY number"
        )
        return try rows.flatMap { try $0.decode("content", as: Bytes.self).array }
    }

    /// The `number`th mail that the server took, as it was received.
    func mail(_ number: Int = 1) async throws -> String {
        String(decoding: try Data(contentsOf: try await server.mail(number)), as: UTF8.self)
    }

    func keptText(_ id: JobID) async throws -> String {
        String(decoding: try await keptFile(id), as: UTF8.self)
    }

    /// Makes an export, compares it with the rows, and returns its job.
    func exported(_ arguments: some ComparedExport) async throws -> JobID {
        let id = try await enqueue(arguments)
        guard case .committed = try await attempt(id, arguments) else {
            Issue.record("expected the export to be committed")
            return id
        }
        #expect(try await difference(id, arguments) == nil)
        return id
    }

    /// What differs between the kept file and the rows, as a program that shares no code with the export sees it.
    func difference(_ id: JobID, _ arguments: some ComparedExport) async throws -> String? {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).\(arguments.format.rawValue)")
        try Data(try await keptFile(id)).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let kind = type(of: arguments).definition.name.split(separator: ".").last.map(String.init) ?? ""
        return try await ExportsComparison.run(
            [kind, file.path, "--database", database.conninfo] + arguments.comparison
        )
    }

    func integer(_ sql: SQL) async throws -> Int {
        try #require(try await pool.query(sql).first).decode(at: 0)
    }

    /// Runs `body` once an export has to wait for `held`, which has locked a relation, and then lets it go on.
    func whileReading(
        _ relation: String = "platform.school",
        from held: PostgresConnection,
        _ body: () async throws -> Void
    ) async throws {
        try await eventually("the export to wait for \(relation)") {
            try await integer(
                """
                SELECT count(*) FROM pg_locks l
                WHERE NOT l.granted AND l.relation = \(relation)::regclass
                    -- Copies of one template have the same oids.
                    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                """
            ) > 0
        }
        try await body()
        try await held.run(script: "COMMIT")
    }
}

extension String {
    /// The link to the file in the text part, whose encoding folds and escapes it.
    var link: URL? {
        let plain = replacingOccurrences(of: "=\r\n", with: "").replacingOccurrences(of: "=3D", with: "=")
        guard let start = plain.range(of: "https://relais.test/") else { return nil }
        return URL(string: String(plain[start.lowerBound...].prefix { !$0.isWhitespace }))
    }
}

extension URL {
    /// What the producer would say to this link, if it leads to the file of `id`.
    func verdict(for id: JobID, at now: Date = .now) throws -> SignedLink.Verdict {
        try #require(path.hasSuffix("/v1/exports/\(id)/file"))
        let query = try #require(URLComponents(url: self, resolvingAgainstBaseURL: false)?.queryItems)
        let values = Dictionary(uniqueKeysWithValues: query.map { ($0.name, $0.value ?? "") })
        return SignedLink(secret: try #require(ExportsWorld.secret)).verdict(
            file: id.uuid,
            expires: values["expires"] ?? "",
            signature: values["signature"] ?? "",
            now: now
        )
    }
}
