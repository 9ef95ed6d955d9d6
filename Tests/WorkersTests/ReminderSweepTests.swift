import Foundation
import JobEngine
import Platform
import Postgres
import TestSupport
import Testing

@testable import workers

/// Which owners a sweep reminds, and of which applications.
@Suite struct ReminderSweepTests {
    private static let kind = "application.reminder-sweep"

    /// The first is the mean day; before the others France changed to summer and to winter time.
    @Test(arguments: ["2022-01-20T07:30:00+01:00", "2022-03-30T07:30:00+02:00", "2022-11-02T07:30:00+01:00"], [7, 14])
    func theDaysEndToTheSecondWhateverTheClocksDid(_ instant: String, _ days: Int) async throws {
        try await WorkersWorld.run { world in
            let submitted = "'\(instant)'::timestamptz - make_interval(secs => \(days) * 86400"
            let before = days == 7 ? "NULL" : "'\(instant)'::timestamptz - interval '6 days'"
            try await world.run(
                script: PlatformFixture.waiting(11...11, submitted: "\(submitted) - 1)")
                    + PlatformFixture.waiting(12...12, submitted: "\(submitted))")
                    + PlatformFixture.waiting(13...13, submitted: "\(submitted) + 1)")
                    + "UPDATE platform.application SET reminded_at = \(before)"
            )
            let id = try await world.enqueue(Self.kind)
            try await world.run(script: "UPDATE relais.job SET first_claimed_at = '\(instant)'")
            #expect(try await world.worker.attempt(id).state == .done)
            #expect(try await world.marked() == [12, 13])
        }
    }

    /// Days pass by moving what has happened into the past.
    @Test func eachThresholdIsToldOnce() async throws {
        try await WorkersWorld.run { world in
            try await world.run(script: PlatformFixture.waiting(11...11, submitted: "now() - interval '144 hours'"))
            func day(_ hours: Int) async throws -> Int {
                try await world.run(
                    script: """
                        UPDATE platform.application SET submitted_at = submitted_at - interval '\(hours) hours',
                            reminded_at = reminded_at - interval '\(hours) hours'
                        """
                )
                return try await world.sweepReminded()
            }
            #expect(try await day(0) == 0)
            #expect(try await day(24) == 1)
            #expect(try await day(0) == 0)
            #expect(try await day(6 * 24) == 0)
            #expect(try await day(24) == 1)
            #expect(try await day(0) == 0)
            // The sweep that should have expired it was stopped.
            #expect(try await day(10 * 24) == 0)
        }
    }

    /// As after a standstill: the second threshold counts for both.
    @Test func thresholdsThatWereMissedAreToldTogether() async throws {
        try await WorkersWorld.run { world in
            try await world.run(script: PlatformFixture.waiting(11...11, submitted: "now() - interval '350 hours'"))
            #expect(try await world.sweepReminded() == 1)
            #expect(try await world.sweepReminded() == 0)
        }
    }

    @Test func whatExpiredSinceTheLastRunIsToldOnce() async throws {
        try await WorkersWorld.run { world in
            try await world.run(
                script: PlatformFixture.waiting(11...14, submitted: "now() - interval '16 days'") + """
                    UPDATE platform.application SET reminded_at = now() - interval '36 hours', state = 'expired',
                        expired_at = now() - interval '1 hour';
                    -- Told already; expired years before there was a sweep that tells; expires while the sweep runs.
                    UPDATE platform.application SET reminded_at = now() WHERE id = 12;
                    UPDATE platform.application SET reminded_at = NULL, expired_at = '2020-01-01' WHERE id = 13;
                    UPDATE platform.application SET expired_at = now() + interval '1 hour' WHERE id = 14;
                    """
            )
            #expect(try await world.sweepReminded() == 1)
            #expect(try await world.marked() == [11])
            #expect(try await world.sweepReminded() == 0)
        }
    }

