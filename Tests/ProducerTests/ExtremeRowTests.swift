import Foundation
import HTTPTypes
import JobEngine
import Postgres
import TestSupport
import Testing

@testable import producer

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// Whatever the ledger's rows hold, however it came there, is shown, and by a program that goes on.
@Suite struct ExtremeRowTests {
    private static let least = "4714-11-24 00:00:00+00 BC"
    private static let greatest = "294276-12-31 23:59:59.5+00"

    /// A job written past the doors, and what is to be read of it.
    private struct Row {
        let id: String
        var shown: [String: JSONValue] = [:]
        /// Columns of the table, as SQL.
        var columns: [String: String]
    }

    private static let usual = [
        "kind": "'statistics.refresh'", "queue": "'statistics'", "arguments": "'{}'", "attempt": "1", "failures": "1",
        "crashes": "1", "snoozes": "1", "run_at": "clock_timestamp()", "created_at": "clock_timestamp()",
    ]

    private static func all(_ names: [String], _ value: String) -> [String: String] {
        Dictionary(uniqueKeysWithValues: names.map { ($0, "'\(value)'") })
    }

    private static let counters = ["attempt", "failures", "crashes", "snoozes"]
    private static let instants = ["created_at", "dispatched_at", "first_claimed_at", "claimed_at"]
    private static let deep = "(repeat('[', 3000) || repeat(']', 3000))::jsonb"

