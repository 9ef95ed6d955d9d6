import Foundation
import JobEngine
import Platform
import Postgres
import Testing

/// A file that no mail has announced goes once nothing can send it any more.
@Suite struct AbandonedFileRetentionTests {
    /// Of 91 and of 89 days, each with a job that waits, one that is dead, and one that is gone; the last was mailed.
    private static let files = """
        CREATE TEMPORARY TABLE made (n bigint, id uuid);
        INSERT INTO made SELECT n, CASE WHEN n IN (3, 6, 7) THEN gen_random_uuid() ELSE relais.enqueue('export.associations',
            jsonb_build_object('requested_by', n, 'school_year', 2020 + n)) END FROM generate_series(1, 7) n;
        WITH gone AS (DELETE FROM relais.job WHERE id IN (SELECT id FROM made WHERE n IN (2, 5)) RETURNING *)
        INSERT INTO relais.job_finished (id, kind, queue, state, arguments, run_at, attempt, failures, crashes, snoozes,
            created_at)
        SELECT id, kind, queue, 'dead', arguments, run_at, 1, 1, 0, 0, created_at FROM gone;
        INSERT INTO delivery.file (id, account_id, filename, content_type, size, rows, created_at)
        SELECT id, n, 'associations.csv', 'text/csv', 1, 0,
            clock_timestamp() - make_interval(days => CASE WHEN n <= 3 THEN 91 ELSE 89 END) FROM made;
        UPDATE delivery.file SET mailed_at = now(), expires_at = now() + interval '168 hours',
            created_at = clock_timestamp() - interval '91 days' WHERE account_id = 7;
        INSERT INTO delivery.file_chunk SELECT id, 0, 'x' FROM delivery.file;
        """

    @Test func aFileWithoutAMailStaysAsLongAsItsJobCanStillSendIt() async throws {
        try await withPlatform { connection in
            try await connection.run(script: Self.files)
            let (week, season) = (Duration.seconds(7 * 86_400), Duration.seconds(90 * 86_400))
            for rule in DeliveryRetention.rules(files: week, abandoned: season, tokens: week, imports: week) {
                _ = try await connection.execute(rule.statement)
            }
            let left = try await connection.query(
                """
                SELECT account_id FROM delivery.file JOIN delivery.file_chunk c ON c.file = id ORDER BY 1
                """
            )
            #expect(try left.map { try $0.decode("account_id", as: Int.self) } == [1, 2, 4, 5, 6, 7])
            let chunks = try await connection.query("SELECT count(*) AS chunks FROM delivery.file_chunk")
            #expect(try chunks.first?.decode("chunks", as: Int.self) == 6)
        }
    }
}
