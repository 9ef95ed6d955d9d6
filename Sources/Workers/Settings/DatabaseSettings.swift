import Bootstrap
import JobEngine
import Postgres

/// How the workers reach PostgreSQL.
struct DatabaseSettings: Sendable {
    let conninfo: String
    let poolSize: Int

    init(_ reader: SettingsReader) {
        conninfo = reader.value(CommonSettings.databaseURL)
        poolSize = reader.value(CommonSettings.databasePoolSize)
    }

    /// Connections of handlers and finishes, whose commits are flushed. A handler may wait longer for one than a
    /// visitor would: its job fails otherwise.
    func durable(applicationName: String) -> PostgresConfiguration {
        PostgresConfiguration(
            conninfo: conninfo,
            applicationName: applicationName,
            poolSize: poolSize,
            acquireTimeout: .seconds(30),
            settings: Self.sessionSettings
        )
    }

    /// Connections of claims, progress and beats.
    func relaxed(applicationName: String) -> PostgresConfiguration {
        PostgresConfiguration(
            conninfo: conninfo,
            applicationName: applicationName,
            poolSize: 4,
            settings: Self.sessionSettings.merging(Ledger.relaxedSettings) { $1 }
        )
    }

    /// A process that freezes in a transaction must not hold its locks for ever, and the server must notice a machine
    /// that is gone.
    private static let sessionSettings = [
        "idle_in_transaction_session_timeout": "60s",
        "tcp_keepalives_idle": "10",
        "tcp_keepalives_interval": "5",
        "tcp_keepalives_count": "3",
    ]
}
