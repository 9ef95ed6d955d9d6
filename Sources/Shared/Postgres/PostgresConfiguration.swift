/// Where the database is and how much of it this process may use.
package struct PostgresConfiguration: Sendable {
    /// libpq's connection string or URI, passed on as it is: several hosts, `target_session_attrs` and TLS live in it.
    package var conninfo: String
    /// Shown in `pg_stat_activity`.
    package var applicationName: String
    /// Connections the pool may hold. Default 8.
    package var poolSize: Int
    /// How long a caller waits for a free connection. Default 5 s.
    package var acquireTimeout: Duration
    /// How long connecting may take, over all hosts. Default 10 s.
    package var connectTimeout: Duration
    /// Run-time settings of each session, for example `idle_in_transaction_session_timeout`.
    package var settings: [String: String]

    /// Takes libpq's connection string as it is.
    package init(
        conninfo: String,
        applicationName: String,
        poolSize: Int = 8,
        acquireTimeout: Duration = .seconds(5),
        connectTimeout: Duration = .seconds(10),
        settings: [String: String] = [:]
    ) {
        self.conninfo = conninfo
        self.applicationName = applicationName
        self.poolSize = poolSize
        self.acquireTimeout = acquireTimeout
        self.connectTimeout = connectTimeout
        self.settings = settings
    }
}
