import JobEngine
import Platform
import Postgres

/// The components of the database's schema, in the order in which they stand on each other.
struct SchemaPart: Sendable {
    let component: String
    let migrations: [Migration]

    static let all = [
        SchemaPart(component: JobEngineMigrations.component, migrations: JobEngineMigrations.all),
        SchemaPart(component: PlatformMigrations.component, migrations: PlatformMigrations.all),
    ]

    var migrator: Migrator { Migrator(component: component, migrations: migrations) }

    /// Checks that the database has what this program was built for: the schema, and every kind with its resolver.
    ///
    /// - Throws: `SchemaError` or ``CatalogueError``, with a sentence that says what to do.
    static func verify(_ pool: PostgresPool, _ catalogue: JobCatalogue) async throws {
        for part in all {
            try await part.migrator.verify(pool)
        }
        let rows = try await pool.query("SELECT name, resolver IS NOT NULL AS resolves FROM relais.kind")
        var resolves: [String: Bool] = [:]
        for row in rows { resolves[try row.decode("name")] = try row.decode("resolves", as: Bool.self) }
        let missing = catalogue.kinds.map { $0.definition }.filter { definition in
            // Without its resolver a kind would keep the identifier that it must forget.
            resolves[definition.name] != (definition.resolver != nil)
        }
        guard missing.isEmpty else { throw CatalogueError(kinds: missing.map(\.name).sorted()) }
    }
}

/// The database does not know the kinds of this program.
struct CatalogueError: Error, CustomStringConvertible {
    let kinds: [String]

    var description: String {
        "the database does not know the kinds of this program as it does (\(kinds.joined(separator: ", "))): "
            + "run `producer migrate` of this release, then start again"
    }
}
