import Foundation
import Postgres
import TestSupport
import Testing

@testable import JobEngine

/// An engine world whose schedulers go by a clock of the test's, which stands in the database like the real one; and a
/// record of every tick that fired.
struct ScheduleWorld {
    let engine: EngineWorld

    static let clock: SQL = "(SELECT at FROM test_clock)"

    func set(clock instant: Date) async throws {
        _ = try await engine.pool.execute("UPDATE test_clock SET at = \(instant)")
    }

    func register(_ schedules: [ScheduleDefinition]) async throws {
        try await engine.ledger.register(
            JobCatalogue(queues: TestCatalogue.all.queues, kinds: TestCatalogue.all.kinds, schedules: schedules)
        )
    }

    /// A scheduler that looks when the test says so.
    func scheduler() -> Scheduler {
        Scheduler(ledger: engine.ledger, logger: .silent, clock: Self.clock)
    }

    func firedTicks() async throws -> [String] {
        try await engine.pool.query("SELECT tick FROM test_tick ORDER BY tick").map {
            try $0.decode("tick", as: Date.self).formatted(.iso8601)
        }
    }
}

/// Runs a test with these schedules, which were registered at an instant of its clock.
func withScheduleWorld(
    _ schedules: [ScheduleDefinition],
    at start: String,
    _ body: (ScheduleWorld) async throws -> Void
) async throws {
    let start = try Date(start, strategy: .iso8601)
    try await withEngineWorld { engine in
        let world = ScheduleWorld(engine: engine)
        try await engine.database.withConnection { connection in
            try await connection.run(
                script: """
                    CREATE TABLE test_clock (at timestamptz);
                    INSERT INTO test_clock VALUES (now());
                    CREATE TABLE test_tick (schedule text, tick timestamptz);
                    CREATE FUNCTION test_fired() RETURNS trigger LANGUAGE plpgsql AS
                        $$ BEGIN INSERT INTO test_tick VALUES (new.name, new.last_tick); RETURN NULL; END $$;
                    CREATE TRIGGER fired AFTER UPDATE OF last_tick ON relais.schedule
                        FOR EACH ROW EXECUTE FUNCTION test_fired();
                    """
            )
        }
        try await world.register(schedules)
        try await world.set(clock: start)
        // Registration goes by the real clock, which the test's may lie behind.
        for schedule in schedules {
            let next = try Ticks(schedule.expression, zone: schedule.zone).first(after: start)
            _ = try await engine.pool.execute(
                "UPDATE relais.schedule SET next_tick = \(next) WHERE name = \(schedule.name)"
            )
        }
        try await body(world)
    }
}
