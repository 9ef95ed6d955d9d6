import Foundation
import Postgres

/// Statements about replays of dead jobs.
enum ReplaySQL {
    /// A replay is released by the chores about once a second; a bucket of two seconds keeps the rate all the same.
    private static let horizon = 2.0

    /// What a filter finds, by kind and error class. Superseded: another job has its unique key.
    static func preview(_ filter: DeadFilter) -> SQL {
        """
        SELECT kind, error_class, count(*) AS jobs,
            count(*) FILTER (WHERE is_superseded) AS superseded,
            count(*) FILTER (WHERE deadline < clock_timestamp()) AS past_deadline
        FROM (
            SELECT d.kind, d.deadline, coalesce(\(fragment: JobListSQL.errorOfDeath), '') AS error_class,
                d.unique_key IS NOT NULL AND EXISTS (
                    SELECT FROM relais.job o WHERE o.unique_key = d.unique_key
                      AND (o.state <> 'running' OR o.unique_span = 'until-finished')) AS is_superseded
            FROM relais.job_dead d WHERE \(fragment: JobListSQL.matches(filter))
        ) AS found
        GROUP BY kind, error_class ORDER BY count(*) DESC, kind, error_class
        """
    }

    static func order(_ order: ReplayOrder, filter: JSON, _ act: Act) -> SQL {
        """
        INSERT INTO relais.replay (actor, reason, filter, size, rate_jobs, rate_seconds, failure_limit, judged_from)
        VALUES (\(act.actor), \(act.reason), \(filter), 0, \(order.rate.jobs), \(order.rate.period.seconds),
            \(order.failureLimit), \(order.judgedFrom))
        RETURNING id
        """
    }

    /// Freezes the set; jobs that wait in another replay stay there. One more than `limit` tells that there are more.
    static func freeze(_ replay: Int64, _ filter: DeadFilter, limit: Int) -> SQL {
        """
        INSERT INTO relais.replay_job (replay, job)
        SELECT \(replay), d.id FROM relais.job_dead d
        WHERE \(fragment: JobListSQL.matches(filter)) AND NOT EXISTS (
            SELECT FROM relais.replay_job r WHERE r.job = d.id AND r.state = 'frozen')
        ORDER BY d.id LIMIT \(limit + 1)
        """
    }

    static func size(_ size: Int, of replay: Int64) -> SQL {
        "UPDATE relais.replay SET size = \(size) WHERE id = \(replay)"
    }

    static let running: SQL = "SELECT id FROM relais.replay WHERE state = 'running' ORDER BY id"

    /// One of the chores of several producers turns a replay at a time.
    static func lock(_ replay: Int64) -> SQL {
        """
        SELECT relais.bucket(rate_jobs, rate_seconds, tokens, filled_at, \(horizon)) AS tokens, failure_limit,
            judged_from
        FROM relais.replay WHERE id = \(replay) AND state = 'running' FOR UPDATE SKIP LOCKED
        """
    }

    static func judge(_ replay: Int64) -> SQL {
        """
        UPDATE relais.replay_job r SET outcome = found.outcome
        FROM (
            SELECT t.job, CASE
                WHEN f.state = 'dead' OR j.failures > 0 OR j.crashes > 0 THEN 'failed'
                WHEN f.id IS NOT NULL OR j.id IS NULL THEN 'ended'
            END AS outcome
            FROM relais.replay_job t
            LEFT JOIN relais.job j ON j.id = t.job
            LEFT JOIN relais.job_finished f ON f.id = t.job AND f.finished_at >= t.released_at
            WHERE t.replay = \(replay) AND t.state = 'released' AND t.outcome IS NULL
        ) AS found
        WHERE r.replay = \(replay) AND r.job = found.job AND found.outcome IS NOT NULL
        """
    }

    static func counts(_ replay: Int64) -> SQL {
        """
        SELECT count(*) FILTER (WHERE state = 'frozen') AS frozen,
            count(*) FILTER (WHERE state = 'released') AS released,
            count(*) FILTER (WHERE state = 'skipped') AS skipped,
            count(*) FILTER (WHERE outcome = 'failed') AS failed,
            count(*) FILTER (WHERE outcome = 'ended') AS ended
        FROM relais.replay_job WHERE replay = \(replay)
        """
    }

    static func next(_ replay: Int64, limit: Int) -> SQL {
        """
        SELECT job FROM relais.replay_job WHERE replay = \(replay) AND state = 'frozen' ORDER BY job LIMIT \(limit)
        """
    }

    /// Those of `ids` that were sent back are released; the others were no longer dead.
    static func released(_ ids: [UUID], back: [UUID], of replay: Int64) -> SQL {
        """
        UPDATE relais.replay_job
        SET state = CASE WHEN job = ANY(\(back)) THEN 'released' ELSE 'skipped' END, released_at = clock_timestamp()
        WHERE replay = \(replay) AND job = ANY(\(ids))
        """
    }

    static func spend(tokens: Double, of replay: Int64) -> SQL {
        "UPDATE relais.replay SET tokens = \(tokens), filled_at = clock_timestamp() WHERE id = \(replay)"
    }

    static func end(_ replay: Int64, state: String, because reason: String?) -> SQL {
        """
        UPDATE relais.replay SET state = \(state), ended_at = clock_timestamp(), ended_because = \(reason)
        WHERE id = \(replay) AND state = 'running' RETURNING id
        """
    }

    static func list(_ replay: Int64?, limit: Int) -> SQL {
        """
        SELECT r.*, c.* FROM relais.replay r CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE state = 'frozen') AS frozen,
                count(*) FILTER (WHERE state = 'released') AS released,
                count(*) FILTER (WHERE state = 'skipped') AS skipped,
                count(*) FILTER (WHERE outcome = 'failed') AS failed,
                count(*) FILTER (WHERE outcome = 'ended') AS ended
            FROM relais.replay_job WHERE replay = r.id
        ) AS c
        WHERE \(replay)::bigint IS NULL OR r.id = \(replay) ORDER BY r.id DESC LIMIT \(limit)
        """
    }
}
