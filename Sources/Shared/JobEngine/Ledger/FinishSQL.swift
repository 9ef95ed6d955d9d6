import Foundation
import Postgres

/// Statements that end attempts. Each is fenced by id and claim: a worker that lost its claim changes nothing. Whoever has
/// a claim is running (a check of the table), and no statement asks for the state besides: while few jobs run, the
/// planner takes the small index of running rows for the cheapest way to a job, and then walks all entries that ended jobs
/// have left in it, at each fence.
/// Every join is by id and claim: one batch may hold the ends of two attempts of the same job, an old and a new one.
enum FinishSQL {
    /// Moves finished jobs to the cold table, with their mails' answers and, for the dead, the last failure.
    static func end(_ endings: [Ending]) -> SQL {
        """
        WITH ending AS (
            SELECT * FROM unnest(
                \(endings.map(\.id.uuid)), \(endings.map(\.claim)), \(endings.map(\.state.rawValue)),
                \(endings.map(\.reason)), \(endings.map(\.result)), \(endings.map(\.failed)),
                \(endings.map(\.errorClass)),
                \(endings.map { $0.mail?.state.rawValue }), \(endings.map { $0.mail?.code }),
                \(endings.map { $0.mail?.enhanced })
            ) AS ending(id, claim, state, reason, result, failed, error_class, mail_state, mail_code, mail_enhanced)
        ), locked AS MATERIALIZED (
            SELECT j.id, j.claim FROM relais.job j JOIN ending USING (id, claim) ORDER BY j.id FOR UPDATE OF j
        ), gone AS (
            DELETE FROM relais.job j USING locked WHERE j.id = locked.id AND j.claim = locked.claim RETURNING j.*
        ), progress AS (
            DELETE FROM relais.progress p USING locked WHERE p.job = locked.id
        ), answered AS (
            UPDATE relais.mail m
            SET state = ending.mail_state, reply_code = ending.mail_code, reply_enhanced = ending.mail_enhanced,
                answered_at = clock_timestamp()
            FROM ending JOIN locked USING (id, claim)
            WHERE m.job = ending.id AND ending.mail_state IS NOT NULL
        ), failure AS (
            INSERT INTO relais.failure (job, attempt, ending, process, claimed_at, error_class, message)
            SELECT gone.id, gone.attempt, 'failure', gone.process, gone.claimed_at, ending.error_class, ending.reason
            FROM gone JOIN ending USING (id, claim) WHERE ending.failed
            \(fragment: CounterSQL.keepingTheFirst)
        )
        INSERT INTO relais.job_finished (id, kind, queue, state, reason, result, arguments, subject, run_at, deadline,
            process, claim, attempt, failures, crashes, snoozes, created_at, dispatched_at, first_claimed_at,
            claimed_at, traceparent, unique_key, unique_span, exclusive_key)
        SELECT gone.id, gone.kind, gone.queue, ending.state, ending.reason, ending.result, gone.arguments,
            gone.subject, gone.run_at, gone.deadline, gone.process, gone.claim, gone.attempt,
            \(fragment: CounterSQL.sum("gone.failures", "ending.failed::int")), gone.crashes, gone.snoozes,
            gone.created_at, gone.dispatched_at,
            gone.first_claimed_at, gone.claimed_at, gone.traceparent, gone.unique_key, gone.unique_span,
            gone.exclusive_key
        FROM gone JOIN ending USING (id, claim)
        RETURNING id
        """
    }

    /// Sends jobs back to `pending` after a failure, a snooze or a stop; ends them `cancelled` where that was asked for
    /// meanwhile, or `obsolete` where another job has taken their unique key (``SupersedeSQL``). Answers all that it moved.
    static func giveBack(_ returns: [Return], keepingKeys: Bool = true) -> SQL {
        """
        WITH returned AS (
            SELECT * FROM unnest(
                \(returns.map(\.id.uuid)), \(returns.map(\.claim)), \(returns.map(\.charge.rawValue)),
                \(returns.map { $0.delay.inSeconds }), \(returns.map(\.reason)), \(returns.map(\.errorClass))
            ) AS returned(id, claim, charge, delay, reason, error_class)
        ), locked AS MATERIALIZED (
            SELECT j.id, j.claim, j.unique_key, j.unique_span,
                CASE WHEN j.cancel_requested_at IS NOT NULL THEN 'cancelled' END AS ending, j.cancel_reason AS why
            FROM \(fragment: SupersedeSQL.patience) CROSS JOIN relais.job j JOIN returned USING (id, claim)
            ORDER BY j.id FOR UPDATE OF j
        ), failure AS (
            INSERT INTO relais.failure (job, attempt, ending, process, claimed_at, error_class, message)
            SELECT j.id, j.attempt, 'failure', j.process, j.claimed_at, returned.error_class, returned.reason
            FROM relais.job j JOIN locked USING (id, claim) JOIN returned USING (id, claim)
            WHERE returned.charge = 'failure'
            \(fragment: CounterSQL.keepingTheFirst)
        ), \(fragment: SupersedeSQL.closed(charges: charges)), moved AS (
            UPDATE relais.job AS j
            SET state = 'pending', claim = NULL, process = NULL, dispatched_at = NULL, alone = false,
                \(fragment: keepingKeys ? "" : SupersedeSQL.withoutKey)
                failures = \(fragment: CounterSQL.sum("j.failures", "(returned.charge = 'failure')::int")),
                snoozes = \(fragment: CounterSQL.sum("j.snoozes", "(returned.charge = 'snooze')::int")),
                run_at = CASE WHEN returned.charge = 'nothing' AND returned.delay = 0 THEN j.run_at
                    ELSE clock_timestamp() + make_interval(secs => returned.delay) END
            FROM locked JOIN returned USING (id, claim)
            WHERE j.id = locked.id AND j.claim = locked.claim AND j.id NOT IN (SELECT id FROM closed)
            RETURNING j.id
        )
        SELECT id, false AS is_closed FROM moved UNION ALL SELECT id, true FROM closed
        """
    }

    private static let charges: SQL = """
        \(fragment: CounterSQL.sum("failures", charge("failure"))), crashes,
            \(fragment: CounterSQL.sum("snoozes", charge("snooze")))
        """

    private static func charge(_ kind: String) -> SQL {
        "(SELECT (r.charge = \(kind))::int FROM returned r WHERE r.id = gone.id AND r.claim = gone.claim)"
    }

    /// Which of these finishes were written although their answer was lost.
    static func alreadyEnded(ids: [UUID], claims: [UUID]) -> SQL {
        """
        SELECT f.id FROM relais.job_finished f
        JOIN unnest(\(ids), \(claims)) AS ending(id, claim) ON f.id = ending.id AND f.claim = ending.claim
        """
    }

    /// The fence of a transaction in the middle of a job: no row, no commit. The lock keeps a rescue from giving the
    /// job away between this statement and the commit.
    static func fence(id: JobID, claim: UUID) -> SQL {
        "SELECT FROM relais.job WHERE id = \(id.uuid) AND claim = \(claim) FOR NO KEY UPDATE"
    }
}
