import Postgres

/// Statements that tell PostgreSQL how large the ledger is.
///
/// Sessions keep the plans of their statements. One that was made while `relais.job` was all but empty reads the whole
/// table, which is right then; a sweep puts a million rows there within a minute, and each look of a relay, each claim and
/// each finish would read them all until autovacuum comes by. Whatever the table grew by, ANALYZE has every session plan
/// anew.
enum PlanningSQL {
    /// A small table is read as a whole whatever the plan. Beyond that a plan serves a table of four times the size.
    static let hasOutgrownItsPlans: SQL = """
        SELECT pg_relation_size(oid) / current_setting('block_size')::int > greatest(64, 4 * relpages) AS outgrown
        FROM pg_class WHERE oid = 'relais.job'::regclass
        """

    /// Skips a table that somebody else analyzes, or vacuums, at this moment.
    static let planAnew: SQL = "ANALYZE (SKIP_LOCKED) relais.job"
}
