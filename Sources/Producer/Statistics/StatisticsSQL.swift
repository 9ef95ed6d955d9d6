import Platform
import Postgres

/// The statements that read the figures of a page: one for each page, hence one snapshot, in which all rows of a year
/// come from the same refresh. Rows are found by primary key; what counts as what is defined where they are written.
///
/// Each answers exactly one row. Its `refreshed_at` is null when the year has never been computed; otherwise a scope
/// without a row is one in which nothing counts.
enum StatisticsSQL {
    static func department(_ code: String, year: Int32?) -> SQL {
        """
        SELECT \(fragment: scope), \(fragment: blocks(ministry: 0, place: code)),
            \(fragment: breakdown(of: code, by: "sector", names: "platform.sector")) AS sectors,
            \(fragment: breakdown(of: code, by: "group", names: "platform.organisation_group")) AS groups,
            \(fragment: filled)
        FROM \(fragment: asked(year)) LEFT JOIN \(fragment: filledFigures(ministry: 0, place: code))
        """
    }

    /// `name` is null when no public group has this id.
    /// - Parameter department: nil for all of France.
    static func ministry(_ id: Int64, department: String?, year: Int32?) -> SQL {
        let place = department ?? "FR"
        return """
            SELECT \(fragment: scope), m.name, \(fragment: blocks(ministry: id, place: place)), \(fragment: filled)
            FROM \(fragment: asked(year)) LEFT JOIN platform.organisation_group m ON m.id = \(id) AND m.is_public
            LEFT JOIN \(fragment: filledFigures(ministry: id, place: place))
            """
    }

    static func global(year: Int32?) -> SQL {
        """
        SELECT \(fragment: scope), g.rep_registered, g.rep_eligible, g.rep_plus_registered, g.rep_plus_eligible,
            g.other_registered, g.other_eligible, g.seats_public, g.seats_private, g.seats, g.filled_on_site,
            g.filled_remote, g.filled, g.pupils, g.associations
        FROM \(fragment: asked(year))
        """
    }

    // MARK: - The year

    private static let scope: SQL = "asked.school_year, known.first_year, known.last_year, g.refreshed_at"

    /// The year asked for, or the one that pages show first, among those that have figures.
    private static func asked(_ year: Int32?) -> SQL {
        """
        (SELECT coalesce(\(year)::int, statistics.current_school_year()) AS school_year) AS asked
        CROSS JOIN (
            SELECT min(y) AS first_year, max(y) AS last_year FROM statistics.known_school_years() y) AS known
        LEFT JOIN statistics.global_figures g ON g.school_year = asked.school_year
        """
    }

    // MARK: - On the platform

    private static func blocks(ministry: Int64, place: String) -> SQL {
        """
        (SELECT jsonb_object_agg(p.block, to_jsonb(p)) FROM statistics.platform_figures p
         WHERE p.school_year = asked.school_year AND p.ministry_id = \(ministry) AND p.department_code = \(place))
            AS blocks
        """
    }

    /// By name; what has none comes last, and after it 0, which stands for offers without a group.
    private static func breakdown(of code: String, by dimension: String, names: SQL) -> SQL {
        """
        (SELECT jsonb_agg(to_jsonb(b) || jsonb_build_object('name', n.name)
            ORDER BY b.item_id = 0, n.name IS NULL, n.name COLLATE "fr-x-icu", b.item_id)
         FROM statistics.platform_breakdown b LEFT JOIN \(fragment: names) n ON n.id = b.item_id
         WHERE b.school_year = asked.school_year AND b.department_code = \(code) AND b.dimension = \(dimension))
        """
    }

    // MARK: - Off the platform

    private static let filled: SQL = """
        coalesce(f.on_site, 0) AS on_site, coalesce(f.remote, 0) AS remote, coalesce(f.hybrid, 0) AS hybrid,
        coalesce(f.private, 0) AS private, coalesce(f.private_paqte, 0) AS private_paqte,
        coalesce(f.public, 0) AS public, coalesce(f.off_platform, 0) AS off_platform,
        coalesce(f.grand_total, 0) AS grand_total, f.off_platform_updated_at
        """

    private static func filledFigures(ministry: Int64, place: String) -> SQL {
        """
        statistics.filled_figures f ON f.school_year = asked.school_year AND f.ministry_id = \(ministry)
            AND f.department_code = \(place)
        """
    }
}
