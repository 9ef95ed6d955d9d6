import Foundation
import Logging
import Postgres

/// The PostgreSQL server that tests use, named by `RELAIS_DATABASE_URL`.
struct TestServer: Sendable {
    private let conninfo: String
    private let encryptedConninfo: String

    struct NotConfigured: Error, CustomStringConvertible {
        var description: String {
            "RELAIS_DATABASE_URL or RELAIS_DATABASE_TLS_URL is not set: start the servers with `deploy/stack start` and take over "
                + "`deploy/stack env`; its user must be allowed to create databases"
        }
    }

    init() throws {
        let environment = ProcessInfo.processInfo.environment
        guard let conninfo = environment["RELAIS_DATABASE_URL"], !conninfo.isEmpty,
            let encrypted = environment["RELAIS_DATABASE_TLS_URL"], !encrypted.isEmpty
        else { throw NotConfigured() }
        self.conninfo = conninfo
        encryptedConninfo = encrypted
    }

    /// `conninfo` with another database: in a URI the path, otherwise a last `dbname`, which wins.
    private static func conninfo(_ conninfo: String, for database: String) -> String {
        guard let authority = conninfo.range(of: "://") else { return conninfo + " dbname='\(database)'" }
        let rest = conninfo[authority.upperBound...]
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let query = rest[end...].firstIndex(of: "?").map { rest[$0...] } ?? ""
        return "\(conninfo[..<authority.upperBound])\(rest[..<end])/\(database)\(query)"
    }

    func connect() async throws -> PostgresConnection {
        let configuration = PostgresConfiguration(
            conninfo: Self.conninfo(conninfo, for: "postgres"),
            applicationName: "relais-tests-server"
        )
        return try await PostgresConnection.connect(configuration, logger: .silent)
    }

    func withConnection<R: Sendable>(_ body: (PostgresConnection) async throws -> R) async throws -> R {
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

    func createDatabase(named name: String, template: String?) async throws -> TemporaryDatabase {
        let source: SQL = template.map { "TEMPLATE \(identifier: $0)" } ?? ""
        try await withConnection { connection in
            _ = try await connection.execute("CREATE DATABASE \(identifier: name) \(fragment: source)")
        }
        return TemporaryDatabase(
            name: name,
            conninfo: Self.conninfo(conninfo, for: name),
            encryptedConninfo: Self.conninfo(encryptedConninfo, for: name)
        )
    }

    /// Who is connected to a database. Sessions that were closed a moment ago get ``longestWait`` to go.
    func connections(to database: TemporaryDatabase) async throws -> [String] {
        try await withConnection { connection in
            let deadline = ContinuousClock.now + longestWait
            while true {
                let left: [String] = try await connection.query(
                    """
                    SELECT pid || ' ' || application_name || ': ' || left(query, 100) AS session
                    FROM pg_stat_activity WHERE datname = \(database.name) AND backend_type = 'client backend'
                    """
                ).map { try $0.decode("session") }
                if left.isEmpty || ContinuousClock.now >= deadline { return left }
                try await connection.execute("SELECT pg_sleep(0.01)")
            }
        }
    }

    func drop(_ name: String) async throws {
        try await withConnection { connection in
            _ = try await connection.execute("DROP DATABASE IF EXISTS \(identifier: name) WITH (FORCE)")
        }
    }
}
