import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine
@testable import workers

/// Reminder sweeps that run twice, are killed, lose their claim, or meet an answer.
@Suite struct ReminderSweepFaultTests {
    private static let kind = "application.reminder-sweep"
    private static let owners = 1200
    private static let marks: SQL = "SELECT count(*) FROM platform.application WHERE reminded_at IS NOT NULL"

    /// Owners 10001 and on, each with an offer and two applications that are due.
    private func world(_ body: (WorkersWorld) async throws -> Void) async throws {
        try await WorkersWorld.run { world in
            try await world.run(
                script: """
                    INSERT INTO platform.account (id, kind, email, first_name, last_name, confirmed_at)
                    SELECT 10000 + n, 'employer', 'offreur' || n || '@structure.example', 'Dominique', 'Leroy', now()
                    FROM generate_series(1, \(Self.owners)) n;
                    INSERT INTO platform.account (id, kind, email, first_name, last_name, confirmed_at)
                    SELECT n, 'student', 'eleve' || n || '@college.example', 'Camille', 'Martin', now()
                    FROM generate_series(11, 12) n;
                    INSERT INTO platform.offer (id, title, owner_id, sector_id, is_public, department_code, academy,
                        employer_name, first_date, last_date, published_at)
                    SELECT 10000 + n, 'Stage', 10000 + n, 1, false, '75', 'Paris', 'Atelier', '2021-10-04', '2021-10-08',
                        now()
                    FROM generate_series(1, \(Self.owners)) n;
                    -- The numbers of an owner's two applications lie far apart.
                    INSERT INTO platform.application (id, offer_id, student_id, state, submitted_at)
                    SELECT (s - 10) * 100000 + n, 10000 + n, s, 'submitted', now() - interval '8 days'
                    FROM generate_series(11, 12) s, generate_series(1, \(Self.owners)) n;
                    """
            )
            try await body(world)
        }
    }

    private static var all: [Int] { Array(10001...10000 + owners) }

    private func expectAllReminded(_ world: WorkersWorld) async throws {
        #expect(try await world.reminders() == Self.all)
        #expect(try await world.marked().count == 2 * Self.owners)
    }

    /// Another key: the same request would be the same job.
    private func another(_ world: WorkersWorld) async throws -> ClaimedJob {
        try await world.worker.claim(
            world.ledger.enqueue(NewJob(kind: Self.kind, arguments: JSON("{}"), uniqueKey: UUID().uuidString))
        )
    }

    @Test func theSameRequestIsTheSameSweep() async throws {
        try await world { world in
            let first = try await world.enqueue(Self.kind)
            #expect(try await world.enqueue(Self.kind) == first)
        }
    }

    @Test func twoSweepsAtOnceRemindEachOwnerOnce() async throws {
        try await world { world in
            let (first, second) = (try await another(world), try await another(world))
            async let one = world.worker.run(first)
            async let other = world.worker.run(second)
            let reminded = try await [one, other].map { try $0.reminded() }
            #expect(reminded.reduce(0, +) == Self.owners)
            try await expectAllReminded(world)
        }
    }

    /// Two sweeps at once would otherwise share out an owner's applications.
    @Test func aSweepWaitsForTheChunkOfAnother() async throws {
        try await world { world in
            let (first, second) = (try await another(world), try await another(world))
            try await world.database.withConnection { other in
                try await other.run(script: "BEGIN; SELECT pg_advisory_xact_lock(7263, 0)")
                async let one = world.worker.run(first)
                async let two = world.worker.run(second)
                try await eventually("both sweeps to wait for their turn") {
                    try await world.integer(
                        """
                        SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                        WHERE d.datname = current_database() AND l.classid = 7263 AND NOT l.granted
                        """
                    ) == 2
                }
                #expect(try await world.reminders() == [])
                try await other.run(script: "COMMIT")
                let reminded = try await [one, two].map { try $0.reminded() }
                #expect(reminded.reduce(0, +) == Self.owners)
            }
        }
    }

    @Test func aSweepKilledInAChunkLeavesNoHalfOfIt() async throws {
        try await world { world in
            let job = try await world.worker.claim(try await world.enqueue(Self.kind))
            let failed = try await world.killedInItsSecondChunk(job)
            #expect(failed.state == .pending && failed.failures == 0)
            #expect(try await world.reminders() == Array(10001...10500))
            #expect(try await world.integer(Self.marks) == 1000)
            #expect(try await world.worker.attempt(job.id).reminded() == Self.owners - 500)
            try await expectAllReminded(world)
        }
    }

    /// What becomes due between the first claim and a second attempt is for the next run: its owner had a mail already.
    @Test func aSecondAttemptKeepsTheInstantOfTheFirst() async throws {
        try await world { world in
            let id = try await world.enqueue(Self.kind)
            try await world.run(
                script: """
                    UPDATE relais.job SET first_claimed_at = now() - interval '90 minutes', crashes = 1;
                    UPDATE platform.application SET submitted_at = now() - interval '167 hours' WHERE id > 200000;
                    UPDATE platform.application SET submitted_at = now() - interval '6 days' WHERE id < 200000;
                    """
            )
            #expect(try await world.worker.attempt(id).reminded() == 0)
            try await world.run(
                script: "UPDATE platform.application SET submitted_at = submitted_at - interval '90 minutes'"
            )
            #expect(try await world.sweepReminded() == Self.owners)
        }
    }

    @Test func aChunkOfALostClaimLeavesNeitherMarkNorReminder() async throws {
        try await world { world in
            let job = try await world.worker.claim(try await world.enqueue(Self.kind))
            try await world.run(script: "UPDATE relais.job SET claim = gen_random_uuid()")
            let record = try await world.worker.run(job)
            #expect(record.state == .running && record.failures == 0)
            #expect(try await world.reminders() == [])
            #expect(try await world.integer(Self.marks) == 0)
        }
    }

    @Test func anApplicationThatIsBeingAnsweredWaitsForTheNextRun() async throws {
        try await world { world in
            try await world.database.withConnection { owner in
                try await owner.run(
                    script: """
                        BEGIN; UPDATE platform.application SET state = 'approved', approved_at = now()
                        WHERE id IN (100001, 200001, 100002)
                        """
                )
                // Owner 10001 answers all that he has, 10002 one of two.
                #expect(try await world.sweepReminded() == Self.owners - 1)
                try await owner.run(script: "ROLLBACK")
            }
            #expect(try await world.sweepReminded() == 2)
            #expect(try await world.sweepReminded() == 0)
        }
    }
}
