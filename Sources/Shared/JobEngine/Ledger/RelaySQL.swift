import Foundation
import Postgres

/// Statements of the relay: pending → dispatched and back.
enum RelaySQL {
    /// Marks up to `limit` due rows of a queue as one batch, as far as the queue's gate lets them through. Run it in the
    /// transaction of `GateSQL.lock`. `coalesce` matters: LIMIT NULL means no limit.
    static func mark(queue: String, relay: Int64, limit: Int) -> SQL {
        """
        WITH \(fragment: GateSQL.room(queue)), free AS MATERIALIZED (
            SELECT j.id, j.run_at, j.exclusive_key FROM relais.job j
            WHERE j.queue = \(queue) AND j.state = 'pending' AND j.run_at <= clock_timestamp()
              AND \(fragment: ExclusiveSQL.isFree)
            ORDER BY j.run_at, j.id
            LIMIT least(\(limit), coalesce((SELECT free FROM room), 0))
            FOR UPDATE OF j SKIP LOCKED
        ), due AS MATERIALIZED (
            \(fragment: ExclusiveSQL.firstOfEachKey(in: "free"))
        ), opened AS (
            -- The size is for whoever looks at a batch; no statement reads it.
            INSERT INTO relais.dispatch_batch (queue, relay, size)
            SELECT \(queue), \(relay), count(*) FROM due HAVING count(*) > 0
            RETURNING batch, size
        ), spent AS (
            \(fragment: GateSQL.spend(queue))
        )
        UPDATE relais.job AS j
        SET state = 'dispatched', batch = opened.batch, dispatched_at = clock_timestamp()
        FROM due, opened
        WHERE j.id = due.id
        RETURNING j.id, j.kind, j.batch, j.traceparent
        """
    }

    static func confirm(batch: Int64) -> SQL {
        "UPDATE relais.dispatch_batch SET confirmed_at = clock_timestamp() WHERE batch = \(batch)"
    }

    /// Takes back what is left of a batch. It waits for claims in flight instead of skipping them: a claim that rolled
    /// back would leave its row in a batch that nobody watches any more.
    static func takeBack(queue: String, batch: Int64) -> SQL {
        """
        WITH locked AS MATERIALIZED (
            SELECT id FROM relais.job
            WHERE queue = \(queue) AND batch = \(batch) AND state = 'dispatched'
            ORDER BY id FOR UPDATE
        ), closed AS (
            DELETE FROM relais.dispatch_batch WHERE batch = \(batch)
        )
        UPDATE relais.job AS j SET state = 'pending', batch = NULL, dispatched_at = NULL
        FROM locked WHERE j.id = locked.id AND j.state = 'dispatched'
        """
    }

    /// Takes back single rows of a batch: those that the broker returned as unroutable.
    static func takeBack(ids: [UUID], batch: Int64) -> SQL {
        """
        WITH locked AS MATERIALIZED (
            SELECT id FROM relais.job
            WHERE id = ANY(\(ids)) AND batch = \(batch) AND state = 'dispatched'
            ORDER BY id FOR UPDATE
        )
        UPDATE relais.job AS j SET state = 'pending', batch = NULL, dispatched_at = NULL
        FROM locked WHERE j.id = locked.id AND j.state = 'dispatched'
        """
    }

    /// Takes back what a queue's idle consumers should have been given `after` ago: the broker has lost it.
    static func takeBackOverlooked(queue: String, after: Duration) -> SQL {
        """
        WITH locked AS MATERIALIZED (
            SELECT id FROM relais.job
            WHERE queue = \(queue) AND state = 'dispatched'
              AND dispatched_at < clock_timestamp() - make_interval(secs => \(after.inSeconds))
            ORDER BY id FOR UPDATE SKIP LOCKED
        )
        UPDATE relais.job AS j SET state = 'pending', batch = NULL, dispatched_at = NULL
        FROM locked WHERE j.id = locked.id AND j.state = 'dispatched'
        """
    }

    /// Takes back the batches that are lost: those unconfirmed whose relay is gone, or that were marked
    /// `unconfirmedFor` ago (the answer to a mark can be lost, and then even its living relay does not know of it), and
    /// those confirmed `after` ago that a later batch of the same queue, fully claimed, has overtaken. Then forgets the
    /// batches that nobody needs: fully claimed ones, once they can no longer show that an earlier one was overtaken.
    ///
    /// The first open and the last claimed batch of each queue are found once: a steady trickle of single jobs makes
    /// thousands of batches in the half minute for which they are kept, and each compared with each other one took longer
    /// than that, with their rows locked.
    static func takeBackLost(after: Duration, unconfirmedFor: Duration) -> SQL {
        """
        WITH state AS MATERIALIZED (
            SELECT b.batch, b.queue, b.relay, b.confirmed_at, b.marked_at,
                EXISTS (
                    SELECT FROM relais.job j
                    WHERE j.queue = b.queue AND j.batch = b.batch AND j.state = 'dispatched'
                ) AS open
            FROM relais.dispatch_batch b
        ), edges AS MATERIALIZED (
            SELECT queue, min(batch) FILTER (WHERE open) AS first_open,
                max(batch) FILTER (WHERE NOT open AND confirmed_at IS NOT NULL) AS last_claimed
            FROM state GROUP BY queue
        ), lost AS MATERIALIZED (
            SELECT s.batch, s.queue FROM state s JOIN edges e USING (queue)
            WHERE s.open AND (
                (s.confirmed_at IS NULL AND (
                    s.marked_at < clock_timestamp() - make_interval(secs => \(unconfirmedFor.inSeconds))
                    OR NOT EXISTS (SELECT FROM relais.process p WHERE p.id = s.relay)))
                OR (s.confirmed_at < clock_timestamp() - make_interval(secs => \(after.inSeconds))
                    AND s.batch < e.last_claimed)
            )
        ), locked AS MATERIALIZED (
            SELECT j.id FROM relais.job j JOIN lost USING (queue, batch)
            WHERE j.state = 'dispatched'
            ORDER BY j.id FOR UPDATE OF j
        ), forgotten AS (
            DELETE FROM relais.dispatch_batch b WHERE b.batch IN (
                SELECT batch FROM lost
                UNION ALL
                SELECT s.batch FROM state s JOIN edges e USING (queue)
                WHERE NOT s.open AND s.marked_at < clock_timestamp() - interval '30 s'
                  AND (e.first_open IS NULL OR s.batch < e.first_open)
            )
        )
        UPDATE relais.job AS j SET state = 'pending', batch = NULL, dispatched_at = NULL
        FROM locked WHERE j.id = locked.id AND j.state = 'dispatched'
        """
    }

    /// The lock by which enqueuers know that a relay is awake; see `V0002_create_enqueue.sql`.
    static let stayAwake: SQL = "SELECT pg_try_advisory_lock(7253, 1) AS held"
    static let fallAsleep: SQL = "SELECT pg_advisory_unlock(7253, 1)"
}
