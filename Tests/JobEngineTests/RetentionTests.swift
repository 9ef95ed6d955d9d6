import Foundation
import Logging
import Postgres
import TestSupport
import Testing

@testable import JobEngine

@Suite("Retention")
struct RetentionTests {
    private static func retention(_ world: EngineWorld, batch: Int = 1_000) -> Retention {
        let times = RetentionTimes()
        return Retention(
            ledger: world.ledger,
            finished: times.finished,
            rules: RetentionRule.ledger(times, batch: batch),
            logger: .silent
        )
    }

    /// `count` rows of each table, of an age in hours.
    private static func fill(_ world: EngineWorld, _ count: Int, hours: Int) async throws {
        let age: SQL = "clock_timestamp() - make_interval(hours => \(hours)::int)"
        let series: SQL = "generate_series(1, \(count)) AS n"
        for statement: SQL in [
            "INSERT INTO relais.failure (job, attempt, ending, ended_at, error_class, message) SELECT relais.uuid_v7(), 1, 'failure', \(fragment: age), 'E', 'm' FROM \(fragment: series)",
            "INSERT INTO relais.enqueue_answer (kind, key, request_code, created_at) SELECT 'k', \(hours) || '-' || n, '', \(fragment: age) FROM \(fragment: series)",
            "INSERT INTO relais.receipt (job, created_at) SELECT relais.uuid_v7(), \(fragment: age) FROM \(fragment: series)",
            "INSERT INTO relais.audit (at, actor, action, target, reason) SELECT \(fragment: age), 'a', 'b', 'c', 'd' FROM \(fragment: series)",
            "INSERT INTO relais.mail (job, claim, message_id, state, handed_over_at) SELECT relais.uuid_v7(), relais.uuid_v7(), 'm', 'accepted', \(fragment: age) FROM \(fragment: series)",
            "INSERT INTO relais.progress (job, claim, done, updated_at) SELECT relais.uuid_v7(), relais.uuid_v7(), 1, \(fragment: age) FROM \(fragment: series)",
            """
            WITH token AS (
                INSERT INTO relais.access_token (name, digest, scopes)
                VALUES ('t' || \(hours)::int, sha256(convert_to('t' || \(hours)::int, 'UTF8')), '{platform}') RETURNING id
            )
            INSERT INTO relais.idempotency (token, path, key, request_code, created_at)
            SELECT id, 'p', n::text, sha256(''), \(fragment: age) FROM token, \(fragment: series)
            """,
            """
            INSERT INTO relais.replay (actor, reason, filter, size, rate_jobs, rate_seconds, failure_limit, judged_from,
                state, ended_at)
            SELECT 'a', 'r', '{}', 1, 1, 1, 1, 1, 'done', \(fragment: age) FROM \(fragment: series)
            """,
            "INSERT INTO relais.replay_job (replay, job) SELECT r.id, relais.uuid_v7() FROM relais.replay r WHERE NOT EXISTS (SELECT FROM relais.replay_job j WHERE j.replay = r.id)",
        ] {
            _ = try await world.pool.execute(statement)
        }
        for state in ["dead", "done"] {
            try await finish(world, count, state, hours: hours)
        }
    }

    private static func finish(_ world: EngineWorld, _ count: Int, _ state: String, hours: Int) async throws {
        _ = try await world.pool.execute(
            """
            INSERT INTO relais.job_finished (id, kind, queue, state, arguments, run_at, attempt, failures, crashes, snoozes,
                created_at, finished_at)
            SELECT relais.uuid_v7(), 'test.work', 'work', \(state), '{}', t.at, 1, 0, 0, 0, t.at, t.at
            FROM generate_series(1, \(count)), LATERAL (
                SELECT clock_timestamp() - make_interval(hours => \(hours)::int) AS at) AS t
            """
        )
    }

    private static let tables = [
        "failure", "enqueue_answer", "receipt", "audit", "mail", "progress", "idempotency", "replay", "replay_job",
        "job_dead", "job_ended",
    ]

    private static func counts(_ world: EngineWorld) async throws -> [String: Int] {
        var counts: [String: Int] = [:]
        for table in tables {
            counts[table] = try await world.count("SELECT count(*) FROM relais.\(identifier: table)")
        }
        return counts
    }

    // MARK: - What is due, and nothing else

    /// The ages in hours of rows that are all kept, and of rows that are all gone, by table.
    @Test(arguments: [
        ("failure", 90 * 24), ("enqueue_answer", 24), ("receipt", 7 * 24), ("audit", 365 * 24), ("mail", 90 * 24),
        ("progress", 1), ("idempotency", 24), ("replay", 90 * 24), ("replay_job", 90 * 24), ("job_dead", 90 * 24),
        ("job_ended", 7 * 24),
    ])
    func eachTableKeepsItsOwnTime(_ table: String, _ hours: Int) async throws {
        try await withEngineWorld { world in
            try await Self.fill(world, 3, hours: hours - 1)
            await Self.retention(world).round()
            #expect(try await Self.counts(world)[table] == 3, "\(table) lost what is younger than \(hours) h")
            try await Self.fill(world, 2, hours: hours + 1)
            await Self.retention(world).round()
            #expect(try await Self.counts(world)[table] == 3, "\(table) kept what is older than \(hours) h")
        }
    }

