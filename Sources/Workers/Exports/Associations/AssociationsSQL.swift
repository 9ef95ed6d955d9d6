import Platform
import Postgres

/// The statements that read a file of associations.
enum AssociationsSQL {
    static let count: SQL = "SELECT count(*) AS rows FROM platform.association"

    /// Every association, one without placements included. Workshops and talks count in no total.
    static func rows(_ export: AssociationsExport) -> SQL {
        let weeks = export.schoolYear.offPlatformWeeks
        return """
            WITH placement AS (
                SELECT p.association_id,
                    sum(p.seats_used) FILTER (WHERE p.type = 'on_site') AS on_site,
                    sum(p.seats_used) FILTER (WHERE p.type = 'hybrid') AS hybrid,
                    sum(p.seats_used) FILTER (WHERE p.type = 'remote') AS remote,
                    sum(p.seats_used) FILTER (WHERE p.type = 'workshop') AS workshops,
                    sum(p.seats_used) FILTER (WHERE \(fragment: counts) AND p.is_public) AS public,
                    sum(p.seats_used) FILTER (WHERE \(fragment: counts) AND NOT p.is_public) AS private,
                    \(fragment: ExportSQL.parisDay("max(p.updated_at)")) AS updated_on
                FROM platform.off_platform_placement p
                WHERE p.week COLLATE "C" >= \(weeks.lowerBound.description)
                    AND p.week COLLATE "C" < \(weeks.upperBound.description)
                GROUP BY p.association_id
            )
            SELECT a.name, a.target_count,
                coalesce(p.on_site, 0) + coalesce(p.hybrid, 0) + coalesce(p.remote, 0) AS total,
                coalesce(p.on_site, 0) AS on_site, coalesce(p.hybrid, 0) AS hybrid, coalesce(p.remote, 0) AS remote,
                coalesce(p.workshops, 0) AS workshops, coalesce(p.public, 0) AS public,
                coalesce(p.private, 0) AS private, p.updated_on
            FROM platform.association a LEFT JOIN placement p ON p.association_id = a.id
            ORDER BY a.name COLLATE "fr-x-icu", a.id
            """
    }

    private static let counts: SQL = "statistics.counts_off_platform(p.type)"
}
