/// Brings a component's part of the schema up to date, and tells whether it is. What was applied stands in
/// `relais.schema_migration`.
package struct Migrator: Sendable {
    private let component: String
    private let migrations: [Migration]
    private let timeout: Duration

    /// `timeout` bounds each migration, waiting for other processes that migrate included; default 10 minutes.
    package init(component: String, migrations: [Migration], timeout: Duration = .seconds(600)) {
        self.component = component
        self.migrations = migrations
        self.timeout = timeout
    }

    /// Applies what is missing and returns the versions it applied. Any number of processes may do so at once: each
    /// migration is applied by one of them. Throws `SchemaError` when the schema is not one this program can continue.
    package func migrate(_ pool: PostgresPool) async throws -> [Int] {
        try checkNumbers()
        var applied: [Int] = []
        while let version = try await pool.withConnection({ try await applyNext(on: $0) }) {
            applied.append(version)
        }
        return applied
    }

    /// Throws `SchemaError` unless the schema is exactly what this program needs.
    package func verify(_ pool: PostgresPool) async throws {
        try checkNumbers()
        try await pool.withConnection { connection in
            guard try await hasTable(connection) else { throw SchemaError.missing(component: component) }
            let current = try await currentVersion(connection)
            if current == 0, !migrations.isEmpty { throw SchemaError.missing(component: component) }
            if current < migrations.count {
                throw SchemaError.older(component: component, database: current, program: migrations.count)
            }
        }
    }

    private func checkNumbers() throws {
        let versions = migrations.map(\.version)
        guard versions == Array(1...max(1, versions.count)) || versions.isEmpty else {
            throw SchemaError.misnumbered(component: component, versions: versions)
        }
    }

    private func applyNext(on connection: PostgresConnection) async throws -> Int? {
        try await connection.transaction(as: "migrate \(component)", timeout: timeout) { connection in
            // One lock for all components, held to the end of the transaction: CREATE SCHEMA IF NOT EXISTS fails
            // when two run it at once, and whoever comes second must see what the first has applied.
            try await connection.execute("SELECT pg_advisory_xact_lock(\(Self.lock))")
            if try await !hasTable(connection) { try await connection.run(script: Self.table) }
            let current = try await currentVersion(connection)
            guard current < migrations.count else { return nil }
            let migration = migrations[current]
            let operation = "migration \(migration.version) of \(component)"
            try await connection.run(script: migration.sql, as: operation)
            // Otherwise a crash could leave it applied but not recorded.
            guard connection.health.state == .inTransaction else {
                throw PostgresError.usage("the script must not end the transaction it runs in", operation: operation)
            }
            try await connection.execute(
                """
                INSERT INTO relais.schema_migration (component, version, name)
                VALUES (\(component), \(migration.version), \(migration.name))
                """
            )
            return migration.version
        }
    }

    /// Compares what was applied with what this program has, and returns the version reached.
    private func currentVersion(_ connection: PostgresConnection) async throws -> Int {
        let rows = try await connection.query(
            "SELECT version, name FROM relais.schema_migration WHERE component = \(component) ORDER BY version"
        )
        guard rows.count <= migrations.count else {
            throw SchemaError.newer(component: component, database: rows.count, program: migrations.count)
        }
        for (row, migration) in zip(rows, migrations) {
            let name: String = try row.decode("name")
            let version: Int = try row.decode("version")
            guard version == migration.version, name == migration.name else {
                throw SchemaError.different(
                    component: component,
                    version: version,
                    database: name,
                    program: migration.name
                )
            }
        }
        return rows.count
    }

    private func hasTable(_ connection: PostgresConnection) async throws -> Bool {
        try await connection.query("SELECT to_regclass('relais.schema_migration') IS NOT NULL")
            .first?.decode(at: 0) ?? false
    }

    /// "relais" in ASCII, so that no other program is likely to use it.
    private static let lock: Int64 = 0x72_65_6C_61_69_73

    private static let table = """
        CREATE SCHEMA IF NOT EXISTS relais;
        CREATE TABLE relais.schema_migration (
            component text NOT NULL,
            version integer NOT NULL CHECK (version > 0),
            name text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (component, version)
        );
        COMMENT ON TABLE relais.schema_migration IS 'Which migrations were applied; written by `producer migrate`.';
        """
}
