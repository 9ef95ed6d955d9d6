import Postgres

/// What a way back to `pending` does about unique keys. A job whose key was held until it was claimed takes the key back;
/// where another job has it by now, that one does the work, and this one ends `obsolete: superseded`.
enum SupersedeSQL {
    /// How long a way back waits for a transaction that has enqueued the same key and is still open, before it goes back
    /// without its key: a worker must not wait for as long as somebody leaves a transaction open.
    static let patience: SQL = """
        (SELECT set_config('lock_timeout', '1000', true) OFFSET 0) AS patience
        """

    /// CTEs over `locked` (id, unique_key, unique_span, ending, why): end the jobs that do not go back. `ending` is the
    /// state in which the statement ends a job for a reason of its own, or NULL; of the others those end `obsolete` whose
    /// key another one has. Of two in the same statement the later request goes on. `charges` are the three counters as
    /// they are kept, of a row `gone`. How far the attempt of a job was that goes back is swept away later: it belongs to its
    /// claim and is shown no more.
    static func closed(charges: SQL) -> SQL {
        """
        fate AS MATERIALIZED (
            SELECT id, ending, why FROM locked WHERE ending IS NOT NULL
            UNION ALL
            SELECT id, 'obsolete', 'superseded' FROM (
                SELECT l.id, row_number() OVER (PARTITION BY l.unique_key ORDER BY l.id DESC) > 1 OR EXISTS (
                    SELECT FROM relais.job o
                    WHERE o.unique_key = l.unique_key AND o.id <> l.id
                      AND (o.state <> 'running' OR o.unique_span = 'until-finished')
                ) AS is_taken
                FROM locked l
                WHERE l.unique_key IS NOT NULL AND l.unique_span = 'until-claimed' AND l.ending IS NULL
            ) AS keyed WHERE is_taken
        ), gone AS (
            DELETE FROM relais.job j USING fate WHERE j.id = fate.id AND j.state = 'running'
            RETURNING j.*, fate.ending, fate.why
        ), forgotten AS (
            DELETE FROM relais.progress p USING fate WHERE p.job = fate.id
        ), closed AS (
            INSERT INTO relais.job_finished (id, kind, queue, state, reason, arguments, subject, run_at, deadline,
                process, claim, attempt, failures, crashes, snoozes, created_at, dispatched_at, first_claimed_at,
                claimed_at, traceparent, unique_key, unique_span, exclusive_key)
            SELECT id, kind, queue, ending, why, arguments, subject, run_at, deadline,
                process, claim, attempt, \(fragment: charges), created_at, dispatched_at, first_claimed_at,
                claimed_at, traceparent, unique_key, unique_span, exclusive_key
            FROM gone RETURNING id, state
        )
        """
    }

    /// Lets go of the keys that would have to be taken back.
    static let withoutKey: SQL = """
        unique_key = CASE WHEN j.unique_span = 'until-finished' THEN j.unique_key END,
        unique_span = CASE WHEN j.unique_span = 'until-finished' THEN j.unique_span END,
        """

    /// Runs a way back: again when another job took a key between its look and its write, and without keys when a
    /// transaction that has one stays open.
    static func takingKeys<R>(_ statement: (_ keepingKeys: Bool) async throws -> R) async throws -> R {
        for _ in 0..<5 {
            do {
                return try await statement(true)
            } catch let error as PostgresError where error.sqlState == "23505" {
                continue
            } catch let error as PostgresError where error.sqlState == "55P03" {
                break
            }
        }
        return try await statement(false)
    }
}
