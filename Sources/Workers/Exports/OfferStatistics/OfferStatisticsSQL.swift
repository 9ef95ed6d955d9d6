import Platform
import Postgres

/// The statements that read a file of offer statistics.
enum OfferStatisticsSQL {
    static func count(_ export: OfferStatisticsExport) -> SQL {
        """
        SELECT count(*) AS rows FROM (
            SELECT DISTINCT \(fragment: dimension(export)) FROM platform.offer o
            WHERE \(fragment: OffersSQL.conditions(export.filter))) AS d
        """
    }

    /// One row for each sector or group that has offers, by name; whatever has no name comes last.
    static func rows(_ export: OfferStatisticsExport) -> SQL {
        let names: SQL =
            switch export.dimension {
            case .sector: "platform.sector"
            case .group: "platform.organisation_group"
            }
        return """
            WITH \(fragment: figures(export)), figure AS (
                SELECT dimension, \(fragment: sums) FROM offer GROUP BY dimension
            )
            SELECT n.name, figure.* FROM figure LEFT JOIN \(fragment: names) n ON n.id = figure.dimension
            ORDER BY n.name IS NULL, n.name COLLATE "fr-x-icu", figure.dimension
            """
    }

    static func total(_ export: OfferStatisticsExport) -> SQL {
        "WITH \(fragment: figures(export)) SELECT 'Total' AS name, \(fragment: sums) FROM offer"
    }

    private static func dimension(_ export: OfferStatisticsExport) -> SQL {
        switch export.dimension {
        case .sector: "o.sector_id"
        case .group: "o.group_id"
        }
    }

    /// Offers with what was applied for. Applications are added up per offer first: joined to the offers they would
    /// count the seats of an offer once for each application. Each gender is counted by itself; girls are not what is
    /// left of all without the boys. A pupil who is gone, or whose gender is not known, has not stated it.
    private static func figures(_ export: OfferStatisticsExport) -> SQL {
        """
        answer AS (
            SELECT o.id, count(*) AS applications,
                count(*) FILTER (WHERE s.gender = 'm') AS boys, count(*) FILTER (WHERE s.gender = 'f') AS girls,
                count(*) FILTER (WHERE coalesce(s.gender, 'np') = 'np') AS unstated,
                count(*) FILTER (WHERE \(fragment: accepted)) AS accepted,
                count(*) FILTER (WHERE \(fragment: accepted) AND s.gender = 'm') AS accepted_boys,
                count(*) FILTER (WHERE \(fragment: accepted) AND s.gender = 'f') AS accepted_girls,
                count(*) FILTER (WHERE \(fragment: accepted) AND coalesce(s.gender, 'np') = 'np') AS accepted_unstated
            FROM platform.offer o JOIN platform.application a ON a.offer_id = o.id
            LEFT JOIN platform.account s ON s.id = a.student_id
            WHERE statistics.is_application(a.state) AND \(fragment: OffersSQL.conditions(export.filter)) GROUP BY o.id
        ), offer AS (
            SELECT \(fragment: dimension(export)) AS dimension, o.max_candidates, answer.*
            FROM platform.offer o LEFT JOIN answer ON answer.id = o.id
            WHERE \(fragment: OffersSQL.conditions(export.filter))
        )
        """
    }

    private static let accepted: SQL = "statistics.is_accepted(a.state)"

    private static let sums: SQL = """
        sum(max_candidates)::bigint AS seats, coalesce(sum(applications), 0)::bigint AS applications,
        coalesce(sum(boys), 0)::bigint AS boys, coalesce(sum(girls), 0)::bigint AS girls,
        coalesce(sum(unstated), 0)::bigint AS unstated, coalesce(sum(accepted), 0)::bigint AS accepted,
        coalesce(sum(accepted_boys), 0)::bigint AS accepted_boys,
        coalesce(sum(accepted_girls), 0)::bigint AS accepted_girls,
        coalesce(sum(accepted_unstated), 0)::bigint AS accepted_unstated
        """
}
