import ArgumentParser
import Bootstrap
import Foundation
import JobEngine
import Logging
import Platform
import Postgres

/// `producer migrate`
struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Brings the database's schema up to date and registers queues, kinds and schedules.",
        discussion: "May be run again, and by many at once."
    )

    func run() async throws {
        try await DatabaseCommand.run { pool in
            for part in SchemaPart.all {
                let applied = try await part.migrator.migrate(pool)
                let words = applied.map(String.init).joined(separator: ", ")
                print("\(part.component): \(applied.isEmpty ? "up to date" : "applied \(words)")")
            }
            let catalogue = PlatformCatalogue.jobs
            try await Ledger(durable: pool, relaxed: pool).register(catalogue)
            print(
                "registered: \(catalogue.queues.count) queues, \(catalogue.kinds.count) kinds, "
                    + "\(catalogue.schedules.count) schedules"
            )
        }
    }
}
