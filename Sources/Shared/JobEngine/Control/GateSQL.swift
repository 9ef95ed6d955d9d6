import Postgres

/// What stands between a due job and its dispatch: pause, window, limit and rate of its queue. Whoever gives jobs out
/// runs ``lock(_:)`` and a statement that begins with ``room(_:)`` in one transaction.
enum GateSQL {
    /// A bucket holds what so many seconds bring, and at least one job.
    private static let horizon = 0.1

    /// Locks the queue's row, so that two relays never fill the same room twice; a relay that meets the lock goes on to
    /// the next queue. Who waits for it instead waits no longer than a relay marks, or an operator's act lasts.
    ///
    /// It is a statement of its own, because one statement sees what was committed before it began: had it to wait or
    /// had the other relay just committed, it would count without the jobs that the other has dispatched, and exceed
    /// the limit. The setting tells the next statement of the transaction that the lock is held.
    static func lock(_ queue: String, isAwaited: Bool = false) -> SQL {
        """
        SELECT set_config('relais.gate', locked.name, true) FROM (
            SELECT name FROM relais.queue WHERE name = \(queue) FOR UPDATE \(fragment: isAwaited ? "" : "SKIP LOCKED")
        ) AS locked
        """
    }

    /// CTEs `gate` and `room`; `room.free` says how many jobs may be given out now. No row without the lock.
    ///
    /// The window is counted over the partial index `job_dispatched`, and never further than its size. A limit counts
    /// what is dispatched as if it ran already. What a rate lets through must also be claimed before more follows: jobs
    /// that gathered in the broker while no worker was there would run in one burst later.
    ///
    /// A claim without the broker puts nothing into the window, and so a full one does not hold it back.
    static func room(_ queue: String, isInWindow: Bool = true) -> SQL {
        """
        gate AS MATERIALIZED (
            SELECT name, window_size, paused_at, running_limit, rate_jobs,
                relais.bucket(rate_jobs, rate_seconds, rate_tokens, rate_filled_at, \(horizon)) AS tokens,
                greatest(1, floor(rate_jobs::float8 / rate_seconds * \(horizon)))::bigint AS unclaimed_limit
            FROM relais.queue
            WHERE name = \(queue) AND current_setting('relais.gate', true) = \(queue)
        ), room AS MATERIALIZED (
            SELECT CASE WHEN gate.paused_at IS NOT NULL THEN 0 ELSE greatest(0, least(
                gate.window_size - CASE WHEN \(isInWindow) THEN busy.dispatched ELSE 0 END,
                gate.running_limit - busy.dispatched - busy.running,
                CASE WHEN gate.rate_jobs IS NOT NULL THEN floor(gate.tokens)::bigint END,
                CASE WHEN gate.rate_jobs IS NOT NULL THEN gate.unclaimed_limit - busy.dispatched END
            )) END AS free
            FROM gate CROSS JOIN LATERAL (
                -- OFFSET 0, or every mention of it would be a count of its own.
                SELECT \(fragment: dispatched(queue)) AS dispatched, \(fragment: running(queue)) AS running OFFSET 0
            ) AS busy
        )
        """
    }

    /// CTE body that takes from the bucket what CTE `opened` (with a column `size`) has given out.
    static func spend(_ queue: String) -> SQL {
        """
        UPDATE relais.queue AS q SET rate_tokens = gate.tokens - opened.size, rate_filled_at = clock_timestamp()
        FROM gate, opened WHERE q.name = \(queue) AND q.rate_jobs IS NOT NULL
        """
    }

    private static func dispatched(_ queue: String) -> SQL {
        """
        (SELECT count(*) FROM (
            SELECT FROM relais.job WHERE queue = \(queue) AND state = 'dispatched' LIMIT (SELECT window_size FROM gate)
        ) AS dispatched)
        """
    }

    private static func running(_ queue: String) -> SQL {
        """
        (SELECT count(*) FROM relais.job
            WHERE queue = \(queue) AND state = 'running' AND (SELECT running_limit FROM gate) IS NOT NULL)
        """
    }

    /// When something of each queue may be given out; no row when nothing is pending or all that is stands behind a pause,
    /// or waits for another job of its exclusive key. Behind a full window or limit it is time to look again in 50 ms:
    /// nobody tells a relay that a job has ended. A window counts as full until a tenth of it is free, so that a backlog
    /// goes out in whole batches and not in drops.
    static func nextDue(queues: [String]) -> SQL {
        """
        SELECT q.name, extract(epoch FROM greatest(next.run_at,
            CASE WHEN q.rate_jobs IS NOT NULL THEN clock_timestamp() + make_interval(secs =>
                greatest(0, 1 - relais.bucket(q.rate_jobs, q.rate_seconds, q.rate_tokens, q.rate_filled_at, \(horizon)))
                    * q.rate_seconds / q.rate_jobs) END,
            CASE WHEN busy.dispatched > q.window_size - greatest(1, q.window_size / 10) OR busy.dispatched + busy.running >= q.running_limit
                OR (q.rate_jobs IS NOT NULL AND busy.dispatched > 0)
                THEN clock_timestamp() + interval '50 ms' END
        ) - clock_timestamp())::float8 AS seconds
        FROM relais.queue q
        CROSS JOIN LATERAL (
            SELECT j.run_at FROM relais.job j
            WHERE j.queue = q.name AND j.state = 'pending' AND \(fragment: ExclusiveSQL.isFree)
            ORDER BY j.run_at, j.id LIMIT 1
        ) AS next
        CROSS JOIN LATERAL (SELECT
            (SELECT count(*) FROM relais.job WHERE queue = q.name AND state = 'dispatched') AS dispatched,
            (SELECT count(*) FROM relais.job
                WHERE queue = q.name AND state = 'running' AND q.running_limit IS NOT NULL) AS running
        ) AS busy
        WHERE q.name = ANY(\(queues)) AND q.paused_at IS NULL
        """
    }
}
