import Bootstrap

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

    /// Names that this program's other commands, the workers and the tools read: one env file serves them all.
    static func known(in environment: [String: String]) -> Set<String> {
        let own = [
            LogSettings.levelSetting.name, LogSettings.formatSetting.name, DatabaseSettings.url.name,
            DatabaseSettings.url.name + "_FILE", DatabaseSettings.poolSize.name, BrokerSettings.url.name,
            BrokerSettings.url.name + "_FILE", HTTPSettings.host.name, HTTPSettings.port.name,
            HTTPSettings.maxConnections.name, SharedSecret.setting.name, SharedSecret.setting.name + "_FILE",
            "RELAIS_BROKER_API_URL", "RELAIS_BROKER_METRICS_URL", "RELAIS_ACTIVATION_URL", "RELAIS_RESET_URL",
            "RELAIS_PUBLIC_URL", "RELAIS_PORT_BASE",
        ]
        let othersPrefixes = ["RELAIS_SMTP_", "RELAIS_MAIL_", "RELAIS_WORKER", "RELAIS_STACK", "RELAIS_SLOTS"]
        let others = environment.keys.filter { name in othersPrefixes.contains { name.hasPrefix($0) } }
        return Set(own).union(others)
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
