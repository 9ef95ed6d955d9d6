import Foundation
import Postgres

/// Statements that end a job because somebody wants it no more.
enum CancelSQL {
    /// Ends a job that does not run, and asks for the end of one that does: a column that its process reads once a
    /// second, and a notification that hurries it.
    static func cancel(_ id: UUID, reason: String) -> SQL {
        """
        WITH locked AS MATERIALIZED (
            SELECT id, state FROM relais.job WHERE id = \(id) FOR UPDATE
        ), gone AS (
            DELETE FROM relais.job j USING locked
            WHERE j.id = locked.id AND j.state IN ('pending', 'dispatched') RETURNING j.*
        ), closed AS (
            INSERT INTO relais.job_finished (id, kind, queue, state, reason, arguments, subject, run_at, deadline,
                attempt, failures, crashes, snoozes, created_at, dispatched_at, first_claimed_at, claimed_at,
                traceparent, unique_key, unique_span, exclusive_key)
            SELECT id, kind, queue, 'cancelled', \(reason), arguments, subject, run_at, deadline,
                attempt, failures, crashes, snoozes, created_at, dispatched_at, first_claimed_at, claimed_at,
                traceparent, unique_key, unique_span, exclusive_key
            FROM gone RETURNING id
        ), asked AS (
            UPDATE relais.job j
            SET cancel_requested_at = coalesce(j.cancel_requested_at, clock_timestamp()),
                cancel_reason = coalesce(j.cancel_reason, \(reason))
            FROM locked WHERE j.id = locked.id AND j.state = 'running' RETURNING j.id
        )
        SELECT 'cancelled' AS state, NULL AS hurried FROM closed
        UNION ALL SELECT 'running', pg_notify('relais_cancel', '')::text FROM asked
        UNION ALL SELECT state, NULL FROM relais.job_finished
            WHERE id = \(id) AND NOT EXISTS (SELECT FROM closed) AND NOT EXISTS (SELECT FROM asked)
        """
    }

    /// What is to be cancelled of what runs in a process.
    static func asked(of process: Int64) -> SQL {
        """
        SELECT claim, cancel_reason AS reason FROM relais.job
        WHERE process = \(process) AND state = 'running' AND cancel_requested_at IS NOT NULL
        """
    }
}
