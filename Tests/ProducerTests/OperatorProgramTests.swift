import Foundation
import JobEngine
import Postgres
import TestSupport
import Testing

@testable import producer

/// The operators' commands, as they are typed.
@Suite struct OperatorProgramTests {
    @Test func anOperatorPausesExplainsAndReadsTheAudit() async throws {
        try await withTemporaryDatabase { database in
            let environment = ["RELAIS_DATABASE_URL": database.conninfo]
            func run(_ arguments: String...) async throws -> ChildProcess.Result {
                try await Program.run(arguments, environment: environment)
            }
            #expect(try await run("migrate").status == 0)
            let silent = try await run("queues", "pause", "notice")
            #expect(silent.status == 64 && silent.errors.contains("--reason"))
            let paused = try await run("queues", "pause", "notice", "--reason", "quota used up")
            #expect(paused.status == 0 && paused.output == "notice: paused\n")
            let set = try await run("queues", "set", "notice", "--rate", "100/minute", "--limit", "4", "--reason", "x")
            #expect(set.output == "notice: paused, at most 4 at once, 100/minute\n")
            let wrong = try await run("queues", "pause", "notices", "--reason", "x")
            #expect(wrong.status == 64 && wrong.errors.contains("expected one of the queues activation, "))
            let queues = try await run("queues", "--json")
            #expect(queues.output.contains(#""name":"notice""#) && queues.output.contains(#""paused":true"#))

            let id = try await Self.enqueue("application.expired-notice", in: database)
            let explained = try await run("jobs", "explain", id)
            #expect(explained.status == 0)
            #expect(explained.output.contains("Queue notice has been paused since"))
            #expect(explained.output.contains("producer queues resume notice"))
            #expect(try await run("jobs", "list", "--state", "pending").output.contains(id))
            #expect(try await run("jobs", "show", id).output.contains(#"state: "pending""#))
            let cancelled = try await run("jobs", "cancel", id, "--reason", "not needed")
            #expect(cancelled.status == 0 && cancelled.output == "\(id): cancelled\n")
            let refused = try await run("jobs", "retry", id, "--reason", "x")
            #expect(refused.status == 64 && refused.errors.contains("it is cancelled"))

            let preview = try await run("jobs", "replay", "--preview")
            #expect(preview.status == 0 && preview.output == "none\n")
            let nothing = try await run("jobs", "replay", "--reason", "x")
            #expect(nothing.status == 64 && nothing.errors.contains("no dead job matches"))
            #expect(try await run("workers", "list").output == "none\n")
            #expect(try await run("workers", "stop", "1", "--reason", "x").status == 64)
            #expect(try await run("replays", "list", "--json").output == "[]\n")

            let audit = try await run("audit", "list", "--json")
            let rows = try JSONDecoder().decode([JSONValue].self, from: Data(audit.output.utf8))
            let actions = rows.compactMap { row -> JSONValue? in
                guard case .object(let members) = row else { return nil }
                return members["action"]
            }
            #expect(actions == [.string("job.cancel"), .string("queue.change"), .string("queue.pause")])
            #expect(audit.output.contains(#""actor":"cli:"#))
        }
    }

    @Test func anOperatorSendsAFileAgainAndTheAuditSaysSo() async throws {
        try await withTemporaryDatabase { database in
            let environment = ["RELAIS_DATABASE_URL": database.conninfo]
            func run(_ arguments: String...) async throws -> ChildProcess.Result {
                try await Program.run(arguments, environment: environment)
            }
            #expect(try await run("migrate").status == 0)
            let id = "0190b6a2-1c5e-7d3a-9f60-2b1c4d5e6f70"
            let unknown = try await run("exports", "resend", id, "--reason", "mailbox was full")
            #expect(unknown.status == 64 && unknown.errors.contains("no export has left a file"))
            try await database.withConnection { connection in
                try await connection.run(
                    script: """
                        INSERT INTO delivery.file (id, account_id, filename, content_type, size, rows, mailed_at,
                            expires_at, kind, arguments)
                        VALUES ('\(id)', 2, 'offres.csv', 'text/csv', 0, 0, now(), now() + interval '168 hours',
                            'export.offer-statistics', '{}')
                        """
                )
            }
            let sent = try await run("exports", "resend", id, "--reason", "mailbox was full")
            #expect(sent.status == 0 && sent.output.hasPrefix("\(id): will be sent again by job "))
            #expect(try await run("jobs", "list", "--state", "pending").output.contains("export.resend"))
            let audit = try await run("audit", "list", "--target", "job:\(id)")
            #expect(audit.output.contains("export.resend") && audit.output.contains("mailbox was full"))
        }
    }

    private static func enqueue(_ kind: String, in database: TemporaryDatabase) async throws -> String {
        try await database.withConnection { connection in
            let rows = try await connection.query(
                "SELECT relais.enqueue(\(kind), '{\"application_id\": 1}')::text AS id"
            )
            return try #require(rows.first).decode("id")
        }
    }
}
