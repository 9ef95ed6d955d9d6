import Postgres

/// The counters of a job stop at the end of their type. Beyond it the server would refuse the statement, and with that
/// job all of its neighbours could neither be claimed nor finished.
enum CounterSQL {
    /// A counter of a row with what it is charged.
    static func sum(_ counter: SQL, _ charge: SQL) -> SQL {
        "least(\(fragment: counter)::bigint + \(fragment: charge), 2147483647)::int"
    }

    /// For rows of `relais.failure`: the attempts of a counter that has stopped share one number.
    static let keepingTheFirst: SQL = "ON CONFLICT (job, attempt) DO NOTHING"
}
