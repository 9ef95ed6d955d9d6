import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine

@Suite("Rows at the ends of their types are worked on like others, and hold up nobody")
struct ExtremeRowTests {
    /// Pending jobs of the queue `work` that no door would let in: their numbers 1 to 6.
    private static let rows = """
        INSERT INTO relais.job (kind, queue, arguments, subject, run_at, deadline, attempt, failures, crashes, snoozes,
            created_at, dispatched_at, first_claimed_at, claimed_at, traceparent)
        VALUES
            ('test.work', 'work', '{"number": 1}', 9223372036854775807, '4714-11-24 00:00:00+00 BC',
                '294276-12-31 23:59:59.999999+00', 2147483647, -2147483648, 2147483647, 2147483647,
                '-infinity', '-infinity', '-infinity', '-infinity', repeat('x', 100000)),
            ('test.work', 'work', '{"number": 2}', -9223372036854775808, '0001-01-01 00:00:00+00',
                '294276-12-31 23:59:59.999999+00', -2147483648, 2147483647, -2147483648, -2147483648,
                'infinity', 'infinity', 'infinity', 'infinity', ''),
            ('test.work', 'work', '{"number": 3}', 0, '1969-12-31 23:59:59.25+00', '4714-11-24 00:00:00+00 BC',
                2147483647, 2147483647, 0, 2147483647,
                '294276-12-31 23:59:59.999999+00', '294276-12-31 23:59:59.999999+00', NULL, NULL, 'x'),
            ('test.work', 'work', '{"number": 4}', NULL, '1970-01-01', NULL, 2147483647, 0, 0, 0,
                '4714-11-24 00:00:00+00 BC', NULL, NULL, NULL, NULL),
            ('test.work', 'work', '{"number": 5}', NULL, '1970-01-01', NULL, 0, 0, 0, 2147483647,
                clock_timestamp(), NULL, NULL, NULL, NULL),
            (repeat('é', 100000), 'work', '{"number": 6}', NULL, '1970-01-01', NULL, 0, 0, 0, 0,
                clock_timestamp(), NULL, NULL, NULL, NULL);
        """

    @Test func theyAreRelayedClaimedAndEndedWithTheirNeighbours() async throws {
        try await withEngineWorld { world in
            try await world.database.withConnection { try await $0.run(script: Self.rows) }
            let ordinary = try await world.enqueue(Work(number: 100))
            let late = JobID(
                try await world.pool.query(
                    """
                    INSERT INTO relais.job (kind, queue, arguments, run_at)
                    VALUES ('test.work', 'work', '{"number": 7}', '294276-12-31 23:59:59.999999+00') RETURNING id
                    """
                ).first?.decode("id") ?? UUID()
            )
            let handler = Handling(Work.self) { arguments, context in
                switch arguments.number {
                case 2: .retry(because: "again")
                case 4: .retry(after: .zero, because: "again")
                case 5: context.job.attempt < 2 ? .snooze(.zero) : .done()
                default: .done()
                }
            }
            try world.startProducer()
            try world.startWorker(handler)
            try await world.wait(for: ordinary, state: .done)
            let expected: [(Int, JobState)] = [(1, .done), (2, .dead), (3, .obsolete), (4, .dead), (5, .done)]
            for (number, state) in expected {
                let ended: SQL = """
                    SELECT count(*) FROM relais.job_finished
                    WHERE arguments ->> 'number' = \(String(number)) AND state = \(state.rawValue)
                    """
                try await eventually("job \(number) \(state)") {
                    try await world.count(ended) == 1
                }
            }
            #expect(try await world.job(late).state == .pending)
            // Of three failures at the last attempt that can be counted the first is kept.
            let failures = try await world.count(
                """
                SELECT count(*) FROM relais.failure x JOIN relais.job_finished f ON f.id = x.job
                WHERE f.arguments ->> 'number' = '4' AND x.attempt = 2147483647 AND f.failures = 3
                """
            )
            #expect(failures == 1)
            let last = try await world.enqueue(Work(number: 101))
            try await world.wait(for: last, state: .done)
        }
    }

