import Foundation
import JobEngine
import Platform
import Postgres
import Testing

/// What is left of files of placements is deleted, and nothing that somebody may still import.
@Suite struct PlacementsRetentionTests {
    /// Files of 2 hours and of 8 days, each once broken off, waiting, dead, cancelled and imported: their associations'
    /// ids say which.
    private static let files = """
        CREATE TEMPORARY TABLE made (n bigint, id uuid);
        INSERT INTO made SELECT n, relais.enqueue('placements.import',
            jsonb_build_object('import_id', md5(n::text)::uuid)) FROM unnest(ARRAY[2, 3, 7, 8]) n;
        WITH gone AS (DELETE FROM relais.job WHERE id IN (SELECT id FROM made WHERE n IN (3, 8)) RETURNING *)
        INSERT INTO relais.job_finished (id, kind, queue, state, arguments, run_at, attempt, failures, crashes, snoozes,
            created_at)
        SELECT id, kind, queue, 'dead', arguments, run_at, 1, 1, 0, 0, created_at FROM gone;
        INSERT INTO delivery.placements_import (id, association_id, created_at, number, job, size, outcome, ended_at)
        SELECT md5(n::text)::uuid, n, clock_timestamp() - CASE WHEN n <= 5 THEN interval '2 hours' ELSE interval '8 days' END,
            CASE WHEN n NOT IN (1, 6) THEN n END,
            CASE WHEN n NOT IN (1, 6) THEN coalesce((SELECT id FROM made m WHERE m.n = s.n), gen_random_uuid()) END,
            CASE WHEN n NOT IN (1, 6) THEN 1 END,
            CASE WHEN n IN (5, 10) THEN 'imported' END, CASE WHEN n IN (5, 10) THEN clock_timestamp() END
        FROM generate_series(1, 10) AS s (n);
        INSERT INTO delivery.placements_import (id, association_id) VALUES (md5('11')::uuid, 11);
        INSERT INTO delivery.placements_chunk
        SELECT id, 0, 'x' FROM delivery.placements_import WHERE association_id NOT IN (5, 10);
        """

    @Test func bytesGoOnceNobodyCanImportThemAndReportsAfterAWeek() async throws {
        try await withPlatform { connection in
            try await connection.run(script: Self.files)
            let week = Duration.seconds(7 * 86_400)
            let rules = DeliveryRetention.rules(files: week, abandoned: week, tokens: week, imports: week)
            func left(_ table: SQL) async throws -> [Int] {
                try await connection.query(
                    """
                    SELECT association_id FROM delivery.placements_import
                    WHERE id IN (SELECT \(fragment: table)) ORDER BY 1
                    """
                ).map { try $0.decode("association_id") }
            }
            for rule in rules { _ = try await connection.execute(rule.statement) }
            // 1 and 6 broke off, 2 and 7 wait, 3 and 8 are dead, 4 and 9 were cancelled, 11 is on its way in.
            let files = try await left("import FROM delivery.placements_chunk")
            #expect(files == [2, 3, 7, 8, 11])
            let reports = try await left("id FROM delivery.placements_import")
            #expect(reports == [1, 2, 3, 4, 5, 7, 8, 11])
        }
    }
}
