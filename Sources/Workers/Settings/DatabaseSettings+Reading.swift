import Bootstrap
import JobEngine
import Postgres

extension DatabaseSettings {
    /// A handler may wait longer for a connection than a visitor would: its job fails otherwise.
    init(_ reader: SettingsReader) {
        let conninfo = reader.value(CommonSettings.databaseURL)
        let fault = PostgresConfiguration.fault(in: conninfo)
        reader.require(fault == nil, of: CommonSettings.databaseURL, fault ?? "")
        self.init(
            conninfo: conninfo,
            poolSize: reader.value(CommonSettings.databasePoolSize),
            acquireTimeout: .seconds(30),
            connectTimeout: .seconds(10)
        )
    }
}