    @Test func aRescueGivesThemBack() async throws {
        try await withEngineWorld { world in
            let process = try await world.registerProcess()
            try await world.database.withConnection { connection in
                try await connection.run(
                    script: """
                        INSERT INTO relais.job (kind, queue, state, arguments, process, claim, attempt, crashes,
                            lone_crashes, alone, claimed_at)
                        SELECT 'test.work', 'work', 'running', '{"number": 1}', \(process), gen_random_uuid(),
                            2147483647, crashes, lone, alone, '-infinity'
                        FROM (VALUES (2147483647, 0, false), (2147483647, 1, true), (2147483647, 2147483647, true),
                            (-2147483648, -2147483648, true)) AS v(crashes, lone, alone)
                        """
                )
            }
            #expect(try await world.ledger.rescue(from: process).count == 4)
            #expect(try await world.count("SELECT count(*) FROM relais.job WHERE state = 'pending'") == 3)
            #expect(try await world.count("SELECT count(*) FROM relais.job_finished WHERE state = 'dead'") == 1)
        }
    }

    @Test func aReplayJudgesThem() async throws {
        try await withEngineWorld { world in
            let id = try await world.enqueue(Work())
            try await world.kill([id])
            guard
                case .ordered = try await world.ledger.replay(
                    ReplayOrder(filter: DeadFilter(), rate: .tenPerSecond),
                    Act(actor: "cli:test@host", reason: "a test")
                )
            else {
                Issue.record("expected a replay")
                return
            }
            let turn = ReplayTurn(ledger: world.ledger, logger: .silent)
            // Less than any Int first: with the others the bucket is full, and the job is sent back.
            for tokens in ["-Infinity", "NaN", "Infinity"] {
                _ = try await world.pool.execute("UPDATE relais.replay SET tokens = \(tokens)::text::float8")
                try await turn.run()
            }
            _ = try await world.pool.execute(
                "UPDATE relais.job SET failures = 2147483647, crashes = 2147483647 WHERE id = \(id.uuid)"
            )
            try await turn.run()
            #expect(try await world.count("SELECT count(*) FROM relais.replay_job WHERE outcome = 'failed'") == 1)
        }
    }

    @Test func aScheduleOfTheInfinitePastFiresOnceAndKeepsNobodyWaiting() async throws {
        let schedules = [
            ScheduleDefinition("old", "30 2 * * *", zone: "Europe/Paris", Work()),
            ScheduleDefinition("usual", "30 2 * * *", zone: "Europe/Paris", Work()),
        ]
        try await withScheduleWorld(schedules, at: "2027-01-01T12:00:00Z") { world in
            for start in ["-infinity", "4714-11-24 00:00:00+00 BC"] {
                _ = try await world.engine.pool.execute(
                    "UPDATE relais.schedule SET next_tick = \(start)::text::timestamptz WHERE name = 'old'"
                )
                await world.scheduler().turn()
            }
            try await world.set(clock: Date("2027-01-02T12:00:00Z", strategy: .iso8601))
            await world.scheduler().turn()
            let ticks =
                Array(repeating: "2027-01-01T01:30:00Z", count: 2) + Array(repeating: "2027-01-02T01:30:00Z", count: 2)
            #expect(try await world.firedTicks() == ticks)
            #expect(try await world.engine.ledger.schedules().count == 2)
        }
    }

    @Test(
        arguments: [
            (1.9, 1), (-1.5, -2), (.infinity, .max), (-.infinity, .min), (.nan, 0), (0x1p63, .max), (-0x1p63, .min),
            (0x1.fffffffffffffp62, 9_223_372_036_854_774_784),
        ] as [(Double, Int)]
    )
    func aNumberThatNoIntHoldsBecomesTheNearestEnd(_ number: Double, _ expected: Int) {
        #expect(Int(roundingDown: number) == expected)
    }
}
