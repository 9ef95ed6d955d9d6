import Postgres

/// Statements about single processes: what operators ask of them, and what they say of themselves.
enum ProcessControlSQL {
    /// What a process must know of the operators' wishes. No row: it was buried.
    static func wishes(of process: Int64) -> SQL {
        """
        SELECT p.quiet_at IS NOT NULL AS quiet, p.stop_at IS NOT NULL AS stop, c.version
        FROM relais.process p, relais.control c WHERE p.id = \(process)
        """
    }

    static let slots: SQL = "SELECT name, slots FROM relais.queue WHERE slots IS NOT NULL"

    static func announce(slots: JSON, of process: Int64) -> SQL {
        "UPDATE relais.process SET slots = \(slots) WHERE id = \(process)"
    }

    /// A process that took a new number stays as quiet as it was under the old one.
    static func carryQuietOver(to process: Int64) -> SQL {
        "UPDATE relais.process SET quiet_at = coalesce(quiet_at, clock_timestamp()) WHERE id = \(process)"
    }

    static func obeyed(quiet: Bool, by process: Int64) -> SQL {
        """
        UPDATE relais.process SET quieted_at = CASE WHEN \(quiet) THEN clock_timestamp() END WHERE id = \(process)
        """
    }

    static func broker(isConnected: Bool, of process: Int64) -> SQL {
        """
        UPDATE relais.process
        SET broker_away_since = CASE WHEN NOT \(isConnected) THEN coalesce(broker_away_since, clock_timestamp()) END
        WHERE id = \(process)
        """
    }

    static func quiet(_ process: Int64) -> SQL {
        """
        UPDATE relais.process SET quiet_at = coalesce(quiet_at, clock_timestamp())
        WHERE id = \(process) AND role = 'workers' RETURNING id
        """
    }

    static func wake(_ process: Int64) -> SQL {
        "UPDATE relais.process SET quiet_at = NULL WHERE id = \(process) AND role = 'workers' RETURNING id"
    }

    static func stop(_ process: Int64) -> SQL {
        """
        UPDATE relais.process SET stop_at = coalesce(stop_at, clock_timestamp())
        WHERE id = \(process) AND role = 'workers' RETURNING id
        """
    }

    static let list: SQL = """
        SELECT p.id, p.role, p.host, p.os_pid, p.slots, p.registered_at, p.quiet_at, p.quieted_at, p.stop_at,
            p.broker_away_since,
            extract(epoch FROM clock_timestamp() - b.beat_at)::float8 AS beat_age,
            (SELECT count(*) FROM relais.job WHERE process = p.id AND state = 'running') AS running
        FROM relais.process p JOIN relais.process_beat b ON b.process = p.id
        ORDER BY p.role DESC, p.id
        """
}
