import Foundation
import Platform
import Postgres

/// The statements of an import of placements.
enum PlacementsSQL {
    /// A file that was taken whole.
    static func file(_ id: UUID) -> SQL {
        """
        SELECT i.association_id, i.requested_by, i.number, i.size, i.outcome IS NOT NULL AS has_ended,
            EXISTS (SELECT FROM platform.association a WHERE a.id = i.association_id) AS has_association
        FROM delivery.placements_import i WHERE i.id = \(id) AND i.number IS NOT NULL
        """
    }

    static func chunk(of file: UUID, after number: Int32) -> SQL {
        """
        SELECT number, content FROM delivery.placements_chunk
        WHERE import = \(file) AND number > \(number) ORDER BY number LIMIT 1
        """
    }

    static let references: SQL = """
        SELECT ARRAY(SELECT code FROM platform.department) AS departments,
            ARRAY(SELECT id FROM platform.organisation_group) AS groups,
            ARRAY(SELECT id FROM platform.sector) AS sectors, ARRAY(SELECT week FROM platform.week) AS weeks
        """

    // MARK: - In the transaction of the end

    /// Makes a file the one that the association's rows are from, unless a newer one is: then no row. Whoever imports
    /// another file of the association waits here until this one has committed.
    static func become(source number: Int64, of association: Int64) -> SQL {
        """
        INSERT INTO delivery.placements_source AS s (association_id, number) VALUES (\(association), \(number))
        ON CONFLICT (association_id) DO UPDATE SET number = excluded.number WHERE s.number < excluded.number
        """
    }

    static func forgetPlacements(of association: Int64) -> SQL {
        "DELETE FROM platform.off_platform_placement WHERE association_id = \(association)"
    }

    static func insert(_ placements: [Placement], of association: Int64) -> SQL {
        """
        INSERT INTO platform.off_platform_placement (association_id, is_public, group_id, sector_id, department_code,
            type, seats, seats_used, male, female, week, updated_at, imported_at)
        SELECT \(association), r.*, now()
        FROM unnest(\(placements.map(\.isPublic)), \(placements.map(\.group)), \(placements.map(\.sector)),
            \(placements.map(\.department)), \(placements.map(\.type)), \(placements.map { Int32(clamping: $0.seats) }),
            \(placements.map { Int32(clamping: $0.seatsUsed) }), \(placements.map { Int32(clamping: $0.male) }),
            \(placements.map { Int32(clamping: $0.female) }), \(placements.map(\.week)),
            \(placements.map(\.updatedAt))) AS r
        """
    }

    static func end(_ file: UUID, _ outcome: PlacementsOutcome, _ parser: PlacementsParser?) throws -> SQL {
        """
        UPDATE delivery.placements_import
        SET outcome = \(outcome.rawValue), ended_at = clock_timestamp(), rows = \(parser?.rows),
            faults = \(parser?.faultCount), report = \(try parser.map { try JSON(encoding: $0.faults) })
        WHERE id = \(file) AND outcome IS NULL
        """
    }

    static func forgetChunks(of file: UUID) -> SQL {
        "DELETE FROM delivery.placements_chunk WHERE import = \(file)"
    }
}
