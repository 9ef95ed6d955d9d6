import Postgres

/// The parts of `RefreshSQL.recompute`, in the order in which they build on each other. What counts as what is defined
/// in schema `statistics` (Platform/Migrations); here it is only counted.
extension RefreshSQL {
    /// `event`: each offer of the years once, with its seats, and each of its applications once, with its pupil's
    /// gender. `month` places the seats and the accepted in the series.
    static let events: SQL = """
        offer AS MATERIALIZED (
            SELECT y.school_year, o.id, o.department_code, o.sector_id, coalesce(o.group_id, 0) AS group_id,
                CASE WHEN g.is_public THEN g.id END AS ministry_id, o.is_public,
                coalesce(g.is_paqte, false) AS is_paqte, statistics.block_of(o.permalink, o.is_public) AS block,
                o.max_candidates AS seats, statistics.month_number(o.created_at) AS month
            FROM year y
            JOIN platform.offer o ON statistics.overlaps(y.school_year, o.first_date, o.last_date)
            LEFT JOIN platform.organisation_group g ON g.id = o.group_id
        ), event AS MATERIALIZED (
            SELECT school_year, department_code, sector_id, group_id, ministry_id, is_public, is_paqte, block,
                seats, month, NULL AS gender, false AS is_accepted, NULL AS refusal
            FROM offer
            UNION ALL
            SELECT o.school_year, o.department_code, o.sector_id, o.group_id, o.ministry_id, o.is_public, o.is_paqte,
                o.block, NULL,
                CASE WHEN statistics.is_accepted(a.state)
                    THEN statistics.month_number(coalesce(a.approved_at, a.convention_signed_at)) END,
                coalesce(p.gender, 'np'), statistics.is_accepted(a.state),
                CASE WHEN statistics.is_refused(a.state) THEN a.state END
            FROM offer o
            JOIN platform.application a ON a.offer_id = o.id AND statistics.is_application(a.state)
            LEFT JOIN platform.account p ON p.id = a.student_id
        )
        """

    /// What is counted of a group of events, in the order of the columns of both tables that hold it. Rows fit an integer,
    /// and adding up integers is cheap; seats may be any number.
    private static let measures: SQL = """
        coalesce(sum(seats), 0) AS seats,
        count(gender)::int AS applications,
        (count(*) FILTER (WHERE gender = 'm'))::int AS applications_m,
        (count(*) FILTER (WHERE gender = 'f'))::int AS applications_f,
        (count(*) FILTER (WHERE gender = 'np'))::int AS applications_np,
        (count(*) FILTER (WHERE is_accepted))::int AS accepted,
        (count(*) FILTER (WHERE is_accepted AND gender = 'm'))::int AS accepted_m,
        (count(*) FILTER (WHERE is_accepted AND gender = 'f'))::int AS accepted_f,
        (count(*) FILTER (WHERE is_accepted AND gender = 'np'))::int AS accepted_np,
        count(refusal)::int AS refused,
        (count(*) FILTER (WHERE refusal = 'rejected'))::int AS rejected,
        (count(*) FILTER (WHERE refusal = 'expired'))::int AS expired
        """

    /// `part` is small enough to be grouped again for each kind of scope, with each event in its block, in the total
    /// and, where it applies, in the PaQte.
    static let platformFigures: SQL = """
        part AS MATERIALIZED (
            SELECT school_year, department_code, ministry_id, is_public, is_paqte, block,
                statistics.point_of(school_year, month) AS point, \(fragment: Self.measures)
            FROM event
            GROUP BY 1, 2, 3, 4, 5, 6, 7
        ), platform_figures AS (
            INSERT INTO statistics.platform_figures
            SELECT p.school_year, coalesce(p.ministry_id, 0), coalesce(p.department_code, 'FR'), b.block,
                sum(seats), sum(applications), sum(applications_m), sum(applications_f), sum(applications_np),
                sum(accepted), sum(accepted_m), sum(accepted_f), sum(accepted_np),
                sum(refused), sum(rejected), sum(expired),
                -- A product and not a FILTER, whose sum would be null in the months before the first event.
                ARRAY[
                    sum(seats * (point <= 1)::int), sum(seats * (point <= 2)::int), sum(seats * (point <= 3)::int),
                    sum(seats * (point <= 4)::int), sum(seats * (point <= 5)::int), sum(seats * (point <= 6)::int),
                    sum(seats * (point <= 7)::int), sum(seats * (point <= 8)::int), sum(seats * (point <= 9)::int),
                    sum(seats * (point <= 10)::int), sum(seats * (point <= 11)::int), sum(seats)],
                ARRAY[
                    sum(accepted * (point <= 1)::int), sum(accepted * (point <= 2)::int),
                    sum(accepted * (point <= 3)::int), sum(accepted * (point <= 4)::int),
                    sum(accepted * (point <= 5)::int), sum(accepted * (point <= 6)::int),
                    sum(accepted * (point <= 7)::int), sum(accepted * (point <= 8)::int),
                    sum(accepted * (point <= 9)::int), sum(accepted * (point <= 10)::int),
                    sum(accepted * (point <= 11)::int), sum(accepted)],
                statement_timestamp()
            FROM part p
            CROSS JOIN LATERAL (
                SELECT p.block
                UNION ALL SELECT 'companies_paqte' WHERE p.block = 'companies' AND p.is_paqte
                UNION ALL SELECT 'total'
            ) b
            GROUP BY p.school_year, b.block, GROUPING SETS (
                (), (p.department_code), (p.ministry_id), (p.ministry_id, p.department_code))
            HAVING grouping(p.ministry_id) = 1 OR p.ministry_id IS NOT NULL
            RETURNING school_year, ministry_id, department_code, block, accepted
        )
        """

