import Bootstrap
import Foundation
import JobEngine
import Logging
import Postgres

/// What the commands share that work on the database and end.
enum DatabaseCommand {
    static func run(_ work: (PostgresPool) async throws -> Void) async throws {
        try await CommandEnding.guarding {
            let environment = ProcessInfo.processInfo.environment
            let settings = try SettingsReader.read(
                environment,
                alsoKnown: CommonSettings.knownNames,
                DatabaseCommandSettings.init
            )
            settings.log.bootstrap()
            let name = ProcessIdentity(role: .producer).applicationName
            let pool = PostgresPool(
                configuration: settings.database.durable(applicationName: name),
                logger: Logger(label: "producer")
            )
            do {
                try await work(pool)
                await pool.close()
            } catch {
                await pool.close()
                throw error
            }
        }
    }
}
