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

    /// Crashes after which a job runs alone in its process: a crash charges every neighbour, so one proves nothing.
    static let crashesInCompany = 2
    /// Crashes when alone after which a job is dead.
    static let crashesAlone = 3

    /// Gives back the running jobs of a process as crashed. A job that only waited to be alone there is not charged; one
    /// that was alone for the last time is dead. Ends those that somebody wanted cancelled, and those whose unique key
    /// another job has taken (``SupersedeSQL``). Locked rows are skipped: they are being finished, or the next round
    /// comes back for them.
    static func giveBack(of process: Int64, keepingKeys: Bool = true) -> SQL {
        """
        WITH locked AS MATERIALIZED (
            SELECT j.id, j.unique_key, j.unique_span,
                (j.alone OR j.crashes < \(crashesInCompany))::int AS charge,
                CASE WHEN j.cancel_requested_at IS NOT NULL THEN 'cancelled'
                    WHEN j.alone AND j.lone_crashes >= \(crashesAlone - 1) THEN 'dead' END AS ending,
                CASE WHEN j.cancel_requested_at IS NOT NULL THEN j.cancel_reason ELSE 'crash-loop' END AS why
            FROM \(fragment: SupersedeSQL.patience) CROSS JOIN relais.job j
            WHERE j.process = \(process) AND j.state = 'running'
            ORDER BY j.id FOR UPDATE OF j SKIP LOCKED
        ), failure AS (
            INSERT INTO relais.failure (job, attempt, ending, process, claimed_at, error_class, message)
            SELECT j.id, j.attempt, 'crash', j.process, j.claimed_at, CASE WHEN j.alone THEN 'crash/alone' ELSE 'crash' END,
                CASE WHEN j.alone THEN 'the worker process died or froze while nothing but the job ran in it'
                    ELSE 'the worker process died or froze while the job ran' END
            FROM relais.job j JOIN locked USING (id) WHERE locked.charge = 1
            \(fragment: CounterSQL.keepingTheFirst)
        ), \(fragment: SupersedeSQL.closed(charges: charges)), moved AS (
            UPDATE relais.job AS j
            SET state = 'pending', claim = NULL, process = NULL, dispatched_at = NULL, alone = false,
                \(fragment: keepingKeys ? "" : SupersedeSQL.withoutKey)
                crashes = \(fragment: CounterSQL.sum("j.crashes", "locked.charge")),
                lone_crashes = \(fragment: CounterSQL.sum("j.lone_crashes", "j.alone::int"))
            FROM locked
            WHERE j.id = locked.id AND j.state = 'running' AND j.id NOT IN (SELECT id FROM closed)
            RETURNING j.id
        )
        SELECT id, 'pending' AS state, false AS is_closed FROM moved UNION ALL SELECT id, state, true FROM closed
        """
    }

    /// Which of these queues have rescued jobs that are due. The state and the comparison stand as in the index
    /// `job_rescued`, or the planner would not take it.
    static func waiting(in queues: [String]) -> SQL {
        """
        SELECT name FROM unnest(\(queues)) AS name WHERE EXISTS (
            SELECT FROM relais.job j
            WHERE j.queue = name AND j.crashes > 0 AND j.state IN ('pending', 'dispatched')
              AND j.run_at <= clock_timestamp()
        )
        """
    }

    private static let charges: SQL = """
        failures, \(fragment: CounterSQL.sum("crashes", "(SELECT l.charge FROM locked l WHERE l.id = gone.id)")),
            snoozes
        """

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
