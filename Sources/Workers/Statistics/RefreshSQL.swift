import Postgres

/// The statements of a refresh, run in this order in one READ COMMITTED transaction: `settings`, `lock`, `forget`,
/// `recompute`.
///
/// All figures and the deletion of the marks come from the one snapshot of `recompute`, so that the figures of two
/// tables never disagree and no change is lost: a change that is not in the snapshot has a mark that is not in it
/// either. REPEATABLE READ would take its snapshot with the lock statement, before the lock is granted, and a refresh
/// that had waited would count what is already out of date.
enum RefreshSQL {
    /// The years that need new figures: marked ones, ones never computed, and the current one when changes may go
    /// unmarked because a trigger is missing (deploy/platform/statistics-triggers.sql).
    static let staleYears: SQL = """
        SELECT school_year FROM statistics.stale
        UNION
        SELECT known FROM statistics.known_school_years() known
        WHERE NOT EXISTS (SELECT FROM statistics.global_figures g WHERE g.school_year = known)
        UNION
        SELECT statistics.current_school_year()
        WHERE EXISTS (
            SELECT FROM unnest(ARRAY['offer', 'application', 'account', 'school', 'association',
                                     'organisation_group', 'off_platform_placement']) relation
            -- 4, 8, 16 and 32 are the bits of INSERT, DELETE, UPDATE and TRUNCATE in tgtype.
            WHERE (SELECT coalesce(bit_or(t.tgtype::int), 0) & 60
                   FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
                   WHERE p.pronamespace = 'statistics'::regnamespace AND p.proname = relation || '_changed'
                     AND t.tgenabled IN ('O', 'A')) <> 60)
        ORDER BY 1
        """

    static let allYears: SQL = "SELECT school_year FROM statistics.known_school_years() school_year ORDER BY 1"

    /// Compiling the statement took four times as long as running it (3.5 s of 4.7 s for a year of 30,000 offers), and
    /// with the usual 4 MB its sorts go to disk.
    static let settings: SQL = "SELECT set_config('jit', 'off', true), set_config('work_mem', '64MB', true)"

    /// One refresh of a year at a time: the next one waits here. In ascending order, because two refreshes of several
    /// years could otherwise wait for each other.
    static func lock(_ years: [Int]) -> SQL {
        """
        SELECT pg_advisory_xact_lock(7255, ordered.school_year)
        FROM (SELECT school_year FROM unnest(\(years)::int[]) school_year ORDER BY 1) ordered
        """
    }

    /// Readers go on seeing the old rows until the transaction commits.
    static func forget(_ years: [Int]) -> [SQL] {
        [
            "DELETE FROM statistics.platform_figures WHERE school_year = ANY (\(years)::int[])",
            "DELETE FROM statistics.platform_breakdown WHERE school_year = ANY (\(years)::int[])",
            "DELETE FROM statistics.filled_figures WHERE school_year = ANY (\(years)::int[])",
            "DELETE FROM statistics.global_figures WHERE school_year = ANY (\(years)::int[])",
        ]
    }

    /// Writes all figures of the years and answers with the number of their rows, as `figures`. Offers and applications
    /// are read once; what follows works on groups of them.
    static func recompute(_ years: [Int]) -> SQL {
        """
        WITH year AS (
            SELECT unnest(\(years)::int[]) AS school_year
        ), mark AS (
            DELETE FROM statistics.stale WHERE school_year = ANY (\(years)::int[])
        ), \(fragment: Self.events), \(fragment: Self.platformFigures), \(fragment: Self.platformBreakdown),
        \(fragment: Self.filledFigures), \(fragment: Self.globalFigures)
        SELECT (SELECT count(*) FROM platform_figures) + (SELECT count(*) FROM platform_breakdown)
            + (SELECT count(*) FROM filled_figures) + (SELECT count(*) FROM global_figures) AS figures
        """
    }
}
