import Postgres

/// Statements by which the chores give back the jobs of a process that died.
enum RescueSQL {
    /// Ends the sessions of a process, and waits for their end: a frozen process that comes back must not commit
    /// what it had begun after its jobs were given to others.
    static func terminateSessions(of process: Int64) -> SQL {
        """
        SELECT count(*) FILTER (WHERE pg_terminate_backend(a.pid, 2000)) AS terminated
        FROM relais.process p JOIN pg_stat_activity a ON a.application_name = p.application_name
        WHERE p.id = \(process) AND a.datname = current_database() AND a.pid <> pg_backend_pid()
        """
    }

    /// Gives back the running jobs of a process as crashed, or ends them where another job has taken their unique key
    /// (``SupersedeSQL``). Locked rows are skipped: they are being finished, or the next round comes back for them.
    static func giveBack(of process: Int64, keepingKeys: Bool = true) -> SQL {
        """
        WITH locked AS MATERIALIZED (
            SELECT j.id, j.unique_key, j.unique_span
            FROM \(fragment: SupersedeSQL.patience) CROSS JOIN relais.job j
            WHERE j.process = \(process) AND j.state = 'running'
            ORDER BY j.id FOR UPDATE OF j SKIP LOCKED
        ), failure AS (
            INSERT INTO relais.failure (job, attempt, ending, process, claimed_at, error_class, message)
            SELECT j.id, j.attempt, 'crash', j.process, j.claimed_at, 'crash',
                'the worker process died or froze while the job ran'
            FROM relais.job j JOIN locked USING (id)
        ), \(fragment: SupersedeSQL.superseded(charges: "failures, crashes + 1, snoozes")), moved AS (
            UPDATE relais.job AS j
            SET state = 'pending', claim = NULL, process = NULL, dispatched_at = NULL,
                \(fragment: keepingKeys ? "" : SupersedeSQL.withoutKey)
                crashes = j.crashes + 1
            FROM locked
            WHERE j.id = locked.id AND j.state = 'running' AND j.id NOT IN (SELECT id FROM superseded)
            RETURNING j.id
        )
        SELECT id FROM moved UNION ALL SELECT id FROM superseded
        """
    }

    /// Forgets a dead process once nothing of it is left; its beat goes with it.
    static func bury(_ process: Int64) -> SQL {
        ProcessSQL.unregister(process)
    }

    /// Processes that are gone from the register but still named by running jobs: a claim that committed while its
    /// process was being buried.
    static let unregisteredOwners: SQL = """
        SELECT DISTINCT j.process AS id FROM relais.job j
        WHERE j.state = 'running' AND NOT EXISTS (SELECT FROM relais.process p WHERE p.id = j.process)
        """
}
