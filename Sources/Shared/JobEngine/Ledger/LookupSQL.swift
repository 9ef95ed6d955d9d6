import Foundation
import Postgres

/// Statements that only look.
enum LookupSQL {
    /// One job wherever it stands, with its progress and its mail; also by a receipt's id.
    static func job(_ id: JobID) -> SQL {
        """
        WITH asked AS MATERIALIZED (
            SELECT coalesce((SELECT job FROM relais.receipt WHERE id = \(id.uuid)), \(id.uuid)) AS id
        )
        SELECT j.*, p.done, p.total, m.state AS mail_state, b.confirmed_at
        FROM (
            SELECT id, kind, queue, state, NULL AS reason, NULL::jsonb AS result, arguments, subject, run_at, deadline,
                batch, attempt, failures, crashes, snoozes, created_at, dispatched_at, first_claimed_at, claimed_at,
                NULL::timestamptz AS finished_at
            FROM relais.job WHERE id = (SELECT id FROM asked)
            UNION ALL
            SELECT id, kind, queue, state, reason, result, arguments, subject, run_at, deadline,
                NULL::bigint, attempt, failures, crashes, snoozes, created_at, dispatched_at, first_claimed_at,
                claimed_at, finished_at
            FROM relais.job_finished WHERE id = (SELECT id FROM asked)
        ) AS j
        LEFT JOIN relais.progress p ON p.job = j.id
        LEFT JOIN relais.mail m ON m.job = j.id
        LEFT JOIN relais.dispatch_batch b ON b.batch = j.batch
        """
    }

    static func failures(of id: JobID) -> SQL {
        """
        SELECT attempt, ending, claimed_at, ended_at, error_class, message FROM relais.failure
        WHERE job = \(id.uuid) ORDER BY attempt
        """
    }
}
