package import Postgres

/// What outlives its use: one statement that deletes at most `batch` of it and touches as many rows as it deletes.
package struct RetentionRule: Sendable {
    /// What it deletes, as log and metrics call it.
    package let name: String
    package let batch: Int
    package let statement: SQL

    /// `statement` must skip rows that are locked: several producers delete at once, and a job must never wait for them.
    package init(_ name: String, batch: Int, _ statement: SQL) {
        self.name = name
        self.batch = batch
        self.statement = statement
    }
}
