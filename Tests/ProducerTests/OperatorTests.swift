import HTTPTypes
import JobEngine
import Postgres
import Testing

@testable import producer

/// What operators do over HTTP: with their scope, a reason, and a row in the audit.
@Suite struct OperatorTests {
    private static let because = #"{"reason": "the mail server is down"}"#

    @Test(arguments: [
        "/v1/jobs", "/v1/queues", "/v1/queues/notice", "/v1/workers", "/v1/audit",
        "/v1/jobs/0190b6a2-1c5e-7d3a-9f60-2b1c4d5e6f70/explanation",
    ])
    func thePlatformsTokenSeesNothingOfOperations(_ path: String) async throws {
        try await withIntake { world in
            let answer = try await world.call(.get, path)
            #expect(answer.status == 403 && answer.slug == "scope-too-small")
            #expect(try await world.call(.get, path, as: .nobody).status == 401)
        }
    }

    @Test func aViewerSeesAndChangesNothing() async throws {
        try await withIntake { world in
            let viewer = IntakeWorld.Bearer.holder(try await world.makeToken("screen", [.viewer]))
            for path in ["/v1/jobs", "/v1/queues", "/v1/workers", "/v1/audit"] {
                let answer = try await world.call(.get, path, as: viewer)
                #expect(answer.status == 200, "\(path)")
            }
            let id = "0190b6a2-1c5e-7d3a-9f60-2b1c4d5e6f70"
            let posts = [
                "/v1/jobs/\(id)/cancel", "/v1/jobs/\(id)/retry", "/v1/jobs/\(id)/discard", "/v1/workers/1/stop",
            ]
            for path in posts {
                let answer = try await world.call(.post, path, body: Self.because, as: viewer)
                #expect(answer.status == 403 && answer.slug == "scope-too-small", "\(path)")
            }
            let answer = try await world.call(.patch, "/v1/queues/notice", body: Self.because, as: viewer)
            #expect(answer.status == 403)
            #expect(try await world.count("relais.audit") == 0)
        }
    }

    @Test func aQueueIsPausedWithAReasonUnderTheTokensName() async throws {
        try await withIntake { world in
            let bearer = IntakeWorld.Bearer.holder(try await world.makeToken("night-shift", [.operator]))
            let body = #"{"paused": true, "rate": "100/minute", "running_limit": 4, "reason": "quota"}"#
            let answer = try await world.call(.patch, "/v1/queues/notice", body: body, as: bearer)
            #expect(answer.status == 200)
            #expect(answer.members["paused"] == .boolean(true) && answer.members["rate"] == .string("100/minute"))
            let acts = try await world.call(.get, "/v1/audit?target=queue:notice", as: bearer)
            guard case .array(let rows)? = acts.members["acts"], case .object(let row)? = rows.first else {
                Issue.record("expected an act, got \(acts.text)")
                return
            }
            #expect(rows.count == 1 && row["actor"] == .string("night-shift") && row["reason"] == .string("quota"))
            let off = #"{"paused": false, "rate": null, "running_limit": null, "reason": "over"}"#
            let after = try await world.call(.patch, "/v1/queues/notice", body: off, as: bearer)
            #expect(after.members["rate"] == .null && after.members["paused"] == .boolean(false))
            let unknown = try await world.call(.patch, "/v1/queues/notices", body: off, as: bearer)
            #expect(unknown.status == 404 && unknown.slug == "unknown-queue")
        }
    }

