import Bootstrap
import JobEngine
import Postgres

extension DatabaseSettings {
    /// A caller of intake waits 2 s for a connection and 3 s for a new one to be made, then hears 503: whoever calls has
    /// a visitor waiting.
    init(_ reader: SettingsReader) {
        let conninfo = reader.value(CommonSettings.databaseURL)
        let fault = PostgresConfiguration.fault(in: conninfo)
        reader.require(fault == nil, of: CommonSettings.databaseURL, fault ?? "")
        self.init(
            conninfo: conninfo,
            poolSize: reader.value(CommonSettings.databasePoolSize),
            acquireTimeout: .seconds(2),
            connectTimeout: .seconds(3)
        )
    }
}
