import Postgres

/// What the ledger knows about why a job does not run, in one look.
enum ExplanationSQL {
    /// Counts of jobs stop at 1,000: "at least so many" explains as much.
    static func facts(_ id: JobID) -> SQL {
        """
        WITH asked AS MATERIALIZED (
            SELECT coalesce((SELECT job FROM relais.receipt WHERE id = \(id.uuid)), \(id.uuid)) AS id
        ), job AS MATERIALIZED (
            SELECT id, kind, queue, state, NULL::text AS reason, run_at, deadline, batch, process, failures, crashes,
                snoozes, dispatched_at, claimed_at, claim, NULL::timestamptz AS finished_at, exclusive_key
            FROM relais.job WHERE id = (SELECT id FROM asked)
            UNION ALL
            SELECT id, kind, queue, state, reason, run_at, deadline, NULL, process, failures, crashes,
                snoozes, dispatched_at, claimed_at, NULL::uuid, finished_at, exclusive_key
            FROM relais.job_finished WHERE id = (SELECT id FROM asked)
        )
        SELECT j.*, clock_timestamp() AS now,
            q.paused_at, q.running_limit, q.rate_jobs, q.rate_seconds, q.window_size,
            CASE WHEN q.rate_jobs IS NOT NULL THEN clock_timestamp() + make_interval(secs => greatest(0,
                1 - relais.bucket(q.rate_jobs, q.rate_seconds, q.rate_tokens, q.rate_filled_at, 0.1))
                * q.rate_seconds / q.rate_jobs) END AS rate_free_at,
            (SELECT count(*) FROM relais.job o WHERE o.queue = j.queue AND o.state = 'running') AS running,
            (SELECT count(*) FROM relais.job o WHERE o.queue = j.queue AND o.state = 'dispatched') AS dispatched,
            (SELECT count(*) FROM (SELECT FROM relais.job o WHERE o.queue = j.queue AND o.state = 'pending'
                AND (o.run_at, o.id) < (j.run_at, j.id) AND o.run_at <= clock_timestamp() LIMIT 1000) AS a) AS ahead,
            (SELECT string_agg(format('%s on %s (process %s)', o.id, p.host, p.id), ', ') FROM (
                SELECT id, process FROM relais.job
                WHERE queue = j.queue AND state = 'running' ORDER BY claimed_at LIMIT 5
            ) AS o JOIN relais.process p ON p.id = o.process) AS runners,
            (SELECT o.id || ' (' || o.state || ')' FROM relais.job o
                WHERE o.exclusive_key = j.exclusive_key AND o.id <> j.id AND o.state <> 'pending' LIMIT 1) AS holder,
            b.confirmed_at, b.marked_at,
            w.workers, w.quiet, w.away, w.slots,
            (SELECT count(*) FROM relais.process WHERE role = 'producer') AS producers,
            (SELECT count(*) FROM relais.process WHERE role = 'producer' AND broker_away_since IS NOT NULL)
                AS producers_away,
            h.host, h.os_pid, extract(epoch FROM clock_timestamp() - beat.beat_at)::float8 AS beat_age,
            g.done, g.total, f.error_class, f.message,
            (SELECT r.replay FROM relais.replay_job r WHERE r.job = j.id AND r.state = 'frozen' LIMIT 1) AS replay
        FROM job j JOIN relais.queue q ON q.name = j.queue
        LEFT JOIN relais.dispatch_batch b ON b.batch = j.batch
        LEFT JOIN relais.process h ON h.id = j.process
        LEFT JOIN relais.process_beat beat ON beat.process = h.id
        LEFT JOIN relais.progress g ON g.job = j.id AND g.claim = j.claim
        LEFT JOIN LATERAL (
            SELECT error_class, message FROM relais.failure WHERE job = j.id ORDER BY attempt DESC LIMIT 1
        ) AS f ON true
        CROSS JOIN LATERAL (
            SELECT count(*) AS workers, count(*) FILTER (WHERE quiet_at IS NOT NULL OR stop_at IS NOT NULL) AS quiet,
                count(*) FILTER (WHERE broker_away_since IS NOT NULL) AS away,
                coalesce(sum((slots ->> j.queue)::int) FILTER (WHERE quiet_at IS NULL AND stop_at IS NULL), 0) AS slots
            FROM relais.process WHERE slots ? j.queue
        ) AS w
        """
    }
}
