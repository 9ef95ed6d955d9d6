package import JobEngine
package import Postgres

extension AccountToken {
    /// Makes this the one live token of its purpose and account. The token of another job is replaced, so that only
    /// the latest mail's link works; a second attempt of the same job begins the lifetime anew, because its mail
    /// promises the whole of it, and leaves a link that was used as used.
    ///
    /// Changes nothing where the token of a newer job works, or will with the mail that this job still sends: an older
    /// one that is tried again would leave its reader with a dead link in the latest mail. Ids of jobs grow with time.
    ///
    /// It belongs before the mail: a link must work when it arrives.
    package func store(account: Int64, job: JobID) -> SQL {
        """
        INSERT INTO delivery.token AS t (purpose, account_id, job, digest, expires_at)
        VALUES (\(purpose.rawValue), \(account), \(job.uuid), \(Bytes(digest)),
            clock_timestamp() + make_interval(secs => \(Double(purpose.lifetime.components.seconds))))
        ON CONFLICT (purpose, account_id) DO UPDATE SET
            job = excluded.job,
            digest = excluded.digest,
            created_at = excluded.created_at,
            expires_at = excluded.expires_at,
            used_at = CASE WHEN t.job = excluded.job THEN t.used_at END
        WHERE t.job <= excluded.job OR t.expires_at <= clock_timestamp()
            OR relais.job_state(t.job) IN ('dead', 'cancelled')
        """
    }
}
