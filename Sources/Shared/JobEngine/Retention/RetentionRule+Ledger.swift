extension RetentionRule {
    /// What the ledger itself keeps, days of finished jobs aside, which are dropped.
    package static func ledger(_ times: RetentionTimes, batch: Int = 1_000) -> [RetentionRule] {
        [
            RetentionRule("finished", batch: batch, RetentionSQL.finishedOtherwise(keep: times.finished, limit: batch)),
            RetentionRule("receipts", batch: batch, RetentionSQL.receipts(keep: times.finished, limit: batch)),
            RetentionRule("dead", batch: batch, RetentionSQL.dead(keep: times.dead, limit: batch)),
            RetentionRule("failures", batch: batch, RetentionSQL.failures(keep: times.failures, limit: batch)),
            RetentionRule("idempotency", batch: batch, RetentionSQL.idempotency(keep: times.idempotency, limit: batch)),
            RetentionRule(
                "enqueue-answers",
                batch: batch,
                RetentionSQL.enqueueAnswers(keep: times.enqueueAnswers, limit: batch)
            ),
            RetentionRule("mail-marks", batch: batch, RetentionSQL.mailMarks(keep: times.mailMarks, limit: batch)),
            RetentionRule("progress", batch: batch, RetentionSQL.progress(limit: batch)),
            RetentionRule("audit", batch: batch, RetentionSQL.audit(keep: times.audit, limit: batch)),
            RetentionRule("replay-jobs", batch: batch, RetentionSQL.replayJobs(keep: times.dead, limit: batch)),
            RetentionRule("replays", batch: batch, RetentionSQL.replays(keep: times.dead, limit: batch)),
        ]
    }
}