    @Test func theMailMarkAndTheReceiptOfAJobThatCanStillRunAreKept() async throws {
        try await withEngineWorld { world in
            let waiting = try await world.enqueue(Work(), runAt: Date.now + 3600)
            try await Self.finish(world, 1, "dead", hours: 24)
            _ = try await world.pool.execute(
                """
                WITH job AS (SELECT id FROM relais.job_dead UNION ALL SELECT \(waiting.uuid)), receipt AS (
                    INSERT INTO relais.receipt (job, created_at) SELECT id, now() - interval '1000 days' FROM job
                )
                INSERT INTO relais.mail (job, claim, message_id, state, handed_over_at)
                SELECT id, relais.uuid_v7(), 'm', 'handed-over', now() - interval '1000 days' FROM job
                """
            )
            await Self.retention(world).round()
            let counts = try await Self.counts(world)
            #expect(counts["mail"] == 2 && counts["receipt"] == 2)
        }
    }

    @Test func theProgressOfARunningJobIsKeptHoweverOldItsReport() async throws {
        try await withEngineWorld { world in
            let (job, _) = try await world.claimOne()
            _ = try await world.pool.execute(
                """
                INSERT INTO relais.progress (job, claim, done, updated_at)
                VALUES (\(job.id.uuid), \(job.claim), 1, now() - interval '5 hours')
                """
            )
            await Self.retention(world).round()
            #expect(try await Self.counts(world)["progress"] == 1)
        }
    }

    // MARK: - In bounded batches, while jobs run

    @Test func aBacklogGoesInBatchesWhileJobsRunAndNoneOfThemIsTouched() async throws {
        try await withEngineWorld { world in
            try await world.database.withConnection { connection in
                try await connection.run(
                    script: """
                        CREATE TABLE test_batch (size bigint);
                        CREATE FUNCTION test_deleted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                            INSERT INTO test_batch SELECT count(*) FROM gone; RETURN NULL;
                        END $$;
                        CREATE TRIGGER deleted AFTER DELETE ON relais.failure REFERENCING OLD TABLE AS gone
                            FOR EACH STATEMENT EXECUTE FUNCTION test_deleted();
                        """
                )
            }
            try await Self.fill(world, 95, hours: 400 * 24)
            let done = EventLog<JobID>()
            try world.startProducer()
            try world.startWorker(recording(Work.self, in: done))
            try await world.enqueue(300, of: Work.self)
            await withTaskGroup(of: Void.self) { group in
                for _ in 1...2 { group.addTask { await Self.retention(world, batch: 10).round() } }
            }
            let state = JobState.done
            try await eventually("all jobs done") {
                try await world.count(
                    """
                    SELECT count(*) FROM relais.job_finished
                    WHERE state = \(state.rawValue) AND finished_at > now() - interval '1 day'
                    """
                ) == 300
            }
            #expect(done.all.count == 300)
            // Two that delete at once may leave each other's locked rows to the next round.
            await Self.retention(world, batch: 10).round()
            let counts = try await Self.counts(world)
            #expect(counts["failure"] == 0 && counts["audit"] == 0 && counts["job_dead"] == 0)
            #expect(counts["job_ended"] == 300)
            #expect(try await world.count("SELECT max(size) FROM test_batch") == 10)
            #expect(try await world.count("SELECT sum(size)::bigint FROM test_batch") == 95)
        }
    }

    // MARK: - Days

    /// Makes the partition of a day so many days ago, with one job in it.
    private static func makeDay(_ world: EngineWorld, _ daysAgo: Int) async throws {
        try await world.database.withConnection { connection in
            try await connection.run(
                script: """
                    DO $$ DECLARE day date := (clock_timestamp() AT TIME ZONE 'UTC')::date - \(daysAgo); BEGIN
                        EXECUTE format('CREATE TABLE IF NOT EXISTS relais.%I PARTITION OF relais.job_ended FOR VALUES FROM (%L) TO (%L)',
                            'job_ended_' || to_char(day, 'YYYYMMDD'), day::timestamp AT TIME ZONE 'UTC',
                            (day + 1)::timestamp AT TIME ZONE 'UTC');
                    END $$
                    """
            )
        }
        try await finish(world, 1, "done", hours: daysAgo * 24)
    }

    private static func days(_ world: EngineWorld) async throws -> Int {
        try await world.count(
            "SELECT count(*) FROM pg_inherits WHERE inhparent = 'relais.job_ended'::regclass"
        )
    }

    @Test func daysThatAreOverAreDroppedWholeAndTheOthersStay() async throws {
        try await withEngineWorld { world in
            // Yesterday's is there already when midnight has passed since the migration.
            for day in [30, 9, 8, 7, 6, 1] { try await Self.makeDay(world, day) }
            let all = try await Self.days(world)
            await Self.retention(world).round()
            #expect(try await Self.days(world) == all - 3)
            #expect(try await Self.counts(world)["job_ended"] == 3)
        }
    }

    /// A drop that waits for its lock would let every finish wait behind it.
    @Test func aDayInUseIsLeftForTheNextRoundAndNoFinishWaits() async throws {
        try await withEngineWorld { world in
            try await Self.makeDay(world, 30)
            let before = try await Self.days(world)
            try await world.pool.transaction { connection in
                _ = try await connection.query("SELECT count(*) FROM relais.job_finished")
                async let round: Void = Self.retention(world).round()
                let (job, _) = try await world.claimOne()
                let ended = try await world.ledger.end([Ending(job, .done)])
                #expect(!ended.isEmpty)
                await round
            }
            #expect(try await Self.days(world) == before)
            await Self.retention(world).round()
            #expect(try await Self.days(world) == before - 1)
        }
    }

    @Test func aRuleThatFailsKeepsTheOthersFromNothing() async throws {
        try await withEngineWorld { world in
            try await Self.fill(world, 2, hours: 400 * 24)
            let rules =
                [RetentionRule("broken", batch: 1, "DELETE FROM relais.nothing")] + RetentionRule.ledger(.init())
            await Retention(ledger: world.ledger, finished: .seconds(1), rules: rules, logger: .silent).round()
            #expect(try await Self.counts(world)["audit"] == 0)
        }
    }
}
