import Foundation
import JobEngine
import Platform
import Postgres
import TestSupport
import Testing

@testable import workers

/// Exactly the applications that nobody answered for more than fifteen times 86,400 seconds expire.
@Suite struct ExpirySweepDueTests {
    /// The first is the mean day; before the others France changed to summer and to winter time.
    @Test(
        "Des candidatures vous attendent: 15 jours",
        arguments: ["2022-01-20T07:00:00+01:00", "2022-04-05T07:00:00+02:00", "2022-11-08T07:00:00+01:00"]
    )
    func theFifteenthDayEndsToTheSecondWhateverTheClocksDid(_ instant: String) async throws {
        try await WorkersWorld.run { world in
            let submitted = "'\(instant)'::timestamptz - make_interval(secs => 15 * 86400"
            try await world.run(
                script: PlatformFixture.waiting(11...11, submitted: "\(submitted) - 1)")
                    + PlatformFixture.waiting(12...12, submitted: "\(submitted))")
                    + PlatformFixture.waiting(13...13, submitted: "\(submitted) + 1)")
            )
            let id = try await world.enqueue("application.expiry-sweep")
            try await world.run(script: "UPDATE relais.job SET first_claimed_at = '\(instant)'")
            let job = try await world.worker.attempt(id)
            #expect(job.state == .done)
            #expect(try await world.expired() == [13])
            #expect(try await world.noticed() == [13])
        }
    }

    @Test func theSweepInstantIsThatOfTheFirstClaimAndKeptByASecondAttempt() async throws {
        try await WorkersWorld.run { world in
            try await world.run(
                script: PlatformFixture.waiting(11...11, submitted: "now() - interval '20 days'")
                    + PlatformFixture.waiting(12...12, submitted: "now() - make_interval(secs => 15 * 86400 - 1800)")
            )
            let id = try await world.enqueue("application.expiry-sweep")
            // Claimed an hour and a half ago for the first time: then the second application was not due yet.
            try await world.run(
                script: "UPDATE relais.job SET first_claimed_at = now() - interval '90 minutes', crashes = 1"
            )
            _ = try await world.worker.attempt(id)
            #expect(try await world.expired() == [11])
            #expect(try await world.integer(Self.atFirstClaim(id)) == 1)
        }
    }

