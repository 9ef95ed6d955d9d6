import Postgres

/// Statements by which operators steer queues, and look at them.
enum QueueControlSQL {
    /// Waits for a relay that is marking; what it has dispatched is then seen by ``takeWindowBack(_:)``.
    static func lock(_ queue: String) -> SQL {
        "SELECT name FROM relais.queue WHERE name = \(queue) FOR UPDATE"
    }

    static func pause(_ queue: String) -> SQL {
        "UPDATE relais.queue SET paused_at = coalesce(paused_at, clock_timestamp()) WHERE name = \(queue)"
    }

    static func resume(_ queue: String) -> SQL {
        "UPDATE relais.queue SET paused_at = NULL WHERE name = \(queue)"
    }

    static func slots(_ slots: Int?, of queue: String) -> SQL {
        "UPDATE relais.queue SET slots = \(slots) WHERE name = \(queue)"
    }

    static func runningLimit(_ limit: Int?, of queue: String) -> SQL {
        "UPDATE relais.queue SET running_limit = \(limit) WHERE name = \(queue)"
    }

    /// The bucket begins with one job: full, it would let a rate be exceeded by setting it again and again.
    static func rate(_ rate: Rate?, of queue: String) -> SQL {
        """
        UPDATE relais.queue
        SET rate_jobs = \(rate?.jobs), rate_seconds = \(rate?.period.seconds), rate_tokens = 1,
            rate_filled_at = clock_timestamp()
        WHERE name = \(queue)
        """
    }

    /// Takes back all that is dispatched and not yet claimed; its messages are stale from then on. Claims in flight are
    /// waited for: they were first.
    static func takeWindowBack(_ queue: String) -> SQL {
        """
        WITH locked AS MATERIALIZED (
            SELECT id FROM relais.job WHERE queue = \(queue) AND state = 'dispatched' ORDER BY id FOR UPDATE
        ), closed AS (
            DELETE FROM relais.dispatch_batch WHERE queue = \(queue)
        )
        UPDATE relais.job AS j SET state = 'pending', batch = NULL, dispatched_at = NULL
        FROM locked WHERE j.id = locked.id AND j.state = 'dispatched'
        """
    }

    /// Tells every process that there is something to learn: the version is the news, the notifications only hurry.
    static let announce: SQL = """
        WITH announced AS (UPDATE relais.control SET version = version + 1)
        SELECT pg_notify('relais_control', ''), pg_notify('relais_due', '')
        """

    /// Counts stop at 10,000 a queue and state: a million waiting jobs must not make the list slow.
    static func list(_ queue: String?) -> SQL {
        """
        SELECT q.name, q.paused_at, q.slots, q.running_limit, q.rate_jobs, q.rate_seconds, q.window_size,
            (SELECT count(*) FROM (SELECT FROM relais.job WHERE queue = q.name AND state = 'pending'
                AND run_at <= clock_timestamp() LIMIT \(QueueOverview.countLimit)) AS c) AS due,
            (SELECT count(*) FROM (SELECT FROM relais.job WHERE queue = q.name AND state = 'pending'
                AND run_at > clock_timestamp() LIMIT \(QueueOverview.countLimit)) AS c) AS later,
            (SELECT count(*) FROM (SELECT FROM relais.job WHERE queue = q.name AND state = 'dispatched'
                LIMIT \(QueueOverview.countLimit)) AS c) AS dispatched,
            (SELECT count(*) FROM relais.job WHERE queue = q.name AND state = 'running') AS running,
            (SELECT run_at FROM relais.job WHERE queue = q.name AND state = 'pending'
                AND run_at <= clock_timestamp() ORDER BY run_at, id LIMIT 1) AS oldest_due,
            (SELECT count(*) FROM relais.process p WHERE p.slots ? q.name) AS workers,
            (SELECT coalesce(sum((p.slots ->> q.name)::int), 0) FROM relais.process p WHERE p.slots ? q.name)
                AS slots_in_all
        FROM relais.queue q WHERE \(queue)::text IS NULL OR q.name = \(queue) ORDER BY q.name
        """
    }
}
