import Foundation
import Postgres

/// Statements by which a worker takes jobs.
enum ClaimSQL {
    /// Claims what the messages name: dispatched → running where kind, queue and batch match. Rows are locked in id
    /// order, because batched claims and rescues that lock in any order deadlock. A process that the chores have
    /// buried claims nothing: its row is gone, and what it claimed would wait for a rescue that was already made.
    ///
    /// Whoever has a batch is dispatched (a check of the table). The state is not asked for: the planner, whose statistics
    /// may know of no dispatched row, would walk all of them in `job_dispatched` for every message instead of taking
    /// the primary key, 200 ms for 225 jobs.
    static func claim(_ messages: [JobMessage], claims: [UUID], queue: String, process: Int64) -> SQL {
        """
        WITH message AS (
            SELECT * FROM unnest(
                \(messages.map(\.id.uuid)), \(messages.map(\.kind)), \(messages.map(\.batch)), \(claims)
            ) AS message(id, kind, batch, claim)
        ), locked AS MATERIALIZED (
            SELECT j.id, j.batch, message.claim
            FROM relais.job j JOIN message USING (id, kind, batch)
            WHERE j.queue = \(queue)
              AND EXISTS (SELECT FROM relais.process WHERE id = \(process))
            ORDER BY j.id FOR UPDATE OF j
        )
        UPDATE relais.job AS j
        SET state = 'running', batch = NULL, process = \(process), claim = locked.claim,
            attempt = \(fragment: CounterSQL.sum("j.attempt", "1")),
            claimed_at = clock_timestamp(), first_claimed_at = coalesce(j.first_claimed_at, clock_timestamp())
        FROM locked
        WHERE j.id = locked.id AND j.batch = locked.batch
        RETURNING \(fragment: returned)
        """
    }

    /// Claims due jobs without messages, while the broker is away or because they were rescued: first what is dispatched,
    /// whose messages become stale with the batch, then what is pending, as much as a relay might dispatch. Run it in the
    /// transaction of `GateSQL.lock`. Nothing here waits for a row, so the order of the locks cannot matter.
    static func claimDue(_ choice: DirectClaim, claims: [UUID], queue: String, process: Int64) -> SQL {
        """
        WITH \(fragment: GateSQL.room(queue, isInWindow: false)), waiting AS MATERIALIZED (
            SELECT j.id FROM relais.job j
            WHERE j.queue = \(queue) AND j.state = 'dispatched' \(fragment: choice.condition)
              AND EXISTS (SELECT FROM gate WHERE paused_at IS NULL)
              AND EXISTS (SELECT FROM relais.process WHERE id = \(process))
            ORDER BY j.batch, j.id LIMIT \(claims.count) FOR UPDATE OF j SKIP LOCKED
        ), free AS MATERIALIZED (
            SELECT j.id, j.run_at, j.exclusive_key FROM relais.job j
            WHERE j.queue = \(queue) AND j.state = 'pending' AND j.run_at <= clock_timestamp() \(fragment: choice.condition)
              AND EXISTS (SELECT FROM relais.process WHERE id = \(process))
              AND \(fragment: ExclusiveSQL.isFree)
            ORDER BY j.run_at, j.id
            LIMIT least(\(claims.count) - (SELECT count(*) FROM waiting), coalesce((SELECT free FROM room), 0))
            FOR UPDATE OF j SKIP LOCKED
        ), due AS MATERIALIZED (
            \(fragment: ExclusiveSQL.firstOfEachKey(in: "free"))
        ), opened AS (
            SELECT count(*) AS size FROM due
        ), spent AS (
            \(fragment: GateSQL.spend(queue))
        ), taken AS (
            SELECT id, row_number() OVER () AS place FROM (SELECT id FROM waiting UNION ALL SELECT id FROM due) AS given
        )
        UPDATE relais.job AS j
        SET state = 'running', batch = NULL, process = \(process), claim = token.claim,
            attempt = \(fragment: CounterSQL.sum("j.attempt", "1")),
            claimed_at = clock_timestamp(), first_claimed_at = coalesce(j.first_claimed_at, clock_timestamp())
        FROM taken JOIN unnest(\(claims)) WITH ORDINALITY AS token(claim, place) USING (place)
        WHERE j.id = taken.id
        RETURNING \(fragment: returned)
        """
    }

    /// What a claim whose answer was lost has taken all the same.
    static func readBack(claims: [UUID], process: Int64) -> SQL {
        """
        SELECT \(fragment: returned) FROM relais.job AS j
        WHERE j.process = \(process) AND j.state = 'running' AND j.claim = ANY(\(claims))
        """
    }

    /// Which of these ids are known, and as what: a known job makes its message stale, unless it is still in the message's
    /// batch; an unknown one makes it a dead letter.
    static func known(ids: [UUID]) -> SQL {
        """
        SELECT id, kind, queue, batch FROM relais.job WHERE id = ANY(\(ids))
        UNION ALL
        SELECT id, kind, queue, NULL FROM relais.job_finished WHERE id = ANY(\(ids))
        """
    }

    private static let returned: SQL = """
        j.id, j.kind, j.queue, j.arguments, j.subject, j.claim, j.attempt, j.failures, j.crashes, j.snoozes,
            j.created_at, j.first_claimed_at, j.claimed_at, j.deadline,
            coalesce(j.deadline < clock_timestamp(), false) AS is_past_deadline, j.traceparent
        """
}
