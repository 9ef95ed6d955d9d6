import HTTPTypes
import JobEngine
import Postgres
import TestSupport
import Testing

@testable import producer

/// The operators' way past the guard of the expiry sweep.
@Suite struct ExpiryRunTests {
    private static let path = "/v1/expiry/run"

    private func withOperator(
        _ body: @Sendable (IntakeWorld, IntakeWorld.Bearer) async throws -> Void
    ) async throws {
        try await withIntake { world in
            try await body(world, .holder(try await world.makeToken("night-shift", [.operator])))
        }
    }

    @Test(arguments: [
        (#"{"force": true, "reason": "restored from a backup"}"#, #"{"force": true, "dry_run": false}"#),
        (#"{"dry_run": true, "reason": "restored from a backup"}"#, #"{"force": false, "dry_run": true}"#),
        (
            #"{"force": true, "limit": 500, "reason": "restored from a backup"}"#,
            #"{"force": true, "limit": 500, "dry_run": false}"#
        ),
        (#"{"reason": "restored from a backup", "limit": null}"#, #"{"force": false, "dry_run": false}"#),
    ])
    func aSweepIsEnqueuedAsWantedAndTheAuditSaysWhy(_ body: String, _ arguments: String) async throws {
        try await withOperator { world, bearer in
            let answer = try await world.call(.post, Self.path, body: body, as: bearer)
            #expect(answer.status == 202 && answer.members["was_waiting_already"] == .boolean(false), "\(answer.text)")
            let rows = try await world.pool.query(
                """
                SELECT j.arguments = \(arguments)::jsonb AS is_wanted, a.actor, a.action, a.reason,
                    a.detail @> \(arguments)::jsonb AS is_told
                FROM relais.job j JOIN relais.audit a ON a.target = 'job:' || j.id
                WHERE j.kind = 'application.expiry-sweep' AND j.state IN ('pending', 'dispatched')
                """
            )
            let row = try #require(rows.first)
            #expect(try row.decode("is_wanted") && row.decode("is_told"))
            #expect(try row.decode("actor", as: String.self) == "night-shift")
            #expect(try row.decode("action", as: String.self) == "expiry.run")
            #expect(try row.decode("reason", as: String.self) == "restored from a backup")
        }
    }

    @Test func theSameSweepIsTheSameJobAndBothActsAreInTheAudit() async throws {
        try await withOperator { world, bearer in
            let body = #"{"force": true, "reason": "x"}"#
            let first = try await world.call(.post, Self.path, body: body, as: bearer)
            let second = try await world.call(.post, Self.path, body: body, as: bearer)
            #expect(second.status == 202 && second.members["job"] == first.members["job"])
            #expect(second.members["was_waiting_already"] == .boolean(true))
            #expect(try await world.count("relais.job") == 1)
            #expect(try await world.count("relais.audit") == 2)
        }
    }

    @Test(arguments: [
        (
            #"{"force": true}"#,
            "reason: expected a reason of 1 to 500 characters, without names and addresses, got nothing"
        ),
        (#"{"force": "yes", "reason": "x"}"#, "force: expected true or false, got a string"),
        (
            #"{"limit": 0, "reason": "x"}"#,
            "limit: expected an integer from 1 to 10000000, got an integer out of range"
        ),
        (
            #"{"forced": true, "reason": "x"}"#,
            "forced: expected only dry_run, limit, force, reason, got an unknown member"
        ),
    ])
    func whatIsWrongIsToldAndNothingIsEnqueued(_ body: String, _ error: String) async throws {
        try await withOperator { world, bearer in
            let answer = try await world.call(.post, Self.path, body: body, as: bearer)
            #expect(answer.status == 422 && answer.slug == "invalid-act" && answer.errors == [error])
            #expect(try await world.count("relais.job") == 0)
            #expect(try await world.count("relais.audit") == 0)
        }
    }

    @Test func onlyOperatorsMay() async throws {
        try await withIntake { world in
            let viewer = IntakeWorld.Bearer.holder(try await world.makeToken("screen", [.viewer, .metrics]))
            for (bearer, status) in [(IntakeWorld.Bearer.platform, 403), (viewer, 403), (.nobody, 401)] {
                let answer = try await world.call(.post, Self.path, body: #"{"reason": "x"}"#, as: bearer)
                #expect(answer.status == status)
            }
            #expect(try await world.count("relais.job") == 0)
        }
    }

    @Test func withoutItsRowInTheAuditThereIsNoSweep() async throws {
        try await withOperator { world, bearer in
            _ = try await world.pool.execute("ALTER TABLE relais.audit ADD CHECK (action <> 'expiry.run')")
            let answer = try await world.call(.post, Self.path, body: #"{"force": true, "reason": "x"}"#, as: bearer)
            #expect(answer.status == 500)
            #expect(try await world.count("relais.job") == 0)
        }
    }

    @Test func aSweepThatAnotherTransactionHasEnqueuedIsNotAwaitedForEver() async throws {
        try await withOperator { world, bearer in
            try await world.database.withConnection { other in
                try await other.run(
                    script: "BEGIN; SELECT relais.enqueue('application.expiry-sweep', '{\"force\": true}')"
                )
                let answer = try await world.call(
                    .post,
                    Self.path,
                    body: #"{"force": true, "reason": "x"}"#,
                    as: bearer
                )
                #expect(answer.status == 503 && answer.slug == "unique-key-in-use")
                #expect(try await world.count("relais.audit") == 0)
                try await other.run(script: "ROLLBACK")
            }
        }
    }

    @Test func theCommandDoesTheSame() async throws {
        try await withTemporaryDatabase { database in
            let environment = ["RELAIS_DATABASE_URL": database.conninfo]
            func run(_ arguments: String...) async throws -> ChildProcess.Result {
                try await Program.run(arguments, environment: environment)
            }
            #expect(try await run("migrate").status == 0)
            let silent = try await run("expiry", "run", "--force")
            #expect(silent.status == 64 && silent.errors.contains("--reason"))
            let wrong = try await run("expiry", "run", "--limit", "0", "--reason", "x")
            #expect(wrong.status == 64 && wrong.errors.contains("expected an integer from 1 to 10000000"))
            let first = try await run("expiry", "run", "--force", "--reason", "restored from a backup")
            #expect(first.status == 0 && first.output.hasPrefix("enqueued job "))
            let again = try await run("expiry", "run", "--force", "--reason", "restored from a backup")
            #expect(again.status == 0 && again.output.hasSuffix(" is under way already\n"))
            let dry = try await run("expiry", "run", "--dry-run", "--limit", "7", "--reason", "x", "--json")
            #expect(dry.status == 0 && dry.output.contains(#""was_waiting_already":false"#))
            let id = try #require(first.output.split(separator: " ").last).trimmingPrefix(" ").prefix(36)
            #expect(try await run("jobs", "show", String(id)).output.contains("\"force\":true"))
            let audit = try await run("audit", "list", "--target", "job:\(id)")
            #expect(audit.output.matches(of: /expiry\.run/).count == 2)
            #expect(audit.output.contains("restored from a backup"))
        }
    }
}