    @Test func anOrdinarySweepWritesItsOwnInstant() async throws {
        try await WorkersWorld.run { world in
            try await world.run(script: PlatformFixture.waiting(11...12, submitted: "now() - interval '20 days'"))
            let job = try await world.perform("application.expiry-sweep")
            #expect(try await world.integer(Self.atFirstClaim(job.id)) == 2)
            let result = try #require(try job.result?.decode(Result.self))
            #expect(result.expired == 2)
            let swept = try Date(result.sweptAt, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
            #expect(abs(swept.timeIntervalSince(try #require(job.firstClaimedAt))) < 0.01)
        }
    }

    /// The plan that the sixth chunk of a session gets, which is made for any size of a chunk: reading all applications for
    /// each chunk, a sweep of a million would take hours.
    @Test func aChunkReadsNoMoreThanItExpires() async throws {
        try await WorkersWorld.run { world in
            try await world.run(
                script: PlatformFixture.waiting(11...5010, submitted: "now() - interval '20 days'") + "ANALYZE"
            )
            let chunk = SweepSQL.expire(at: Date(), life: .seconds(15 * 86_400), size: 1000)
            let plan = try await world.database.withConnection { connection in
                try await connection.run(
                    script: """
                        SET plan_cache_mode = force_generic_plan;
                        PREPARE chunk (timestamptz, float8, int8, timestamptz) AS \(chunk.text)
                        """
                )
                return try await connection.query("EXPLAIN EXECUTE chunk(now(), 1296000, 1000, now())")
                    .map { try $0.decode(at: 0, as: String.self) }
            }
            #expect(plan.contains { $0.contains("application_waiting") })
            #expect(!plan.contains { $0.contains("Seq Scan on application") }, "\(plan.joined(separator: "\n"))")
        }
    }

    private static func atFirstClaim(_ id: JobID) -> SQL {
        """
        SELECT count(*) FROM platform.application a JOIN relais.job_finished j ON j.first_claimed_at = a.expired_at
        WHERE j.id = \(id.uuid)
        """
    }

    private struct Result: Decodable {
        let expired: Int
        let sweptAt: String
        enum CodingKeys: String, CodingKey {
            case expired
            case sweptAt = "swept_at"
        }
    }

    @Test func offersOfEveryOwnerDeletedAndUnpublishedOnesToo() async throws {
        try await WorkersWorld.run { world in
            try await world.run(
                script: """
                    INSERT INTO platform.organisation_group (id, name, is_public) VALUES (1, 'Ministère', true);
                    INSERT INTO platform.account (id, kind, email, first_name, last_name, department_code, ministry_id)
                    VALUES (2, 'departmental_referent', 'r@b.example', 'A', 'B', '75', NULL),
                        (3, 'central_referent', 'c@b.example', 'A', 'B', NULL, 1),
                        (4, 'association', 'a@b.example', 'A', 'B', NULL, NULL);
                    \(PlatformFixture.offer(2, owner: 2))
                    \(PlatformFixture.offer(3, owner: 3))
                    \(PlatformFixture.offer(4, owner: 4, more: "UPDATE platform.offer SET permalink = 'x' WHERE id = 4;"))
                    \(PlatformFixture.offer(5, more: "UPDATE platform.offer SET discarded_at = now() WHERE id = 5;"))
                    \(PlatformFixture.offer(6, published: false))
                    """
            )
            for offer in 1...6 {
                let number = 10 + offer
                try await world.run(
                    script: PlatformFixture.waiting(
                        number...number,
                        submitted: "now() - interval '20 days'",
                        offer: offer
                    )
                )
            }
            _ = try await world.perform("application.expiry-sweep")
            #expect(try await world.expired() == Array(11...16))
        }
    }

    @Test func nothingButSubmittedApplicationsExpires() async throws {
        try await WorkersWorld.run { world in
            try await world.run(
                script: PlatformFixture.waiting(11...18, submitted: "now() - interval '20 days'") + """
                    UPDATE platform.application SET approved_at = now(), rejected_at = now(), canceled_at = now(),
                        convention_signed_at = now(), state = (ARRAY['drafted', 'approved', 'rejected',
                            'canceled_by_employer', 'canceled_by_student', 'convention_signed', 'submitted',
                            'submitted'])[id - 10]
                    """
            )
            _ = try await world.perform("application.expiry-sweep")
            #expect(try await world.expired() == [17, 18])
        }
    }

    @Test func eachExpiredApplicationHasOneNoticeAboutItsPupil() async throws {
        try await WorkersWorld.run { world in
            try await world.run(
                script: PlatformFixture.offer(2)
                    + PlatformFixture.waiting(11...13, submitted: "now() - interval '20 days'") + """
                        INSERT INTO platform.application (id, offer_id, student_id, state, submitted_at)
                        VALUES (99, 2, 11, 'submitted', now() - interval '20 days')
                        """
            )
            _ = try await world.perform("application.expiry-sweep")
            let notices = try await world.integer(
                """
                SELECT count(*) FROM relais.job j
                JOIN platform.application a ON j.arguments = jsonb_build_object('application_id', a.id)
                WHERE j.kind = 'application.expired-notice' AND j.queue = 'notice' AND j.state = 'pending'
                    AND j.subject = a.student_id AND a.state = 'expired'
                """
            )
            #expect(notices == 4)
            #expect(try await world.integer("SELECT count(*) FROM relais.job") == 4)
            // Another sweep finds nothing left, and tells nobody twice.
            let again = try await world.perform("application.expiry-sweep")
            #expect(again.state == .done)
            #expect(try await world.integer("SELECT count(*) FROM relais.job") == 4)
        }
    }

    @Test func aLimitTakesTheOldestAndADryRunNothing() async throws {
        try await WorkersWorld.run { world in
            try await world.run(
                script: PlatformFixture.waiting(11...15, submitted: "now() - n * interval '1 day' - interval '7 days'")
            )
            let dry = try await world.perform("application.expiry-sweep", #"{"dry_run": true}"#)
            #expect(dry.state == .done)
            #expect(dry.result?.text.contains(#""dry_run": true"#) == true)
            #expect(try dry.result?.decode(Result.self).expired == 5)
            #expect(try await world.expired() == [])
            #expect(try await world.integer("SELECT count(*) FROM relais.job") == 0)
            #expect(try await world.integer("SELECT count(*) FROM statistics.stale WHERE school_year = 2021") == 1)
            try await world.run(script: "DELETE FROM statistics.stale")
            _ = try await world.perform("application.expiry-sweep", #"{"dry_run": true}"#)
            #expect(try await world.integer("SELECT count(*) FROM statistics.stale") == 0)
            _ = try await world.perform("application.expiry-sweep", #"{"limit": 2}"#)
            #expect(try await world.expired() == [14, 15])
        }
    }
}

extension WorkersWorld {
    /// The expired applications, in order.
    func expired() async throws -> [Int] {
        try await integers("SELECT id::int FROM platform.application WHERE state = 'expired' ORDER BY id")
    }

    /// The applications whose pupils are to be told, in order and as often as they are.
    func noticed() async throws -> [Int] {
        try await integers(
            """
            SELECT (arguments ->> 'application_id')::int AS id FROM relais.job
            WHERE kind = 'application.expired-notice' ORDER BY id
            """
        )
    }
}
