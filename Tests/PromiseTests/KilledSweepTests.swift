import Postgres
import TestSupport
import Testing

@Suite("Promises 2 and 3: an expiry sweep whose program is killed ends as one that nobody disturbs", .serialized)
struct KilledSweepTests {
    /// Oldest first, a thousand a chunk: the first chunk is the offer of 2021, all that follows the one of 2022. What is
    /// younger than 15 days, by a minute or more, is of 2023, whose figures nothing changes.
    private static let fixture = """
        INSERT INTO platform.department VALUES ('75', 'Paris', 'Paris');
        INSERT INTO platform.sector (id, name) VALUES (1, 'Sport');
        INSERT INTO platform.account (id, kind, email, first_name, last_name, confirmed_at)
            VALUES (1, 'employer', 'accueil@atelier.example', 'Dominique', 'Petit', now());
        INSERT INTO platform.offer (id, title, owner_id, sector_id, is_public, department_code, academy,
            employer_name, first_date, last_date, published_at)
        SELECT year, 'Stage', 1, 1, false, '75', 'Paris', 'Atelier du Nord', make_date(year, 10, 4),
            make_date(year, 10, 8), now()
        FROM generate_series(2021, 2023) year;
        INSERT INTO platform.account (id, kind, email, first_name, last_name, confirmed_at)
        SELECT n, 'student', 'eleve' || n || '@college.example', 'Camille', 'Martin', now()
        FROM generate_series(10001, 18000) n;
        INSERT INTO platform.application (id, offer_id, student_id, state, submitted_at)
        SELECT n, CASE WHEN n <= 11000 THEN 2021 ELSE 2022 END, n, 'submitted',
            now() - make_interval(secs => 15 * 86400 + 13501 - n)
        FROM generate_series(10001, 13500) n;
        INSERT INTO platform.application (id, offer_id, student_id, state, submitted_at)
        SELECT n, 2023, n, 'submitted', now() - make_interval(secs => 15 * 86400 - 600)
        FROM generate_series(13501, 17500) n;
        INSERT INTO platform.application (id, offer_id, student_id, state, submitted_at, rejected_at)
        SELECT n, 2023, n, 'rejected', now() - interval '20 days', now() FROM generate_series(17501, 18000) n;
        DELETE FROM statistics.stale;
        """
    private static let due = Array(10001...13500)

    @Test(arguments: [false, true]) func exactlyTheDueExpireOnceEach(isKilled: Bool) async throws {
        try await PromiseWorld.run(fixture: Self.fixture) { world in
            // Older than what is to be killed: somebody must have been there to believe in a death.
            _ = try await world.startProducer()
            let workers = try await world.startWorkers(only: "expiry")
            if isKilled {
                try await kill(workers, inTheSecondChunkOfASweepIn: world)
            } else {
                try await world.pool.execute(Self.sweep)
            }
            try await eventually("the sweep to end") {
                try await world.count("SELECT count(*) FROM relais.job_finished") == 1
            }

            let ended = try await world.count(
                """
                SELECT count(*) FROM relais.job_finished
                WHERE state = 'done' AND (result ->> 'expired')::int = 3500 AND failures = 0
                    AND crashes = \(isKilled ? 1 : 0)
                """
            )
            #expect(ended == 1)
            let expired = try await world.numbers(
                "SELECT id FROM platform.application WHERE state = 'expired' ORDER BY id"
            )
            #expect(expired == Self.due)
            let ofTheFirstClaim = try await world.count(
                """
                SELECT count(*) FROM platform.application a, relais.job_finished f WHERE a.expired_at = f.first_claimed_at
                """
            )
            #expect(ofTheFirstClaim == Self.due.count, "a sweep that goes on keeps its instant")
            let noticed = try await world.numbers(
                """
                SELECT (arguments ->> 'application_id')::int FROM relais.job
                WHERE kind = 'application.expired-notice' ORDER BY 1
                """
            )
            #expect(noticed == Self.due)
            let stale = try await world.numbers("SELECT DISTINCT school_year FROM statistics.stale ORDER BY 1")
            #expect(stale == [2021, 2022])
        }
    }

    private static let sweep: SQL = "SELECT relais.enqueue('application.expiry-sweep')"

    /// Enqueues a sweep and kills its program when the first chunk is committed and the second is written, its expiries
    /// and notices included, but waits for the mark of its figures, which another session holds up. That one lets go
    /// when the sweep has been given back, so that the dead program's session cannot have ended by itself.
    private func kill(_ workers: LineProcess, inTheSecondChunkOfASweepIn world: PromiseWorld) async throws {
        try await world.servers.database.withConnection { marks in
            try await world.servers.database.withConnection { progress in
                try await progress.run(script: "BEGIN; LOCK TABLE relais.progress IN EXCLUSIVE MODE")
                try await world.pool.execute(Self.sweep)
                try await world.waitUntilHeldUp(by: progress, "the sweep to tell of its first chunk")
                try await marks.run(script: "BEGIN; LOCK TABLE statistics.stale IN SHARE MODE")
                try await progress.run(script: "COMMIT")
            }
            try await world.waitUntilHeldUp(by: marks, "the sweep to mark the figures of its second chunk")
            await workers.kill()
            let before = try await world.count("SELECT count(*) FROM platform.application WHERE state = 'expired'")
            #expect(before == 1000, "the kill must come in the middle for this test to mean anything")
            _ = try await world.startWorkers(only: "expiry")
            try await eventually("the sweep to be given back") {
                try await world.count("SELECT count(*) FROM relais.job WHERE crashes = 1") == 1
            }
            try await marks.run(script: "COMMIT")
        }
    }
}
