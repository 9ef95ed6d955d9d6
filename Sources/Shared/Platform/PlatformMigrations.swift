package import Postgres

/// The schema that the platform's jobs need beside the ledger, in the order in which it is applied.
package enum PlatformMigrations {
    /// The component under which `relais.schema_migration` keeps them.
    package static let component = "platform"

    package static let all: [Migration] = [
        Migration(
            version: 1,
            name: "create_delivery",
            sql: String(decoding: PackageResources.V0001_create_delivery_sql, as: UTF8.self)
        ),
        Migration(
            version: 2,
            name: "create_statistics",
            sql: String(decoding: PackageResources.V0002_create_statistics_sql, as: UTF8.self)
        ),
    ]
}