    private static let unfinished = [
        Row(
            id: "00000000-0000-0000-0000-000000000000",
            shown: [
                "run_at": .string("-004713-11-24T00:00:00.000000Z"),
                "deadline": .string("-004713-11-24T00:00:00.000000Z"),
                "created_at": .string("-004713-11-24T00:00:00.000000Z"), "subject": .integer(.min),
                "attempt": .integer(-2_147_483_648), "arguments": .null, "kind": .string(""),
            ],
            columns: all(["run_at", "deadline"] + instants, least)
                .merging(all(counters, "-2147483648")) { $1 }
                .merging([
                    "kind": "''", "arguments": "'null'", "subject": "'-9223372036854775808'", "traceparent": "''",
                ]) {
                    $1
                }
        ),
        Row(
            id: "ffffffff-ffff-ffff-ffff-ffffffffffff",
            shown: [
                "run_at": .string("+294276-12-31T23:59:59.500000Z"),
                "deadline": .string("+294276-12-31T23:59:59.500000Z"),
                "claimed_at": .string("+294276-12-31T23:59:59.500000Z"), "subject": .integer(.max),
                "snoozes": .integer(2_147_483_647), "kind": .string(String(repeating: "é", count: 100_000)),
            ],
            columns: all(["run_at", "deadline"] + instants, greatest)
                .merging(all(counters, "2147483647")) { $1 }
                .merging([
                    "kind": "repeat('é', 100000)", "arguments": "to_jsonb(repeat('x', 1000000))",
                    "subject": "'9223372036854775807'", "traceparent": "repeat('x', 1000000)",
                ]) { $1 }
        ),
        Row(
            id: "0190b6a2-1c5e-7d3a-9f60-000000000001",
            shown: ["created_at": .string("-infinity"), "claimed_at": .string("-infinity")],
            columns: all(instants, "-infinity").merging([
                "state": "'dispatched'", "batch": "'9223372036854775807'", "arguments": deep,
                "run_at": "'1969-12-31 23:59:59.25+00'",
            ]) { $1 }
        ),
        Row(
            id: "0190b6a2-1c5e-7d3a-9f60-000000000002",
            shown: [
                "created_at": .string("infinity"), "run_at": .string("0001-01-01T00:00:00.000000Z"),
                "progress": .object(["done": .integer(.max), "total": .integer(0)]),
            ],
            columns: all(instants, "infinity").merging([
                "state": "'running'", "process": "'-9223372036854775808'",
                "claim": "'ffffffff-ffff-ffff-ffff-ffffffffffff'", "run_at": "'0001-01-01 00:00:00+00'",
                "arguments": "('{\"number\": 1' || repeat('0', 1000) || '}')::jsonb",
            ]) { $1 }
        ),
        // The case that ended the program.
        Row(
            id: "0190b6a2-1c5e-7d3a-9f60-000000000003",
            shown: ["arguments": .object(["school_year": .integer(2019)])],
            columns: ["run_at": "'294276-12-31'", "arguments": #"'{"school_year": 2019}'"#]
        ),
    ]

    private static let finished = [
        Row(
            id: "0190b6a2-1c5e-7d3a-9f60-000000000011",
            shown: [
                "finished_at": .string("-infinity"), "run_at": .string("-infinity"), "deadline": .string("-infinity"),
                "reason": .string(""), "state": .string("dead"), "mail": .string("unknown"),
            ],
            columns: all(["run_at", "deadline", "finished_at"] + instants, "-infinity")
                .merging(all(counters, "-2147483648")) { $1 }
                .merging(["state": "'dead'", "reason": "''", "result": "'null'", "process": "'-9223372036854775808'"]) {
                    $1
                }
        ),
        Row(
            id: "0190b6a2-1c5e-7d3a-9f60-000000000012",
            shown: ["finished_at": .string("infinity"), "run_at": .string("infinity"), "state": .string("done")],
            columns: all(["run_at", "deadline", "finished_at"] + instants, "infinity")
                .merging(all(counters, "2147483647")) { $1 }
                .merging(["state": "'done'", "reason": "repeat('é', 1000000)", "result": deep]) { $1 }
        ),
        Row(
            id: "0190b6a2-1c5e-7d3a-9f60-000000000013",
            shown: ["finished_at": .string("-004713-11-24T00:00:00.000000Z")],
            columns: all(["run_at", "deadline", "finished_at"] + instants, least)
                .merging(["state": "'cancelled'", "subject": "'-9223372036854775808'"]) { $1 }
        ),
        Row(
            id: "0190b6a2-1c5e-7d3a-9f60-000000000014",
            shown: ["finished_at": .string("+294276-12-31T23:59:59.500000Z")],
            columns: all(["run_at", "deadline", "finished_at"] + instants, greatest)
                .merging(["state": "'obsolete'", "subject": "'9223372036854775807'"]) { $1 }
        ),
    ]

    private static let beside = """
        INSERT INTO relais.failure (job, attempt, ending, process, claimed_at, ended_at, error_class, message)
        SELECT id, n.attempt, 'crash', n.process, n.at, n.at, repeat('c', n.length), repeat('é', n.length)
        FROM relais.job_finished, (VALUES (-2147483648, -9223372036854775808, '-infinity'::timestamptz, 0),
            (2147483647, 9223372036854775807, 'infinity', 100000), (0, NULL, '\(least)', 1), (1, 0, '\(greatest)', 1))
            AS n(attempt, process, at, length);
        INSERT INTO relais.progress (job, claim, done, total, updated_at)
        SELECT id, claim, 9223372036854775807, 0, 'infinity' FROM relais.job WHERE state = 'running';
        INSERT INTO relais.mail (job, claim, message_id, state, handovers, handed_over_at)
        SELECT id, gen_random_uuid(), '', 'unknown', 2147483647, 'infinity' FROM relais.job_finished
        WHERE state = 'dead';
        UPDATE relais.schedule SET next_tick = 'infinity', last_tick = '-infinity', last_fired_at = '\(least)';
        UPDATE relais.queue SET paused_at = '-infinity' WHERE name = 'statistics';
        INSERT INTO relais.audit (at, actor, action, target, reason) VALUES ('infinity', 'a', 'b', 'c', 'd');
        """

    private static func insertion(_ row: Row, into table: String) -> String {
        let columns = usual.merging(row.columns) { $1 }.merging(["id": "'\(row.id)'"]) { $1 }.sorted { $0.key < $1.key }
        return "INSERT INTO relais.\(table) (\(columns.map(\.key).joined(separator: ", "))) "
            + "VALUES (\(columns.map(\.value).joined(separator: ", ")));\n"
    }

    /// Intake alone, without the chores that would tidy up what they take for left behind.
    @Test func everyColumnAtItsEndsIsShown() async throws {
        try await withIntake(live: true) { world in
            try await Self.write(to: world.database)
            let bearer = IntakeWorld.Bearer.holder(try await world.makeToken("screen", [.operator]))
            for row in Self.unfinished + Self.finished {
                let job = try await world.call(.get, "/v1/jobs/\(row.id)", as: bearer)
                #expect(job.status == 200, "\(row.id)")
                for (member, value) in row.shown { #expect(job.members[member] == value, "\(row.id): \(member)") }
                let explained = try await world.call(.get, "/v1/jobs/\(row.id)/explanation", as: bearer)
                #expect(explained.status == 200, "\(row.id)")
            }
            for path in ["queues", "queues/statistics", "schedules", "audit", "workers"] {
                #expect(try await world.call(.get, "/v1/\(path)", as: bearer).status == 200, "\(path)")
            }
            let listed = try await world.call(.get, "/v1/jobs?limit=1000", as: bearer)
            guard listed.status == 200, case .array(let jobs)? = listed.members["jobs"] else {
                throw Unexpected(what: "\(listed.status) for a list")
            }
            #expect(jobs.count == Self.unfinished.count + Self.finished.count)
            let refused = try await world.call(
                .post,
                "/v1/jobs/statistics.refresh?run_at=0001-01-01T00:00:00Z",
                body: #"{"school_year": 2019}"#
            )
            #expect(refused.status == 422)
            #expect(refused.errors.first?.contains("an RFC 3339 instant from 2000 to 9999 such as") == true)
        }
    }

    @Test func theCommandLineShowsThemAndAProgramServesAmongThem() async throws {
        try await withTemporaryDatabase { database in
            let environment = [
                "RELAIS_DATABASE_URL": database.conninfo,
                "RELAIS_BROKER_URL": "amqp://relais:relais@127.0.0.1:9/relais",
                "RELAIS_SIGNING_SECRET": String(repeating: "s", count: 64), "RELAIS_HTTP_PORT": "0",
            ]
            func run(_ arguments: [String]) async throws -> String {
                let result = try await Program.run(arguments, environment: environment)
                #expect(result.status == 0, "\(arguments): \(result.errors.prefix(500))")
                return result.output
            }
            _ = try await run(["migrate"])
            let token = try await run(["tokens", "create", "platform", "--scope", "platform"])
                .trimmingCharacters(in: .newlines)
            try await Self.write(to: database)
            for row in Self.unfinished + Self.finished {
                let shown = try await run(["jobs", "show", row.id])
                for case (let member, .string(let text)) in row.shown where text.utf8.count < 1000 {
                    #expect(shown.contains("\(member): \"\(text)\"\n"), "\(row.id): \(member)")
                }
                _ = try await run(["jobs", "explain", row.id])
            }
            for list in ["jobs list", "jobs dead", "queues", "schedules", "audit list", "replays list"] {
                let list = list.split(separator: " ").map(String.init)
                _ = try await run(list)
                _ = try await run(list + ["--json"])
            }

            let program = try RunningProgram(["serve"], environment: environment)
            let base = "http://127.0.0.1:\(try await program.port())"
            for row in Self.unfinished {
                var request = URLRequest(
                    url: try #require(URL(string: base + "/v1/jobs/\(row.id)")),
                    timeoutInterval: 60
                )
                request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
                let answer = try await URLSession.shared.data(for: request).1 as? HTTPURLResponse
                #expect(answer?.statusCode == 200, "\(row.id)")
            }
            #expect(await program.stop() == 0)
        }
    }

    private static func write(to database: TemporaryDatabase) async throws {
        let script =
            unfinished.map { insertion($0, into: "job") }.joined()
            + finished.map { insertion($0, into: "job_finished") }.joined() + beside
        try await database.withConnection { try await $0.run(script: script) }
    }
}
