import Foundation
import HTTPTypes
import JobEngine
import Postgres
import Testing

@testable import producer

/// What is accepted stands in the ledger as it was asked for, and is shown to those who may see it.
@Suite struct JobTests {
    @Test func anAcceptedJobStandsInTheLedgerWithItsOptions() async throws {
        try await withIntake { world in
            let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
            let answer = try await world.call(
                .post,
                "/v1/jobs/export.offers?run_at=2030-01-01T01:00:00%2B01:00&deadline=2030-01-02T00:00:00Z",
                body: #"{"school_year": 2021, "requested_by": 2}"#,
                headers: [.traceparent: trace]
            )
            #expect(answer.status == 202)
            let rows = try await world.pool.query("SELECT * FROM relais.job")
            let row = try #require(rows.first)
            let id = JobID(try row.decode("id", as: UUID.self))
            #expect(answer.headers[.location] == "/v1/jobs/\(id)")
            #expect(answer.members["id"] == .string(id.description))
            #expect(answer.members["kind"] == .string("export.offers"))
            #expect(answer.members["state"] == .string("pending"))
            #expect(try row.decode("run_at", as: Date.self) == Date(timeIntervalSince1970: 1_893_456_000))
            #expect(try row.decode("deadline", as: Date.self) == Date(timeIntervalSince1970: 1_893_542_400))
            #expect(try row.decode("traceparent") == trace)
            #expect(try row.decode("subject", as: Int64.self) == 2)
            // The référent's own department was put in.
            let arguments = try row.decode("arguments", as: JSON.self).decode([String: JSONValue].self)
            #expect(arguments["department"] == .string("75"))
        }
    }

    @Test(arguments: [
        (2, #", "department": "69""#, "other-department"), (3, "", "not-entitled"), (99, "", "requester-gone"),
    ])
    func anExportOutsideTheAccountsScopeIsRefusedAtTheDoor(
        _ account: Int,
        _ filter: String,
        _ reason: String
    )
        async throws
    {
        try await withIntake { world in
            let body = #"{"school_year": 2021, "requested_by": \#(account)\#(filter)}"#
            let answer = try await world.call(.post, "/v1/jobs/export.offers", body: body)
            #expect(answer.status == 403 && answer.slug == "outside-scope")
            #expect(answer.members["reason"] == .string(reason))
            #expect(try await world.count("relais.job") == 0)
        }
    }

    @Test func neitherAnswerNorRowNorLogTellsWhetherAnAccountExists() async throws {
        try await withIntake { world in
            for path in ["/v1/jobs/account.activation", "/v1/jobs/account.password-reset"] {
                var answers: [Answer] = []
                for identifier in ["admin@example.test", "nobody@example.test"] {
                    let body = #"{"identifier": "\#(identifier)"}"#
                    answers.append(
                        try await world.call(
                            .post,
                            path,
                            body: body,
                            headers: [.idempotencyKey: identifier.prefix(5) + path]
                        )
                    )
                }
                #expect(answers.map(\.status) == [202, 202])
                #expect(answers[0].text.count == answers[1].text.count)
                #expect(answers[0].headers.map(\.name) == answers[1].headers.map(\.name))
            }
            let rows = try await world.pool.query(
                "SELECT j::text || coalesce(i.body, '') AS text FROM relais.job j CROSS JOIN relais.idempotency i"
            )
            for row in rows { #expect(try !row.decode("text", as: String.self).contains("example.test")) }
            #expect(try await world.count("relais.job") == 4)
            #expect(world.log.lines.contains { $0.contains("Request answered") })
            #expect(!world.log.lines.contains { $0.contains("example.test") })
        }
    }

    @Test func onlyOperationsSeeArgumentsAndTheWordsOfFailures() async throws {
        try await withIntake { world in
            _ = try await world.call(.post, "/v1/jobs/account.activation", body: #"{"account_id": 1}"#)
            let rows = try await world.pool.query("SELECT id FROM relais.job")
            let id = JobID(try #require(rows.first).decode("id", as: UUID.self))
            try await world.pool.execute("UPDATE relais.job SET failures = 1, attempt = 1 WHERE id = \(id.uuid)")
            try await world.pool.execute(
                """
                INSERT INTO relais.failure (job, attempt, ending, error_class, message)
                VALUES (\(id.uuid), 1, 'failure', 'smtp/4', 'the words')
                """
            )
            let viewer = try await world.makeToken("viewer", [.viewer])
            let whole = try await world.call(.get, "/v1/jobs/\(id)", as: .holder(viewer))
            let part = try await world.call(.get, "/v1/jobs/\(id)")
            #expect(whole.status == 200 && part.status == 200)
            #expect(whole.members["arguments"] == .object(["account_id": .integer(1)]))
            #expect(whole.text.contains("the words"))
            #expect(part.members["state"] == .string("pending"))
            #expect(part.members["failures"] == .integer(1))
            #expect(part.members["arguments"] == nil && part.members["subject"] == nil)
            #expect(!part.text.contains("the words"))
        }
    }

    @Test(arguments: [
        ("0190b6a2-1c5e-7d3a-9f60-2b1c4d5e6f70", 404, "unknown-job"), ("account.activation", 400, "malformed-id"),
    ])
    func anIdThatIsUnknownOrNoIdIsAnsweredInWords(_ id: String, _ status: Int, _ slug: String) async throws {
        try await withIntake { world in
            let answer = try await world.call(.get, "/v1/jobs/\(id)")
            #expect(answer.status == status && answer.slug == slug)
        }
    }
}
