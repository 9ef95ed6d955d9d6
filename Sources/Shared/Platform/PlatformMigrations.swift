package import Postgres

/// The schema that the platform's jobs need beside the ledger, in the order in which it is applied.
package enum PlatformMigrations {
    /// The component under which `relais.schema_migration` keeps them.
    package static let component = "platform"

    package static let all: [Migration] = [
        Migration(version: 1, name: "create_delivery", sql: text(PackageResources.V0001_create_delivery_sql)),
        Migration(version: 2, name: "create_statistics", sql: text(PackageResources.V0002_create_statistics_sql)),
        Migration(
            version: 3,
            name: "resolve_accounts_once",
            sql: text(PackageResources.V0003_resolve_accounts_once_sql)
        ),
        Migration(
            version: 4,
            name: "tell_of_ended_exports",
            sql: text(PackageResources.V0004_tell_of_ended_exports_sql)
        ),
        Migration(
            version: 5,
            name: "keep_replaced_tokens",
            sql: text(PackageResources.V0005_keep_replaced_tokens_sql)
        ),
        Migration(version: 6, name: "resolve_phones", sql: text(PackageResources.V0006_resolve_phones_sql)),
        Migration(version: 7, name: "trim_identifiers", sql: text(PackageResources.V0007_trim_identifiers_sql)),
        Migration(version: 8, name: "number_tokens", sql: text(PackageResources.V0008_number_tokens_sql)),
        Migration(version: 9, name: "read_references", sql: text(PackageResources.V0009_read_references_sql)),
        Migration(version: 10, name: "import_placements", sql: text(PackageResources.V0010_import_placements_sql)),
        Migration(version: 11, name: "bear_odd_values", sql: text(PackageResources.V0011_bear_odd_values_sql)),
        Migration(
            version: 12,
            name: "overlap_school_years",
            sql: text(PackageResources.V0012_overlap_school_years_sql)
        ),
    ]

    private static func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self)
    }
}
