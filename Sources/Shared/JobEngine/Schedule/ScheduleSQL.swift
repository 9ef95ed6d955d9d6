import Foundation
import Postgres

/// Statements about schedules. Instants come from the database's clock: those of the processes differ.
enum ScheduleSQL {
    static let now: SQL = "SELECT clock_timestamp() AS now"

    /// A changed expression or zone begins anew; otherwise the tick that waits goes on waiting, or a release at the
    /// wrong moment would lose it. `enabled` is the operators'.
    static func register(_ schedule: ScheduleDefinition, arguments: JSON, nextTick: Date) -> SQL {
        """
        INSERT INTO relais.schedule AS s (name, kind, arguments, expression, zone, next_tick)
        VALUES (\(schedule.name), \(type(of: schedule.arguments).definition.name), \(arguments),
            \(schedule.expression), \(schedule.zone), \(nextTick))
        ON CONFLICT (name) DO UPDATE
        SET kind = excluded.kind, arguments = excluded.arguments, expression = excluded.expression,
            zone = excluded.zone,
            next_tick = CASE WHEN (s.expression, s.zone) = (excluded.expression, excluded.zone) THEN s.next_tick
                ELSE excluded.next_tick END
        """
    }

    /// A schedule that the catalogue has no more would fire for ever.
    static func forgetAll(but names: [String]) -> SQL {
        "DELETE FROM relais.schedule WHERE name <> ALL (\(names))"
    }

    /// What is due by `clock`, with that instant.
    static func due(at clock: SQL) -> SQL {
        """
        SELECT s.name, s.expression, s.zone, s.next_tick, c.now
        FROM relais.schedule s CROSS JOIN (SELECT \(fragment: clock) AS now) AS c
        WHERE s.enabled AND s.next_tick <= c.now
        ORDER BY s.next_tick, s.name
        """
    }

    /// Takes a tick: one row for the one scheduler that comes first, none for whoever read the row before him.
    static func take(_ tick: DueTick, fired: Date, next: Date) -> SQL {
        """
        UPDATE relais.schedule
        SET next_tick = \(next), last_tick = \(fired), last_fired_at = clock_timestamp()
        WHERE name = \(tick.schedule) AND next_tick = \(StoredInstant(tick.due)) AND enabled
          AND expression = \(tick.expression) AND zone = \(tick.zone)
        RETURNING kind, arguments
        """
    }

    static func lock(_ name: String) -> SQL {
        """
        SELECT kind, arguments, expression, zone, enabled, clock_timestamp() AS now
        FROM relais.schedule WHERE name = \(name) FOR UPDATE
        """
    }

    static func recordJob(_ job: UUID, of name: String) -> SQL {
        "UPDATE relais.schedule SET last_job = \(job) WHERE name = \(name)"
    }

    static func enable(_ name: String, nextTick: Date) -> SQL {
        "UPDATE relais.schedule SET enabled = true, next_tick = \(nextTick) WHERE name = \(name)"
    }

    static func disable(_ name: String) -> SQL {
        "UPDATE relais.schedule SET enabled = false WHERE name = \(name)"
    }

    static let list: SQL = """
        SELECT s.name, s.kind, s.arguments, s.expression, s.zone, s.enabled, s.next_tick, s.last_tick,
            s.last_fired_at, s.last_job, relais.job_state(s.last_job) AS last_state
        FROM relais.schedule s ORDER BY s.name
        """
}
