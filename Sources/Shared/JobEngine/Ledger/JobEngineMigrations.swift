package import Postgres

/// The migrations of the schema `relais`, numbered and never edited once landed.
package enum JobEngineMigrations {
    package static let component = "relais"

    package static let all: [Migration] = [
        Migration(version: 1, name: "create_ledger", sql: text(PackageResources.V0001_create_ledger_sql)),
        Migration(version: 2, name: "create_enqueue", sql: text(PackageResources.V0002_create_enqueue_sql)),
        Migration(version: 3, name: "create_intake", sql: text(PackageResources.V0003_create_intake_sql)),
        Migration(
            version: 4,
            name: "refuse_infinite_instants",
            sql: text(PackageResources.V0004_refuse_infinite_instants_sql)
        ),
        // The functions stand in a file of their own.
        Migration(
            version: 5,
            name: "enqueue_once",
            sql: text(PackageResources.V0005_enqueue_once_sql) + text(PackageResources.V0005_enqueue_doors_sql)
        ),
        Migration(
            version: 6,
            name: "steer_running_jobs",
            sql: text(PackageResources.V0006_steer_running_jobs_sql)
        ),
        Migration(version: 7, name: "create_control", sql: text(PackageResources.V0007_create_control_sql)),
        Migration(version: 8, name: "create_schedules", sql: text(PackageResources.V0008_create_schedules_sql)),
        Migration(
            version: 9,
            name: "find_rescued_jobs",
            sql: text(PackageResources.V0009_find_rescued_jobs_sql)
        ),
        Migration(
            version: 10,
            name: "enqueue_plain_jobs",
            sql: text(PackageResources.V0010_enqueue_plain_jobs_sql)
        ),
        Migration(
            version: 11,
            name: "bound_instants",
            sql: text(PackageResources.V0011_bound_instants_sql)
        ),
        Migration(version: 12, name: "name_blanks", sql: text(PackageResources.V0012_name_blanks_sql)),
        Migration(version: 13, name: "check_arguments", sql: text(PackageResources.V0013_check_arguments_sql)),
    ]

    private static func text(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self)
    }
}