    @Test(arguments: [
        (
            #"{"paused": true}"#,
            "reason: expected a reason of 1 to 500 characters, without names and addresses, got nothing"
        ),
        (#"{"reason": "x"}"#, ": expected at least one of paused, slots, running_limit, rate, got none"),
        (
            #"{"reason": "x", "rate": "100/day"}"#,
            "rate: expected jobs per second, minute or hour, such as 100/minute, got a string"
        ),
        (#"{"reason": "x", "slots": 0}"#, "slots: expected an integer from 1 to 1000, or null, got an integer"),
        (
            #"{"reason": "x", "pause": true}"#,
            "pause: expected only paused, slots, running_limit, rate, reason, got an unknown member"
        ),
    ])
    func whatIsWrongWithAnActIsToldAndNothingChanges(_ body: String, _ error: String) async throws {
        try await withIntake { world in
            let bearer = IntakeWorld.Bearer.holder(try await world.makeToken("operator", [.operator]))
            let answer = try await world.call(.patch, "/v1/queues/notice", body: body, as: bearer)
            #expect(answer.status == 422 && answer.slug == "invalid-act")
            #expect(answer.errors == [error])
            #expect(try await world.count("relais.audit") == 0)
        }
    }

    @Test func aJobIsExplainedHurriedAndCancelled() async throws {
        try await withIntake { world in
            let bearer = IntakeWorld.Bearer.holder(try await world.makeToken("operator", [.operator]))
            let due = "/v1/jobs/application.expiry-sweep?run_at=2099-01-01T00:00:00Z"
            let accepted = try await world.call(.post, due, body: "{}")
            let path = try #require(accepted.headers[.location])
            let explained = try await world.call(.get, path + "/explanation", as: bearer)
            #expect(explained.status == 200 && explained.text.contains(#""code":"due-later""#))
            let retried = try await world.call(.post, path + "/retry", body: Self.because, as: bearer)
            #expect(retried.status == 200 && retried.members["result"] == .string("due now"))
            let discarded = try await world.call(.post, path + "/discard", body: Self.because, as: bearer)
            #expect(discarded.status == 409 && discarded.slug == "wrong-state")
            #expect(discarded.members["state"] == .string("pending"))
            let cancelled = try await world.call(.post, path + "/cancel", body: Self.because, as: bearer)
            #expect(cancelled.status == 200 && cancelled.members["result"] == .string("cancelled"))
            let state = try await world.call(.get, path)
            #expect(state.members["state"] == .string("cancelled"))
            let again = try await world.call(.post, path + "/retry", body: Self.because, as: bearer)
            #expect(again.status == 409)
            #expect(try await world.count("relais.audit") == 2)
            let unknown = try await world.call(
                .post,
                "/v1/jobs/0190b6a2-1c5e-7d3a-9f60-2b1c4d5e6f70/cancel",
                body: Self.because,
                as: bearer
            )
            #expect(unknown.status == 404 && unknown.slug == "unknown-job")
        }
    }

    @Test func aListIsReadPageByPageWithoutGapsAndRepetitions() async throws {
        try await withIntake { world in
            let bearer = IntakeWorld.Bearer.holder(try await world.makeToken("screen", [.viewer]))
            _ = try await world.pool.query(
                """
                SELECT relais.enqueue('account.activation', jsonb_build_object('account_id', 1000 + n))
                FROM generate_series(1, 25) AS n
                """
            )
            _ = try await world.call(.post, "/v1/jobs/statistics.refresh", body: "{}")
            var path: String? = "/v1/jobs?state=pending,dead&kind=account.activation&limit=10"
            var ids: [JSONValue] = []
            var sizes: [Int] = []
            while let next = path {
                let page = try await world.call(.get, next, as: bearer)
                guard page.status == 200, case .array(let jobs)? = page.members["jobs"] else {
                    Issue.record("expected a page, got \(page.text)")
                    return
                }
                sizes.append(jobs.count)
                for case .object(let job) in jobs { ids.append(job["id"] ?? .null) }
                if case .string(let following)? = page.members["next"] { path = following } else { path = nil }
            }
            #expect(sizes == [10, 10, 5])
            #expect(Set(ids).count == 25)
            let wrong = try await world.call(.get, "/v1/jobs?state=lost&limit=0&kinds=x", as: bearer)
            #expect(wrong.status == 400 && wrong.slug == "invalid-query" && wrong.errors.count == 3)
        }
    }

    @Test func aProcessIsAskedToStopOverHTTP() async throws {
        try await withIntake { world in
            let bearer = IntakeWorld.Bearer.holder(try await world.makeToken("operator", [.operator]))
            let rows = try await world.pool.query(
                """
                WITH process AS (
                    INSERT INTO relais.process (role, host, os_pid, application_name, slots)
                    VALUES ('workers', 'nowhere', 1, 'relais/workers/test', '{"notice": 16}') RETURNING id
                ), beat AS (INSERT INTO relais.process_beat (process) SELECT id FROM process)
                SELECT id FROM process
                """
            )
            let id = try #require(rows.first).decode("id", as: Int64.self)
            let asked = try await world.call(.post, "/v1/workers/\(id)/quiet", body: Self.because, as: bearer)
            #expect(asked.status == 202)
            let list = try await world.call(.get, "/v1/workers", as: bearer)
            #expect(list.text.contains(#""quiet":false,"quiet_wanted":true"#))
            #expect(list.text.contains(#""safe_to_stop":true,"slots":{"notice":16}"#))
            let unknown = try await world.call(.post, "/v1/workers/\(id + 1)/stop", body: Self.because, as: bearer)
            #expect(unknown.status == 404 && unknown.slug == "unknown-process")
        }
    }
}