    static let platformBreakdown: SQL = """
        platform_breakdown AS (
            INSERT INTO statistics.platform_breakdown
            SELECT school_year, coalesce(department_code, 'FR'),
                CASE WHEN grouping(sector_id) = 0 THEN 'sector' ELSE 'group' END, coalesce(sector_id, group_id),
                \(fragment: Self.measures), statement_timestamp()
            FROM event
            GROUP BY school_year, GROUPING SETS (
                (sector_id), (department_code, sector_id), (group_id), (department_code, group_id))
            RETURNING 1
        )
        """

    static let filledFigures: SQL = """
        placement AS (
            SELECT y.school_year, p.department_code, CASE WHEN g.is_public THEN g.id END AS ministry_id,
                p.type, p.is_public, coalesce(g.is_paqte, false) AS is_paqte, p.seats_used, p.updated_at
            FROM year y
            JOIN platform.off_platform_placement p
                ON statistics.off_platform_year_of(p.week) = y.school_year AND statistics.counts_off_platform(p.type)
            LEFT JOIN platform.organisation_group g ON g.id = p.group_id
        ), off_platform AS (
            SELECT school_year,
                coalesce(ministry_id, 0) AS ministry_id, coalesce(department_code, 'FR') AS department_code,
                coalesce(sum(seats_used) FILTER (WHERE type = 'on_site'), 0) AS on_site,
                coalesce(sum(seats_used) FILTER (WHERE type = 'remote'), 0) AS remote,
                coalesce(sum(seats_used) FILTER (WHERE type = 'hybrid'), 0) AS hybrid,
                coalesce(sum(seats_used) FILTER (WHERE NOT is_public), 0) AS private,
                coalesce(sum(seats_used) FILTER (WHERE NOT is_public AND is_paqte), 0) AS private_paqte,
                coalesce(sum(seats_used) FILTER (WHERE is_public), 0) AS public,
                sum(seats_used) AS total,
                max(updated_at) AS updated_at
            FROM placement
            GROUP BY school_year, GROUPING SETS (
                (), (department_code), (ministry_id), (ministry_id, department_code))
            HAVING grouping(ministry_id) = 1 OR ministry_id IS NOT NULL
        ), filled_figures AS (
            INSERT INTO statistics.filled_figures
            SELECT school_year, ministry_id, department_code, coalesce(p.accepted, 0),
                coalesce(o.on_site, 0), coalesce(o.remote, 0), coalesce(o.hybrid, 0),
                coalesce(o.private, 0), coalesce(o.private_paqte, 0), coalesce(o.public, 0),
                coalesce(o.total, 0), coalesce(p.accepted, 0) + coalesce(o.total, 0),
                o.updated_at, statement_timestamp()
            FROM (SELECT * FROM platform_figures WHERE block = 'total') p
            FULL JOIN off_platform o USING (school_year, ministry_id, department_code)
            RETURNING *
        )
        """

    static let globalFigures: SQL = """
        school AS MATERIALIZED (
            SELECT s.kind, s.id IN (
                SELECT h.school_id FROM platform.account h
                WHERE h.role = 'school_manager' AND h.school_id IS NOT NULL
                    AND statistics.is_active(h.confirmed_at, h.discarded_at)
            ) AS is_registered
            FROM platform.school s
            WHERE s.visible
        ), eligible AS (
            SELECT
                count(*) FILTER (WHERE kind = 'rep' AND is_registered) AS rep_registered,
                count(*) FILTER (WHERE kind = 'rep') AS rep,
                count(*) FILTER (WHERE kind = 'rep_plus' AND is_registered) AS rep_plus_registered,
                count(*) FILTER (WHERE kind = 'rep_plus') AS rep_plus,
                count(*) FILTER (WHERE coalesce(kind, '') NOT IN ('rep', 'rep_plus') AND is_registered)
                    AS other_registered,
                count(*) FILTER (WHERE coalesce(kind, '') NOT IN ('rep', 'rep_plus')) AS other
            FROM school
        ), offered AS (
            SELECT school_year,
                sum(seats * is_public::int) AS seats_public, sum(seats * (NOT is_public)::int) AS seats_private
            FROM part
            GROUP BY 1
        ), global_figures AS (
            INSERT INTO statistics.global_figures
            SELECT y.school_year,
                e.rep_registered, e.rep, e.rep_plus_registered, e.rep_plus, e.other_registered, e.other,
                coalesce(o.seats_public, 0), coalesce(o.seats_private, 0),
                coalesce(o.seats_public, 0) + coalesce(o.seats_private, 0),
                coalesce(f.on_platform + f.on_site + f.hybrid, 0), coalesce(f.remote, 0), coalesce(f.grand_total, 0),
                (SELECT count(*) FROM platform.account a
                 WHERE a.kind = 'student' AND statistics.is_active(a.confirmed_at, a.discarded_at)),
                (SELECT count(*) FROM platform.association),
                statement_timestamp()
            FROM year y
            CROSS JOIN eligible e
            LEFT JOIN offered o USING (school_year)
            LEFT JOIN filled_figures f
                ON f.school_year = y.school_year AND f.ministry_id = 0 AND f.department_code = 'FR'
            RETURNING 1
        )
        """
}
