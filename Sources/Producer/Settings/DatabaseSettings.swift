import Bootstrap
import JobEngine
import Postgres

/// How this process reaches PostgreSQL.
struct DatabaseSettings: Sendable {
    let conninfo: String
    let size: Int

    init(_ reader: SettingsReader) {
        conninfo = reader.value(CommonSettings.databaseURL)
        size = reader.value(CommonSettings.databasePoolSize)
    }

    /// Connections that flush their commits.
    ///
    /// A caller of intake waits 2 s for a connection and 3 s for a new one to be made, then hears 503: whoever calls has
    /// a visitor waiting.
    func durable(applicationName: String) -> PostgresConfiguration {
        PostgresConfiguration(
            conninfo: conninfo,
            applicationName: applicationName,
            poolSize: size,
            acquireTimeout: .seconds(2),
            connectTimeout: .seconds(3),
            settings: Self.sessionSettings
        )
    }

    /// Connections of relay and chores, whose commits may be forgotten by a crash of the database.
    func relaxed(applicationName: String) -> PostgresConfiguration {
        PostgresConfiguration(
            conninfo: conninfo,
            applicationName: applicationName,
            poolSize: 4,
            settings: Self.sessionSettings.merging(Ledger.relaxedSettings) { $1 }
        )
    }

    /// A process that freezes in a transaction must not hold its locks for ever.
    private static let sessionSettings = ["idle_in_transaction_session_timeout": "60s"]
}
