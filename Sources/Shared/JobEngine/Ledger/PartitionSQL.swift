import Postgres

/// Statements that prepare the daily partitions of the finished jobs.
enum PartitionSQL {
    /// Makes the partitions of today and of the next days where they are missing. Attaching one takes a lock of the
    /// default partition, so each is made days ahead, while the default holds nothing of that day. Days are UTC.
    static func prepare(daysAhead: Int) -> SQL {
        """
        SELECT relais.prepare_partitions(\(daysAhead)::int) AS made
        """
    }
}
