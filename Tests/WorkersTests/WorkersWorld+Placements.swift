import Foundation
import JobEngine
import Platform
import Postgres
import Testing

/// Two associations, and a row of each.
enum PlacementsFixture {
    static let script = """
        INSERT INTO platform.department VALUES ('75', 'Paris', 'Paris'), ('2A', 'Corse-du-Sud', 'Corse');
        INSERT INTO platform.sector (id, name) VALUES (1, 'Sport');
        INSERT INTO platform.organisation_group (id, name, is_public) VALUES (4, 'Ministère', true);
        INSERT INTO platform.association (id, name, target_count) VALUES (1, 'Une', 10), (2, 'Autre', 10);
        INSERT INTO platform.week
        SELECT to_char(day, 'IYYY-"W"IW'), day, day + 6
        FROM (SELECT generate_series('2018-12-31', '2023-12-25', interval '7 days')::date) AS weeks (day);
        INSERT INTO platform.account (id, kind, email, first_name, last_name)
            VALUES (1, 'administrator', 'admin@platform.example', 'A', 'A');
        INSERT INTO platform.off_platform_placement (association_id, is_public, department_code, type, seats,
            seats_used, week, updated_at)
        VALUES (1, true, '75', 'on_site', 9, 9, '2019-W40', '2019-09-30T22:00Z'),
            (2, true, '75', 'on_site', 8, 8, '2019-W40', '2019-09-30T22:00Z');
        DELETE FROM statistics.stale;
        """

    static let heading =
        "is_public;group_id;sector_id;department_code;type;seats;seats_used;male;female;week;updated_at"
    static let line = "false;;1;75;remote;3;2;1;1;2021-W38;2021-09-20T10:00:00+02:00"
}

extension WorkersWorld {
    static func runWithPlacements(_ body: (WorkersWorld) async throws -> Void) async throws {
        try await run(fixture: PlacementsFixture.script, body)
    }

    /// Keeps a file as the producer does, in pieces of `size` bytes, and enqueues its import.
    func upload(
        _ text: String,
        association: Int64 = 1,
        requestedBy account: Int64? = nil,
        pieces size: Int = 1_000_000
    ) async throws -> (id: UUID, job: JobID) {
        try await upload(Array(text.utf8), association: association, requestedBy: account, pieces: size)
    }

    func upload(
        _ bytes: [UInt8],
        association: Int64 = 1,
        requestedBy account: Int64? = nil,
        pieces size: Int = 1_000_000
    ) async throws -> (id: UUID, job: JobID) {
        let id = UUID()
        let job = try await pool.transaction { connection in
            let job = try await Ledger.enqueue(NewJob(PlacementsImport(importID: id)), on: connection)
            _ = try await connection.execute(
                """
                INSERT INTO delivery.placements_import (id, association_id, requested_by, number, job, size)
                VALUES (\(id), \(association), \(account), nextval('delivery.placements_order'), \(job.uuid),
                    \(bytes.count))
                """
            )
            for (number, start) in stride(from: 0, to: bytes.count, by: size).enumerated() {
                let content = Bytes(Array(bytes[start..<min(start + size, bytes.count)]))
                _ = try await connection.execute(
                    "INSERT INTO delivery.placements_chunk VALUES (\(id), \(Int32(number)), \(content))"
                )
            }
            return job
        }
        return (id, job)
    }

    /// Keeps a file and carries out its import.
    @discardableResult
    func importing(_ text: String, requestedBy account: Int64? = nil) async throws -> JobRecord {
        try await worker.attempt(try await upload(text, requestedBy: account).job)
    }

    /// The rows of both associations, as files write them, each after its association's id.
    func placements() async throws -> [String] {
        try await pool.query(
            """
            SELECT concat_ws(';', association_id || ':' || is_public::text, coalesce(group_id::text, ''),
                coalesce(sector_id::text, ''), department_code, type, seats, seats_used, male, female, week,
                to_char(updated_at AT TIME ZONE 'Europe/Paris', 'YYYY-MM-DD HH24:MI')) AS line
            FROM platform.off_platform_placement ORDER BY association_id, id
            """
        ).map { try $0.decode("line") }
    }

    /// What became of the file that was uploaded last: "line, field: expected …, got …" of each fault of the report.
    func report() async throws -> (outcome: String?, faults: Int?, lines: [String]) {
        let row = try #require(
            try await pool.query(
                "SELECT outcome, faults, report FROM delivery.placements_import ORDER BY number DESC LIMIT 1"
            ).first
        )
        let faults = try row.decode("report", as: JSON?.self)?.decode([PlacementFault].self) ?? []
        let lines = faults.map { "\($0.line), \($0.field): expected \($0.expected), got \($0.got)" }
        return (try row.decode("outcome"), try row.decode("faults"), lines)
    }
}
