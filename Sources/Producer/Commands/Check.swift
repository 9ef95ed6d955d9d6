import AMQP
import ArgumentParser
import Bootstrap
import Foundation
import JobEngine
import Logging
import Platform
import Postgres

/// `producer check`
struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints each setting with its source, and tries the database and the broker.",
        discussion: "Exit codes: 0 all is well, 78 a setting or the schema is wrong, 69 a server does not answer."
    )

    private static let brokerTimeout: Duration = .seconds(15)

    func run() async throws {
        try await CommandEnding.guarding {
            let environment = ProcessInfo.processInfo.environment
            let reader = SettingsReader(environment, alsoKnown: CommonSettings.knownNames)
            let settings = ProducerSettings(reader)
            for report in reader.reports {
                print("\(report.name)=\(report.value)  (\(report.source)) \(report.doc)")
            }
            try reader.finish()
            // Both are tried whatever the other says: an operator mends them together.
            let database = await Self.result { try await Self.database(settings.database) }
            let broker = await Self.result { try await Self.broker(settings.broker) }
            for (name, result) in [("database", database), ("broker", broker)] {
                switch result {
                case .success(let words): print("\(name): ok, \(words)")
                case .failure(let error): print("\(name): failing, \(error)")
                }
            }
            _ = try database.get()
            guard case .success = broker else { throw ArgumentParser.ExitCode(Bootstrap.ExitCode.unavailable.rawValue) }
        }
    }

    private static func result(_ work: () async throws -> String) async -> Result<String, any Error> {
        do {
            return .success(try await work())
        } catch {
            return .failure(error)
        }
    }

    private static func database(_ settings: DatabaseSettings) async throws -> String {
        let name = ProcessIdentity(role: .producer).applicationName
        let pool = PostgresPool(configuration: settings.durable(applicationName: name), logger: .init(label: "check"))
        let version: Result<String, any Error> = await result {
            let rows = try await pool.query("SELECT current_setting('server_version') AS version")
            try await SchemaPart.verify(pool, PlatformCatalogue.jobs)
            return try rows.first?.decode("version") ?? ""
        }
        await pool.close()
        let parts = SchemaPart.all.map { "\($0.component) \($0.migrations.count)" }.joined(separator: ", ")
        return "PostgreSQL \(try version.get()), schema \(parts)"
    }

    /// Connects and logs in; declares nothing, because a check changes nothing.
    private static func broker(_ settings: BrokerSettings) async throws -> String {
        let connection = AMQPConnection(
            configuration: try settings.configuration(connectionName: "relais check"),
            topology: Topology(),
            logger: Logger(label: "check") { _ in SwiftLogNoOpLogHandler() }
        )
        let events = connection.events()
        let running = Task { try await connection.run() }
        defer { running.cancel() }
        do {
            return try await TimeLimit.run(brokerTimeout) {
                for await event in events {
                    switch event {
                    case .connected: return "connected"
                    case .connectFailed(let error), .lost(let error): throw error
                    case .blocked, .unblocked: continue
                    }
                }
                throw CancellationError()
            }
        } catch is TimeLimit.Exceeded {
            throw AMQPError(.timeout, text: "no answer within \(brokerTimeout.components.seconds) s", during: "connect")
        }
    }
}
