import Foundation
import JobEngine
import Platform
import Postgres
import TestSupport
import Testing

/// The lines of the table so far, each with the job that sends its mail.
struct MailTable {
    private(set) var rows: [MailTableRow] = []
    private let world: PromiseWorld
    private let ledger: Ledger

    init(_ world: PromiseWorld) {
        self.world = world
        ledger = Ledger(durable: world.pool, relaxed: world.pool)
    }

    /// The kinds of the jobs that send.
    var kinds: Set<String> { Set(rows.map(\.kind)) }

    /// Asks for the job of each row, and returns once all jobs have ended.
    mutating func ask(for asked: [MailTableRow]) async throws {
        for var row in asked {
            row.job = try await ledger.enqueue(NewJob(kind: row.kind, arguments: JSON(row.arguments))).description
            rows.append(row)
        }
        try await allHaveEnded()
    }

    /// What is due expires, of which the pupils hear, and then the owners are reminded: some of what waits, all of what has
    /// just expired.
    mutating func sweep() async throws {
        try await run("application.expiry-sweep")
        try await add(made: "application.expired-notice")
        try await world.pool.execute(
            """
            UPDATE platform.application SET state = 'canceled_by_student', canceled_at = now()
            WHERE id = ANY (\(Self.answered))
            """
        )
        try await run("application.reminder-sweep")
        try await add(made: "application.reminder")
    }

    /// The owners of these hear of what has expired only.
    private static let answered = MailTablePerson.owners.filter { $0.sort == .bare }.map {
        Int64(MailTableData.waiting($0))
    }

    /// Each file of offers once more.
    mutating func sendAgain() async throws {
        let files = rows.filter { $0.mail == "export.offers" }
        let people = Dictionary(uniqueKeysWithValues: MailTablePerson.all.map { ($0.name, $0) })
        try await ask(
            for: try files.map { row in
                let person = try #require(people[row.recipient])
                return MailTableRow("export.resend", #"{"file_id": "\#(row.job ?? "")"}"#, to: person)
            }
        )
    }

    /// Whoever asked for these exports hears that they will not come.
    mutating func cancel(_ exports: [MailTableRow]) async throws {
        for export in exports {
            let job = NewJob(kind: export.kind, arguments: JSON(export.arguments), runAt: .distantFuture)
            let id = try await ledger.enqueue(job)
            #expect(try await ledger.cancel(id, reason: "test") == .cancelled)
        }
        try await allHaveEnded()
        try await add(made: "export.not-prepared-notice")
    }

    private func run(_ kind: String) async throws {
        _ = try await ledger.enqueue(NewJob(kind: kind, arguments: JSON("{}")))
        try await allHaveEnded()
    }

    /// Rows for the jobs of a kind that other jobs have made.
    private mutating func add(made kind: String) async throws {
        let people = Dictionary(uniqueKeysWithValues: MailTablePerson.all.map { ($0.id, $0) })
        let jobs = try await world.pool.query("SELECT id, subject FROM relais.job_finished WHERE kind = \(kind)")
        #expect(!jobs.isEmpty, "no \(kind) was made")
        for job in jobs {
            let person = try #require(people[try job.decode("subject")])
            rows.append(MailTableRow(kind, to: person, job: JobID(try job.decode("id", as: UUID.self))))
        }
    }

    private func allHaveEnded() async throws {
        try await eventually("all jobs to end") { try await world.count("SELECT count(*) FROM relais.job") == 0 }
        let failures = try await world.pool.query("SELECT message FROM relais.failure").map {
            try $0.decode("message", as: String.self)
        }
        #expect(failures == [])
    }

    // MARK: - Reading

    /// `deploy/check-mails` on all that the server kept, with what is expected.
    func check(logs: [String]) async throws -> ChildProcess.Result {
        try await Self.check(rows, in: world.mail.directory.appending(path: "mail"), logs: logs)
    }

    static func check(_ rows: [MailTableRow], in folder: URL, logs: [String]) async throws -> ChildProcess.Result {
        let expected = folder.appending(path: "expected.json")
        try JSONEncoder().encode(rows).write(to: expected)
        return try await ChildProcess.run(
            PromiseData.repository.appending(path: "deploy/check-mails").path,
            ["--expected", expected.path] + logs.flatMap { ["--log", $0] } + [folder.path]
        )
    }

    /// A mail that brings a token, and its row.
    func mailWithAToken() throws -> (row: MailTableRow, text: String) {
        let row = try #require(rows.first { $0.kind == "account.activation" })
        let mail = try mails().first { $0.contains("<\(row.job ?? "")@") }
        return (row, try #require(mail))
    }

    /// What the server kept, as it came.
    func mails() throws -> [String] {
        let folder = world.mail.directory.appending(path: "mail")
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".eml") }.map {
            try String(decoding: Data(contentsOf: folder.appending(path: $0)), as: UTF8.self)
        }
    }
}
