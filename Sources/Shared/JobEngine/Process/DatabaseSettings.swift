package import Postgres

/// How a process reaches the ledger. Both programs make their sessions here, so that no rule of theirs is kept twice;
/// they differ in how long they wait.
package struct DatabaseSettings: Sendable {
    private let conninfo: String
    private let poolSize: Int
    private let acquireTimeout: Duration
    private let connectTimeout: Duration

    /// - Parameters:
    ///   - conninfo: libpq's connection string or URI; TLS and several hosts live in it.
    ///   - poolSize: Connections of the durable pool.
    ///   - acquireTimeout: How long a caller of the durable pool waits for a connection.
    ///   - connectTimeout: How long making one may take there, over all hosts.
    package init(conninfo: String, poolSize: Int, acquireTimeout: Duration, connectTimeout: Duration) {
        self.conninfo = conninfo
        self.poolSize = poolSize
        self.acquireTimeout = acquireTimeout
        self.connectTimeout = connectTimeout
    }

    /// Connections that flush their commits: those of intake, handlers and finishes.
    package func durable(applicationName: String) -> PostgresConfiguration {
        PostgresConfiguration(
            conninfo: conninfo,
            applicationName: applicationName,
            poolSize: poolSize,
            acquireTimeout: acquireTimeout,
            connectTimeout: connectTimeout,
            settings: Self.sessionSettings
        )
    }

    /// Connections whose commits a crash of the database may forget: those of relay and chores, claims, progress and
    /// beats.
    package func relaxed(applicationName: String) -> PostgresConfiguration {
        PostgresConfiguration(
            conninfo: conninfo,
            applicationName: applicationName,
            poolSize: 4,
            settings: Self.sessionSettings.merging(Ledger.relaxedSettings) { $1 }
        )
    }

    /// A process that freezes in a transaction must not hold its locks for ever, and the server must notice a machine
    /// that is gone: until it does, the locks of its sessions stay, the one that says that the process lives among them.
    private static let sessionSettings = [
        "idle_in_transaction_session_timeout": "60s",
        "tcp_keepalives_idle": "10",
        "tcp_keepalives_interval": "5",
        "tcp_keepalives_count": "3",
    ]
}
