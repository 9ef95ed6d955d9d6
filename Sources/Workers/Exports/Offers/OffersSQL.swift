import Platform
import Postgres

/// The statements that read an offers file. All of them run in one REPEATABLE READ snapshot, so that the number of
/// rows, the number of week columns and the rows agree.
enum OffersSQL {
    /// How many rows the file has, and how many week columns: the most weeks of any of its offers.
    static func extent(_ filter: OffersFilter) -> SQL {
        """
        SELECT (SELECT count(*) FROM platform.offer o WHERE \(fragment: conditions(filter))) AS rows,
            (SELECT coalesce(max(weeks), 0) FROM (
                SELECT count(*) AS weeks FROM platform.offer o JOIN platform.offer_week w ON w.offer_id = o.id
                WHERE \(fragment: conditions(filter)) GROUP BY o.id) counted) AS weeks
        """
    }

    /// Days of all weeks, by name: an offer's row then carries names only, and each text is made once.
    static let weeks: SQL = "SELECT week, first_day, last_day FROM platform.week"

    /// The rows in the order of the sheet. Weeks and applications are aggregated once for all offers, not per offer;
    /// outer joins, because an offer whose sector or group is missing must not drop out of the file. Days are those of
    /// Paris: a publication late on a summer evening is already the next day there.
    static func rows(_ filter: OffersFilter) -> SQL {
        """
        WITH weeks AS (
            SELECT o.id, array_agg(w.week ORDER BY w.week) AS weeks
            FROM platform.offer o JOIN platform.offer_week w ON w.offer_id = o.id
            WHERE \(fragment: conditions(filter)) GROUP BY o.id
        ), answers AS (
            SELECT o.id, count(*) FILTER (WHERE a.state = 'submitted') AS waiting,
                count(*) FILTER (WHERE statistics.is_refused(a.state)) AS refused,
                count(*) FILTER (WHERE statistics.is_accepted(a.state)) AS accepted
            FROM platform.offer o JOIN platform.application a ON a.offer_id = o.id
            WHERE \(fragment: conditions(filter)) GROUP BY o.id
        )
        SELECT o.title, o.description, o.max_candidates,
            \(fragment: ExportSQL.parisDay("o.published_at")) AS published_on,
            \(fragment: ExportSQL.parisDay("o.discarded_at")) AS discarded_on,
            coalesce(answers.waiting, 0) AS waiting, coalesce(answers.refused, 0) AS refused,
            coalesce(answers.accepted, 0) AS accepted,
            coalesce(d.name, o.department_code) AS department, o.academy, o.permalink, o.view_count,
            g.name AS group_name, o.is_public, s.name AS sector, o.tutor_name, o.tutor_email, o.tutor_phone,
            o.employer_name, o.employer_website, o.employer_description, o.street, o.zipcode, o.city,
            c.name AS school_name, c.city AS school_city, c.zipcode AS school_zipcode,
            coalesce(weeks.weeks, '{}') AS weeks
        FROM platform.offer o
        LEFT JOIN weeks ON weeks.id = o.id
        LEFT JOIN answers ON answers.id = o.id
        LEFT JOIN platform.department d ON d.code = o.department_code
        LEFT JOIN platform.organisation_group g ON g.id = o.group_id
        LEFT JOIN platform.sector s ON s.id = o.sector_id
        LEFT JOIN platform.school c ON c.id = o.school_id
        WHERE \(fragment: conditions(filter))
        ORDER BY o.department_code, o.title COLLATE "fr-x-icu", o.id
        """
    }

    /// A filter that is not set leaves no condition behind: compared with NULL it would empty the file. An offer belongs
    /// to every school year that its days, the last one included, touch; deleted and unpublished ones are kept.
    static func conditions(_ filter: OffersFilter) -> SQL {
        let year = Int32(filter.schoolYear.start)
        var conditions: SQL = "statistics.overlaps(\(year), o.first_date, o.last_date)"
        if let department = filter.department {
            conditions = "\(fragment: conditions) AND o.department_code = \(department.code)"
        }
        if let academy = filter.academy {
            conditions = "\(fragment: conditions) AND o.academy = \(academy.name)"
        }
        if let isPublic = filter.isPublic {
            conditions = "\(fragment: conditions) AND o.is_public = \(isPublic)"
        }
        if let track = filter.track {
            conditions = "\(fragment: conditions) AND o.track = \(track.rawValue)"
        }
        if let ministry = filter.ministry {
            conditions = "\(fragment: conditions) AND o.group_id = \(ministry)"
        }
        return conditions
    }
}
