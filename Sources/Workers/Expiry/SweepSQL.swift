import Foundation
import JobEngine
import Postgres

/// Statements of the expiry sweep. An application is due when it is `submitted` and was submitted strictly more than
/// `life` before the sweep instant; the life is in seconds, because `interval '15 days'` moves by an hour when the
/// clocks change. `state = 'submitted'` stands as a literal so that the partial index of waiting applications is used.
enum SweepSQL {
    /// What would expire, and out of how many that wait.
    static func outlook(at instant: Date, life: Duration) -> SQL {
        """
        SELECT count(*) FILTER (
                WHERE submitted_at < \(instant) - make_interval(secs => \(life.inSeconds))) AS due,
            count(*) AS waiting
        FROM platform.application WHERE state = 'submitted'
        """
    }

    /// Expires the oldest due applications, at most `size`, and enqueues a notice to each pupil in the same statement.
    /// An application that somebody is answering at this moment is locked and skipped: the answer wins.
    ///
    /// An array of ids and not a join: a plan made for any `size` expects a tenth of all that are due, and would read the
    /// whole table for each chunk. As for any job that a program enqueues by itself, `make_jobs` needs no check of the
    /// arguments.
    static func expire(at instant: Date, life: Duration, size: Int) -> SQL {
        """
        WITH due AS MATERIALIZED (
            SELECT id FROM platform.application
            WHERE state = 'submitted' AND submitted_at < \(instant) - make_interval(secs => \(life.inSeconds))
            ORDER BY submitted_at, id LIMIT \(size)
            FOR UPDATE SKIP LOCKED
        ), expired AS (
            UPDATE platform.application SET state = 'expired', expired_at = \(instant)
            WHERE id = ANY (ARRAY(SELECT id FROM due)) AND state = 'submitted'
            RETURNING id, student_id
        ), notices AS (
            SELECT array_agg('application.expired-notice'::text) AS kinds,
                array_agg(jsonb_build_object('application_id', id)) AS arguments, array_agg(student_id) AS subjects
            FROM expired HAVING count(*) > 0
        )
        SELECT count(*) AS expired FROM notices, LATERAL relais.make_jobs(
            'application.expiry-sweep', kinds, arguments, NULL, NULL, subjects, NULL, NULL)
        """
    }

    /// What a sweep has expired so far, a killed run's part included.
    static func expired(at instant: Date) -> SQL {
        "SELECT count(*) AS expired FROM platform.application WHERE state = 'expired' AND expired_at = \(instant)"
    }
}
