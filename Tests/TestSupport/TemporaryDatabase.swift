import Foundation
package import Logging
package import Postgres
import Testing

/// A database of a test's own, on the server that `RELAIS_DATABASE_URL` names.
package struct TemporaryDatabase: Sendable {
    /// The database's name.
    package let name: String
    /// How to connect to it.
    package let conninfo: String
    /// How to connect to it over TLS, with the server's name and authority verified.
    package let encryptedConninfo: String

    /// A database that somebody else made and drops.
    package init(name: String, conninfo: String, encryptedConninfo: String) {
        self.name = name
        self.conninfo = conninfo
        self.encryptedConninfo = encryptedConninfo
    }

    /// A pool on this database; close it before the test ends.
    package func pool(size: Int = 8, acquireTimeout: Duration = longestWait) -> PostgresPool {
        PostgresPool(configuration: configuration(size: size, acquireTimeout: acquireTimeout), logger: .silent)
    }

    /// A session on this database; close it before the test ends.
    package func connect() async throws -> PostgresConnection {
        try await PostgresConnection.connect(configuration(), logger: .silent)
    }

    /// Settings for a pool on this database.
    package func configuration(size: Int = 8, acquireTimeout: Duration = longestWait) -> PostgresConfiguration {
        PostgresConfiguration(
            conninfo: conninfo,
            applicationName: "relais-tests",
            poolSize: size,
            acquireTimeout: acquireTimeout,
            connectTimeout: longestWait
        )
    }

    /// Runs `body` with a pool that is closed afterwards.
    package nonisolated(nonsending) func withPool<R>(
        size: Int = 8,
        acquireTimeout: Duration = longestWait,
        _ body: (PostgresPool) async throws -> R
    ) async throws -> R {
        let pool = pool(size: size, acquireTimeout: acquireTimeout)
        do {
            let result = try await body(pool)
            await pool.close()
            return result
        } catch {
            await pool.close()
            throw error
        }
    }

    /// Runs `body` with a session that is closed afterwards.
    package nonisolated(nonsending) func withConnection<R>(
        _ body: (PostgresConnection) async throws -> R
    ) async throws -> R {
        let connection = try await connect()
        do {
            let result = try await body(connection)
            await connection.close()
            return result
        } catch {
            await connection.close()
            throw error
        }
    }
}

/// Runs a test with a database of its own, made from `template` if given (see `TemporaryDatabase.template`), and
/// drops it afterwards. A connection that is still open then fails the test.
package nonisolated(nonsending) func withTemporaryDatabase<R>(
    template: String? = nil,
    _ body: (TemporaryDatabase) async throws -> R
) async throws -> R {
    let server = try TestServer()
    let database = try await server.createDatabase(named: "relais_test_\(UUID().short)", template: template)
    let result: Result<R, any Error>
    do {
        result = .success(try await body(database))
    } catch {
        result = .failure(error)
    }
    let left = try await server.connections(to: database)
    if !left.isEmpty {
        Issue.record("connections left open by the test: \(left.joined(separator: ", "))")
    }
    try await server.drop(database.name)
    return try result.get()
}

extension UUID {
    /// Enough of it to be unlike any other name.
    var short: String {
        uuidString.lowercased().replacingOccurrences(of: "-", with: "").prefix(16).description
    }
}

extension Logger {
    /// Says nothing.
    package static var silent: Logger {
        Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    }
}
