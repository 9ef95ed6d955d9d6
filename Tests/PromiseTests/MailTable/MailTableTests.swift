import Foundation
import JobEngine
import MailTemplates
import Platform
import Postgres
import TestSupport
import Testing

/// Every mail for every kind of recipient, through the real programs to a mail server, and read by another library.
@Suite struct MailTableTests {
    /// Of these kinds nobody gets a mail by their own job.
    private static let silent: Set = [
        "application.expiry-sweep", "application.reminder-sweep", "placements.import", "statistics.refresh",
    ]

    @Test func everyMailReachesEverybodyWhole() async throws {
        try await PromiseWorld.run(fixture: MailTableData.script) { world in
            let settings = [
                "RELAIS_LOG_LEVEL": "debug",
                "RELAIS_SIGN_UP_URL": "https://platform.test/inscription?type=referent&annee=2021",
                "RELAIS_APPLICATIONS_URL": "https://platform.test/candidatures?etat=en-attente&tri=date",
            ]
            let producer = try await world.startProducer(settings)
            let workers = try await world.startWorkers(only: nil, settings)
            try await workers.log.first("the workers' connection") { $0.contains("Broker connected") }
            var table = MailTable(world)
            try await table.ask(for: MailTableRow.asked)
            try await table.sweep()
            try await table.sendAgain()
            try await table.cancel(MailTableRow.cancelled)

            try await world.waitForMails(table.rows.count)
            let kinds = try await world.pool.query("SELECT name FROM relais.kind").map {
                try $0.decode("name", as: String.self)
            }
            #expect(Set(kinds) == table.kinds.union(Self.silent), "a kind has no line in the table")
            try Self.expectEverySubject(table.mails())

            let logs = try [("producer.log", producer), ("workers.log", workers)].map { name, program in
                try Self.write((program.lines.all + program.log.all).joined(separator: "\n"), name, world)
            }
            let check = try await table.check(logs: logs)
            Attachment.record(check.output, named: "mails.txt")
            #expect(check.status == 0, "\(check.output)\(check.errors)")
            #expect(check.output.contains("all good"))
            try await Self.expectFaultsToBeSeen(table)
        }
    }

    /// Those of the templates: one that no mail of the table has made would be missing.
    private static func expectEverySubject(_ mails: [String]) throws {
        let subjects = try mails.map { mail in
            String(try #require(mail.firstMatch(of: /\r\nSubject: ((?:[^\r]|\r\n )*)/)).output.1)
        }
        #expect(try Set(subjects).count == Set(SampleMails.all().map(\.mail.subject)).count)
    }

    private static func write(_ text: String, _ name: String, _ world: PromiseWorld) throws -> String {
        let file = world.mail.directory.appending(path: name)
        try Data(text.utf8).write(to: file)
        return file.path
    }

    // MARK: - A check that finds nothing proves nothing

    /// Mails spoilt one by one, and the words that the check has for it.
    private static let faults = [
        ("\r\nSubject: ", "\nSubject: ", "bare line end"),
        ("\r\nAuto-Submitted: auto-generated", "", "fields "),
        ("\r\nMIME-Version: 1.0", "\r\nMIME-Version: 1.0\r\nBcc: x@example.test", "fields "),
        ("\r\nMIME-Version: 1.0", "\r\nMIME-Version: 1.0\r\nMIME-Version: 1.0", "a field twice"),
        ("\r\nTo: ", "\r\nTo: é", "a header outside ASCII"),
        ("\r\nTo: ", "\r\nTo: x", " and not to "),
        ("text/plain; charset=utf-8", "text/plain; charset=latin-1", "text/plain in "),
        ("text/plain; charset=utf-8", "text/calendar; charset=utf-8", "structure "),
        ("Bonjour", "Bonjour" + String(repeating: " bon=\r\njour", count: 20), "characters in the text"),
        ("Bonjour", "Bonjour" + String(repeating: "x", count: 1000), "octets"),
        ("<main>", "<main><p>", "ends nothing"),
        ("<main>", "<main><dl><dd> </dd></dl>", "<dd> is empty"),
        ("<body>", "<body><img src=3D\"https://x.example/\">", "loads something"),
        ("lang=3D\"fr\"", "lang=3D\"en\"", "language"),
        ("href=3D\"https://", "href=3D\"http://", "other links"),
        ("Bonjour", "Bonsoir", "words of the text are not in the HTML"),
    ]

    private static func expectFaultsToBeSeen(_ table: MailTable) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "spoilt-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (row, mail) = try table.mailWithAToken()
        func check(_ mail: String, logs: [String] = []) async throws -> ChildProcess.Result {
            try Data(mail.utf8).write(to: folder.appending(path: "mail.eml"))
            return try await MailTable.check([row], in: folder, logs: logs)
        }
        #expect(try await check(mail).status == 0)
        let token = try #require(mail.replacing("=\r\n", with: "").firstMatch(of: /jeton=3D([A-Za-z0-9_-]{43})/)).output
            .1
        let header = ("\r\nSubject: ", "\r\nReply-To: \(token)@relais.test\r\nSubject: ", "a token in the header")
        for (from, to, words) in faults + [header] {
            let place = try #require(mail.range(of: from), "\(from)")
            let spoilt = try await check(mail.replacingCharacters(in: place, with: to))
            #expect(spoilt.status == 1 && spoilt.output.contains(words), "\(words):\n\(spoilt.output)\(spoilt.errors)")
        }
        let log = folder.appending(path: "log")
        try Data("sent \(token)".utf8).write(to: log)
        let told = try await check(mail, logs: [log.path])
        #expect(told.status == 1 && told.output.contains("1 tokens stand there"), "\(told.output)")
        let other = MailTableRow("account.activation", to: MailTablePerson(.student, .plain), job: JobID(UUID()))
        let missing = try await MailTable.check([row, other], in: folder, logs: [])
        #expect(missing.status == 1 && missing.output.contains("no mail"), "\(missing.output)")
    }
}