    @Test func eachOwnerGetsOneReminderWhateverHisOffersAre() async throws {
        try await WorkersWorld.run { world in
            try await world.run(
                script: """
                    INSERT INTO platform.organisation_group (id, name, is_public) VALUES (1, 'Ministère', true);
                    INSERT INTO platform.account (id, kind, email, first_name, last_name, department_code, ministry_id)
                    VALUES (2, 'departmental_referent', 'r@b.example', 'A', 'B', '75', NULL),
                        (3, 'central_referent', 'c@b.example', 'A', 'B', NULL, 1),
                        (4, 'association', 'a@b.example', 'A', 'B', NULL, NULL),
                        (5, 'employer', 'e@b.example', 'A', 'B', NULL, NULL);
                    \(PlatformFixture.offer(2, owner: 2, more: "UPDATE platform.offer SET discarded_at = now();"))
                    \(PlatformFixture.offer(3, owner: 3, published: false))
                    \(PlatformFixture.offer(4, owner: 4))
                    \(PlatformFixture.offer(5, owner: 5))
                    \(PlatformFixture.offer(6))
                    """
            )
            // Owner 1 has two offers.
            for (index, offer) in [1, 1, 2, 3, 4, 6].enumerated() {
                let number = 10 + index
                try await world.run(
                    script: PlatformFixture.waiting(
                        number...number,
                        submitted: "now() - interval '8 days'",
                        offer: offer
                    )
                )
            }
            // What is younger than seven days reminds nobody.
            try await world.run(
                script: PlatformFixture.waiting(20...20, submitted: "now() - interval '6 days'", offer: 5)
                    + "DELETE FROM statistics.stale;"
            )
            #expect(try await world.sweepReminded() == 4)
            #expect(try await world.reminders() == [1, 2, 3, 4])
            #expect(try await world.marked() == Array(10...15))
            let jobs = try await world.integer(
                """
                SELECT count(*) FROM relais.job WHERE kind = 'application.reminder' AND queue = 'notice'
                    AND arguments = jsonb_build_object('owner_id', subject)
                """
            )
            #expect(jobs == 4)
            // A mark is no figure.
            #expect(try await world.integer("SELECT count(*) FROM statistics.stale") == 0)
        }
    }

    @Test func onlyWhatWaitsOrExpiredIsMarked() async throws {
        try await WorkersWorld.run { world in
            try await world.run(
                script: PlatformFixture.waiting(11...17, submitted: "now() - interval '10 days'") + """
                    UPDATE platform.application SET approved_at = now(), rejected_at = now(), canceled_at = now(),
                        convention_signed_at = now(), state = (ARRAY['drafted', 'approved', 'rejected',
                            'canceled_by_employer', 'canceled_by_student', 'convention_signed', 'submitted'])[id - 10]
                    """
            )
            #expect(try await world.sweepReminded() == 1)
            #expect(try await world.marked() == [17])
        }
    }

    /// Yesterday's reminder still waits, as in a pause of the queue: one mail says both.
    @Test func aReminderThatWaitsIsTheNextOneToo() async throws {
        try await WorkersWorld.run(rules: []) { world, server in
            try await world.run(
                script: PlatformFixture.waiting(11...12, submitted: "now() - interval '16 days'") + """
                    UPDATE platform.application SET state = 'expired', expired_at = now() - interval '1 hour'
                    WHERE id = 11;
                    UPDATE platform.application SET reminded_at = now() WHERE id = 12;
                    """
            )
            #expect(try await world.sweepReminded() == 1)
            try await world.run(
                script: "UPDATE platform.application SET state = 'expired', expired_at = now() WHERE id = 12"
            )
            #expect(try await world.sweepReminded() == 1)
            #expect(try await world.reminders() == [1])
            let id = try #require(try await world.reminderJobs().first)
            #expect(try await world.worker.attempt(id).mailState == "accepted")
            let mail = try await ReceivedMail.parse(server.mail())
            #expect(mail.text.contains("2\u{A0}candidatures ont expiré"))
        }
    }
}

extension WorkersWorld {
    /// Runs a reminder sweep, and answers how many owners it reminded.
    func sweepReminded() async throws -> Int {
        try await perform("application.reminder-sweep").reminded()
    }

    /// The owners for whom reminders wait, in order and as often as they do.
    func reminders() async throws -> [Int] {
        try await integers(
            """
            SELECT (arguments ->> 'owner_id')::int AS id FROM relais.job
            WHERE kind = 'application.reminder' ORDER BY id
            """
        )
    }

    func reminderJobs() async throws -> [JobID] {
        try await pool.query("SELECT id FROM relais.job WHERE kind = 'application.reminder' ORDER BY id").map {
            JobID(try $0.decode("id"))
        }
    }

    /// The applications that some sweep of this test has marked, in order.
    func marked() async throws -> [Int] {
        try await integers(
            """
            SELECT id::int FROM platform.application
            WHERE reminded_at > (SELECT min(created_at) FROM relais.job_finished) ORDER BY id
            """
        )
    }
}

extension JobRecord {
    /// How many owners a sweep that is done has reminded.
    func reminded() throws -> Int {
        struct Result: Decodable {
            let reminded: Int
        }
        #expect(state == .done)
        return try #require(try result?.decode(Result.self)).reminded
    }
}
