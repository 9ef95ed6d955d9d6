import Bootstrap
import JobEngine

/// Every setting of `producer serve`, read and checked whole before anything starts.
struct ProducerSettings: Sendable {
    let log: LogSettings
    let database: DatabaseSettings
    let broker: BrokerSettings
    let http: HTTPSettings
    let secret: SharedSecret

    init(_ reader: SettingsReader) {
        log = LogSettings(reader)
        database = DatabaseSettings(reader)
        broker = BrokerSettings(reader)
        http = HTTPSettings(reader)
        secret = SharedSecret(reader)
    }
}

/// What the commands need that only talk to the database.
struct DatabaseCommandSettings: Sendable {
    let log: LogSettings
    let database: DatabaseSettings

    init(_ reader: SettingsReader) {
        log = LogSettings(reader)
        database = DatabaseSettings(reader)
    }
}
