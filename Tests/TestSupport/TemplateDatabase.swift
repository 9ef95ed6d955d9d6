import Foundation
import Postgres

extension TemporaryDatabase {
    /// The name of a database that `prepare` (usually migrations) has been run on, once in this process, to be
    /// copied for each test with `withTemporaryDatabase(template:)`: a copy takes a fraction of the time.
    package static func template(
        named name: String,
        prepare: @escaping @Sendable (TemporaryDatabase) async throws -> Void
    ) async throws -> String {
        try await TemplateDatabases.shared.template(named: name, prepare: prepare)
    }
}

/// This process's template databases. Each process has its own, since an older one's may stem from other
/// migrations. An advisory lock says that its process lives; whoever finds one without its lock drops it.
private actor TemplateDatabases {
    static let shared = TemplateDatabases()

    private var templates: [String: Task<String, any Error>] = [:]

    func template(
        named name: String,
        prepare: @escaping @Sendable (TemporaryDatabase) async throws -> Void
    ) async throws -> String {
        if let known = templates[name] { return try await known.value }
        let task = Task { try await build(name, prepare) }
        templates[name] = task
        return try await task.value
    }

    private func build(
        _ name: String,
        _ prepare: @Sendable (TemporaryDatabase) async throws -> Void
    ) async throws -> String {
        let server = try TestServer()
        let own = try await server.connect()
        let database = "relais_template_\(name)_\(UUID().short)"
        // The lock comes before the database: from the moment it exists it is known to be in use.
        try await own.execute("SELECT pg_advisory_lock(hashtextextended(\(database), 0))")
        try await dropAbandoned(own)
        let template = try await server.createDatabase(named: database, template: nil)
        try await prepare(template)
        _ = try await server.connections(to: template)
        keepers.append(own)
        return database
    }

    // Open as long as the process, and the locks with them.
    private var keepers: [PostgresConnection] = []

    private func dropAbandoned(_ connection: PostgresConnection) async throws {
        let names: [String] = try await connection.query(
            "SELECT datname::text AS name FROM pg_database WHERE datname LIKE 'relais\\_template\\_%'"
        ).map { try $0.decode("name") }
        for name in names {
            let isAbandoned: Bool? = try await connection.query(
                "SELECT pg_try_advisory_lock(hashtextextended(\(name), 0)) AS locked"
            ).first?.decode("locked")
            guard isAbandoned == true else { continue }
            try await connection.execute("DROP DATABASE IF EXISTS \(identifier: name) WITH (FORCE)")
            try await connection.execute("SELECT pg_advisory_unlock(hashtextextended(\(name), 0))")
        }
    }
}
