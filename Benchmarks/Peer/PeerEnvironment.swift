import AMQP
import Foundation
import JobEngine
import Logging
import Postgres

/// Where the servers are that the harness was given, and the names that this peer takes on them.
enum PeerEnvironment {
    static let virtualHost = "peer_relais"
    static let database = "bench_relais"
    static let conninfo = "dbname=\(database)"

    static func required(_ name: String) throws -> String {
        guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else {
            throw PeerError("expected \(name) in the environment, got nothing; see the harness's README")
        }
        return value
    }

    static func brokerURL() throws -> String {
        let url = try required("AMQP_URL")
        return (url.hasSuffix("/") ? String(url.dropLast()) : url) + "/" + virtualHost
    }

    static func pool(
        _ conninfo: String = conninfo,
        applicationName: String = "relais-peer",
        size: Int = 4,
        settings: [String: String] = [:]
    ) -> PostgresPool {
        PostgresPool(
            configuration: PostgresConfiguration(
                conninfo: conninfo,
                applicationName: applicationName,
                poolSize: size,
                settings: settings
            ),
            logger: .quiet
        )
    }
}

/// What the harness should print before it gives up.
struct PeerError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

extension Logger {
    /// What a measured process says: only what is wrong.
    static var quiet: Logger {
        var logger = Logger(label: "relais-peer")
        logger.logLevel = .warning
        return logger
    }
}
