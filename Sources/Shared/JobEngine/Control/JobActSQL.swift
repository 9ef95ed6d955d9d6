import Foundation
import Postgres

/// Statements by which operators send jobs back, hurry them or give them up for good.
enum JobActSQL {
    /// dead → pending under the same id, so that the failures, the mail's Message-ID and its link stay the job's own.
    /// The counters that limits look at begin anew; `attempt` goes on. Where another job has the unique key, that one
    /// does the work, and the dead one ends `obsolete: superseded`; of two in one call the later request goes on.
    static func sendBack(_ ids: [UUID], keepingKeys: Bool) -> SQL {
        """
        WITH dead AS MATERIALIZED (
            SELECT f.id, f.unique_key FROM \(fragment: SupersedeSQL.patience) CROSS JOIN relais.job_dead f
            WHERE f.id = ANY(\(ids)) ORDER BY f.id FOR UPDATE OF f
        ), contested AS MATERIALIZED (
            SELECT id FROM (
                SELECT d.id, row_number() OVER (PARTITION BY d.unique_key ORDER BY d.id DESC) > 1 OR EXISTS (
                    SELECT FROM relais.job o WHERE o.unique_key = d.unique_key
                      AND (o.state <> 'running' OR o.unique_span = 'until-finished')
                ) AS is_taken
                FROM dead d WHERE d.unique_key IS NOT NULL
            ) AS keyed WHERE is_taken AND \(keepingKeys)
        ), superseded AS (
            UPDATE relais.job_finished f
            SET state = 'obsolete', reason = 'superseded', finished_at = clock_timestamp()
            FROM contested WHERE f.id = contested.id AND f.state = 'dead'
            RETURNING f.id
        ), gone AS (
            DELETE FROM relais.job_finished f USING dead
            WHERE f.id = dead.id AND f.state = 'dead' AND f.id NOT IN (SELECT id FROM contested)
            RETURNING f.*
        ), back AS (
            INSERT INTO relais.job (id, kind, queue, arguments, subject, run_at, deadline, attempt, created_at,
                first_claimed_at, traceparent, unique_key, unique_span, exclusive_key)
            SELECT id, kind, queue, arguments, subject, clock_timestamp(), deadline, attempt, created_at,
                first_claimed_at, traceparent, CASE WHEN \(keepingKeys) THEN unique_key END,
                CASE WHEN \(keepingKeys) THEN unique_span END, exclusive_key
            FROM gone RETURNING id
        )
        SELECT id, false AS superseded FROM back UNION ALL SELECT id, true FROM superseded
        """
    }

    /// A job that waits for its time becomes due.
    static func hurry(_ id: UUID) -> SQL {
        """
        UPDATE relais.job SET run_at = clock_timestamp()
        WHERE id = \(id) AND state = 'pending' AND run_at > clock_timestamp() RETURNING id
        """
    }

    /// dead → cancelled: kept with its failures for as long as finished jobs are, and no longer counted as dead.
    static func discard(_ ids: [UUID]) -> SQL {
        """
        WITH dead AS MATERIALIZED (
            SELECT id FROM relais.job_dead WHERE id = ANY(\(ids)) ORDER BY id FOR UPDATE
        )
        UPDATE relais.job_finished f
        SET state = 'cancelled', finished_at = clock_timestamp(),
            reason = left('discarded; it was dead: ' || coalesce(f.reason, ''), \(LedgerText.limit / 4))
        FROM dead WHERE f.id = dead.id AND f.state = 'dead'
        RETURNING f.id
        """
    }

    static func state(_ id: UUID) -> SQL {
        "SELECT state FROM relais.job WHERE id = \(id) UNION ALL SELECT state FROM relais.job_finished WHERE id = \(id)"
    }

    /// Wakes a relay that sleeps.
    static let wakeRelay: SQL = "SELECT pg_notify('relais_due', '')"
}
