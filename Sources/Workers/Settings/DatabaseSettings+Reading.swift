import Bootstrap
import JobEngine

extension DatabaseSettings {
    /// A handler may wait longer for a connection than a visitor would: its job fails otherwise.
    init(_ reader: SettingsReader) {
        self.init(
            conninfo: reader.value(CommonSettings.databaseURL),
            poolSize: reader.value(CommonSettings.databasePoolSize),
            acquireTimeout: .seconds(30),
            connectTimeout: .seconds(10)
        )
    }
}
