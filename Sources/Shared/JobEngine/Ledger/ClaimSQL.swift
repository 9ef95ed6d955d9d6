import Foundation
import Postgres

/// Statements by which a worker takes jobs.
enum ClaimSQL {
    /// Claims what the messages name: dispatched → running where kind, queue and batch match. Rows are locked in id
    /// order, because batched claims and rescues that lock in any order deadlock. A process that the chores have
    /// buried claims nothing: its row is gone, and what it claimed would wait for a rescue that was already made.
    static func claim(_ messages: [JobMessage], claims: [UUID], queue: String, process: Int64) -> SQL {
        """
        WITH message AS (
            SELECT * FROM unnest(
                \(messages.map(\.id.uuid)), \(messages.map(\.kind)), \(messages.map(\.batch)), \(claims)
            ) AS message(id, kind, batch, claim)
        ), locked AS MATERIALIZED (
            SELECT j.id, message.claim
            FROM relais.job j JOIN message USING (id, kind, batch)
            WHERE j.state = 'dispatched' AND j.queue = \(queue)
              AND EXISTS (SELECT FROM relais.process WHERE id = \(process))
            ORDER BY j.id FOR UPDATE OF j
        )
        UPDATE relais.job AS j
        SET state = 'running', batch = NULL, process = \(process), claim = locked.claim, attempt = j.attempt + 1,
            claimed_at = clock_timestamp(), first_claimed_at = coalesce(j.first_claimed_at, clock_timestamp())
        FROM locked
        WHERE j.id = locked.id AND j.state = 'dispatched'
        RETURNING \(fragment: returned)
        """
    }

    /// What a claim whose answer was lost has taken all the same.
    static func readBack(claims: [UUID], ids: [UUID], process: Int64) -> SQL {
        """
        SELECT \(fragment: returned) FROM relais.job AS j
        WHERE j.id = ANY(\(ids)) AND j.claim = ANY(\(claims)) AND j.process = \(process) AND j.state = 'running'
        """
    }

    /// Which of these ids are known, and as what: a known job makes its message stale, an unknown one a dead letter.
    static func known(ids: [UUID]) -> SQL {
        """
        SELECT id, kind, queue FROM relais.job WHERE id = ANY(\(ids))
        UNION ALL
        SELECT id, kind, queue FROM relais.job_finished WHERE id = ANY(\(ids))
        """
    }

    private static let returned: SQL = """
        j.id, j.kind, j.queue, j.arguments, j.subject, j.claim, j.attempt, j.failures, j.crashes, j.snoozes,
            j.created_at, j.first_claimed_at, j.claimed_at, j.deadline,
            coalesce(j.deadline < clock_timestamp(), false) AS is_past_deadline, j.traceparent
        """
}
