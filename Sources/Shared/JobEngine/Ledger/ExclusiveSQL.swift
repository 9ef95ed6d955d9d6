import Postgres

/// Conditions that keep to one job at a time for each exclusive key. Whatever takes a job out of `pending` applies them,
/// under the lock of the queue's row; the index `job_exclusive` refuses what slips through.
enum ExclusiveSQL {
    /// Whether nothing of the key of row `j` is dispatched or running.
    static let isFree: SQL = """
        (j.exclusive_key IS NULL OR NOT EXISTS (
            SELECT FROM relais.job o WHERE o.exclusive_key = j.exclusive_key AND o.state <> 'pending'))
        """

    /// The ids of a CTE (id, run_at, exclusive_key), of each key the first alone: two that wait for the same key are
    /// both free until one of them goes.
    static func firstOfEachKey(in table: SQL) -> SQL {
        """
        SELECT id FROM (
            SELECT id, exclusive_key, row_number() OVER (PARTITION BY exclusive_key ORDER BY run_at, id) AS place
            FROM \(fragment: table)
        ) AS placed WHERE exclusive_key IS NULL OR place = 1
        """
    }
}
