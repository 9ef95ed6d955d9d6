package import JobEngine
import Postgres

/// What the schema `delivery` keeps, and for how long.
package enum DeliveryRetention {
    /// - Parameters:
    ///   - files: How long an export's file is kept after its mail; at least 7 days, which its link is valid.
    ///   - abandoned: How long a file is kept that no mail went out for, since its job may be dead and be replayed.
    ///   - tokens: How long a token is kept after its end: a click on an old link hears "expired" and not "unknown".
    ///   - imports: How long one can ask what came of a file of placements.
    package static func rules(
        files: Duration,
        abandoned: Duration,
        tokens: Duration,
        imports: Duration
    ) -> [RetentionRule] {
        // Files go few at a time: each takes its chunks along, of 1 MiB.
        let fewFiles = 10
        let fewChunks = 20
        let fewReports = 100
        let manyTokens = 1_000
        return [
            RetentionRule("files", batch: fewFiles, Self.files(keep: files, limit: fewFiles)),
            RetentionRule("abandoned-files", batch: fewFiles, abandonedFiles(keep: abandoned, limit: fewFiles)),
            RetentionRule("tokens", batch: manyTokens, Self.tokens(keep: tokens, limit: manyTokens)),
            RetentionRule("placement-files", batch: fewChunks, placementFiles(limit: fewChunks)),
            RetentionRule("placement-imports", batch: fewReports, Self.imports(keep: imports, limit: fewReports)),
        ]
    }

    /// `expires_at` is 7 days after the mail, and has the index.
    private static func files(keep: Duration, limit: Int) -> SQL {
        """
        DELETE FROM delivery.file WHERE id = ANY (ARRAY(
            SELECT id FROM delivery.file
            WHERE expires_at < (SELECT clock_timestamp() - make_interval(secs => \(keep.inSeconds))
                + interval '168 hours')
            ORDER BY expires_at LIMIT \(limit) FOR UPDATE SKIP LOCKED))
        """
    }

    /// A file has the id of its job.
    private static func abandonedFiles(keep: Duration, limit: Int) -> SQL {
        """
        DELETE FROM delivery.file WHERE id = ANY (ARRAY(
            SELECT f.id FROM delivery.file f
            WHERE f.expires_at IS NULL
              AND f.created_at < clock_timestamp() - make_interval(secs => \(keep.inSeconds))
              AND NOT EXISTS (SELECT FROM relais.job j WHERE j.id = f.id)
              AND NOT EXISTS (SELECT FROM relais.job_dead d WHERE d.id = f.id)
            ORDER BY f.id LIMIT \(limit) FOR UPDATE SKIP LOCKED))
        """
    }

    private static func tokens(keep: Duration, limit: Int) -> SQL {
        """
        DELETE FROM delivery.token WHERE job IN (
            SELECT job FROM delivery.token
            WHERE expires_at < (SELECT clock_timestamp() - make_interval(secs => \(keep.inSeconds)))
            ORDER BY expires_at LIMIT \(limit) FOR UPDATE SKIP LOCKED)
        """
    }

    /// An import's end takes its file along. What is left is of uploads that broke off, and of jobs that were cancelled;
    /// the file of a dead job is kept for its replay. No upload takes the hour.
    private static func placementFiles(limit: Int) -> SQL {
        """
        DELETE FROM delivery.placements_chunk WHERE ctid = ANY (ARRAY(
            SELECT c.ctid FROM delivery.placements_chunk c JOIN delivery.placements_import i ON i.id = c.import
            WHERE i.created_at < (SELECT clock_timestamp() - interval '1 hour') AND \(fragment: jobIsOver)
            ORDER BY c.import, c.number LIMIT \(limit) FOR UPDATE OF c SKIP LOCKED))
        """
    }

    private static func imports(keep: Duration, limit: Int) -> SQL {
        """
        DELETE FROM delivery.placements_import WHERE id = ANY (ARRAY(
            SELECT i.id FROM delivery.placements_import i
            WHERE i.created_at < (SELECT clock_timestamp() - make_interval(secs => \(keep.inSeconds)))
              AND \(fragment: jobIsOver)
            ORDER BY i.created_at LIMIT \(limit) FOR UPDATE SKIP LOCKED))
        """
    }

    /// Neither unfinished nor dead; also where there is none.
    private static let jobIsOver: SQL = """
        NOT EXISTS (SELECT FROM relais.job j WHERE j.id = i.job)
          AND NOT EXISTS (SELECT FROM relais.job_dead d WHERE d.id = i.job)
        """
}
