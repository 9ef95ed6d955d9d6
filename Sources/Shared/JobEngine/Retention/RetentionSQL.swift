import Postgres

/// Statements that delete what has outlived its time from the ledger. Each finds its rows by an index on their time,
/// oldest first, locks them, skips what others have locked, and deletes at most `limit`.
enum RetentionSQL {
    /// A day of finished jobs is dropped whole; answers the number of days as `dropped`.
    static func dropPartitions(keep: Duration, atMost days: Int) -> SQL {
        "SELECT relais.drop_partitions(\(fragment: before(keep)), \(days)::int) AS dropped"
    }

    /// Jobs of days for which no partition was ready.
    static func finishedOtherwise(keep: Duration, limit: Int) -> SQL {
        delete("relais.job_ended_otherwise", "t.finished_at < \(fragment: before(keep))", "t.finished_at", limit)
    }

    static func dead(keep: Duration, limit: Int) -> SQL {
        delete("relais.job_dead", "t.finished_at < \(fragment: before(keep))", "t.finished_at", limit)
    }

    static func failures(keep: Duration, limit: Int) -> SQL {
        delete("relais.failure", "t.ended_at < \(fragment: before(keep))", "t.ended_at", limit)
    }

    static func idempotency(keep: Duration, limit: Int) -> SQL {
        delete("relais.idempotency", "t.created_at < \(fragment: before(keep))", "t.created_at", limit)
    }

    static func enqueueAnswers(keep: Duration, limit: Int) -> SQL {
        delete("relais.enqueue_answer", "t.created_at < \(fragment: before(keep))", "t.created_at", limit)
    }

    static func audit(keep: Duration, limit: Int) -> SQL {
        delete("relais.audit", "t.at < \(fragment: before(keep))", "t.at", limit)
    }

    /// A receipt lives as long as one can ask for its job.
    static func receipts(keep: Duration, limit: Int) -> SQL {
        delete(
            "relais.receipt",
            "t.created_at < \(fragment: before(keep)) AND \(fragment: isOver("t.job"))",
            "t.created_at",
            limit
        )
    }

    /// The mark of an unfinished job says that its mail may be on its way, and that of a dead one says so to its replay:
    /// without it the mail would be sent twice.
    static func mailMarks(keep: Duration, limit: Int) -> SQL {
        delete(
            "relais.mail",
            "t.handed_over_at < \(fragment: before(keep)) AND \(fragment: isOver("t.job"))",
            "t.handed_over_at",
            limit
        )
    }

    /// A finish takes its job's progress along; what is here without a job was written by an older program. The hour keeps
    /// a job that was enqueued after the statement began out of it.
    static func progress(limit: Int) -> SQL {
        delete(
            "relais.progress",
            """
            t.updated_at < clock_timestamp() - interval '1 hour'
              AND NOT EXISTS (SELECT FROM relais.job j WHERE j.id = t.job)
            """,
            "t.job",
            limit
        )
    }

    /// The jobs of replays that have ended; their replays follow when none is left.
    static func replayJobs(keep: Duration, limit: Int) -> SQL {
        delete(
            "relais.replay_job",
            """
            t.replay IN (SELECT r.id FROM relais.replay r
                WHERE r.state <> 'running' AND r.ended_at < \(fragment: before(keep)))
            """,
            "t.replay, t.job",
            limit
        )
    }

    static func replays(keep: Duration, limit: Int) -> SQL {
        delete(
            "relais.replay",
            """
            t.state <> 'running' AND t.ended_at < \(fragment: before(keep))
              AND NOT EXISTS (SELECT FROM relais.replay_job j WHERE j.replay = t.id)
            """,
            "t.id",
            limit
        )
    }

    /// Neither unfinished nor dead. The two tables are looked at by their primary keys.
    private static func isOver(_ job: SQL) -> SQL {
        """
        NOT EXISTS (SELECT FROM relais.job j WHERE j.id = \(fragment: job))
          AND NOT EXISTS (SELECT FROM relais.job_dead d WHERE d.id = \(fragment: job))
        """
    }

    /// The instant before which something is old. In a subquery, which is evaluated once: no index is used for a
    /// condition with the volatile `clock_timestamp()` in it.
    private static func before(_ keep: Duration) -> SQL {
        "(SELECT clock_timestamp() - make_interval(secs => \(keep.inSeconds)))"
    }

    private static func delete(_ table: SQL, _ condition: SQL, _ order: SQL, _ limit: Int) -> SQL {
        """
        DELETE FROM \(fragment: table) WHERE ctid = ANY (ARRAY(
            SELECT t.ctid FROM \(fragment: table) t WHERE \(fragment: condition)
            ORDER BY \(fragment: order) LIMIT \(limit) FOR UPDATE SKIP LOCKED))
        """
    }
}
