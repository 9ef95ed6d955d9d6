import AMQP
import ArgumentParser
import Bootstrap
import Foundation
import JobEngine
import Logging
import Mail
import Platform
import Postgres

/// `workers check`: shows the settings and tries every connection.
struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows every setting with its source, and tries every connection and the directory for exports.",
        discussion:
            "Exits 0 when all is well, 78 for a wrong setting, 69 for a server that does not answer or refuses us."
    )

    /// EX_UNAVAILABLE: a server does not answer; a restart may help.
    private static let unavailable: Int32 = 69

    func run() async throws {
        let (settings, reports) = WorkersSettings.readOrExit()
        for report in reports {
            print("\(report.name) = \(report.value)  (\(report.source))")
        }
        settings.log.bootstrap()
        let logger = Logger(label: "check")
        var isWell = true
        isWell = await tried("database") { try await Self.database(settings, logger) } && isWell
        isWell = await tried("broker") { try await Self.broker(settings, logger) } && isWell
        isWell = await tried("exports") { try await Self.exports() } && isWell
        isWell = await tried("mail") { try await MailCheck(settings.mail).run(logger) } && isWell
        isWell = await tried("sms") { try await Self.sms(settings.sms) } && isWell
        if !isWell { throw ArgumentParser.ExitCode(Self.unavailable) }
    }

    private func tried(_ name: String, _ attempt: () async throws -> String) async -> Bool {
        do {
            print("\(name): \(try await attempt())")
            return true
        } catch {
            print("\(name): FAILED: \(error)")
            return false
        }
    }

    private static func sms(_ settings: SMSSettings) async throws -> String {
        guard let gateway = try SMSGateway(settings) else {
            return "no gateway: accounts that have only a telephone number get no code"
        }
        do {
            let status = try await gateway.probe()
            await gateway.close()
            return "reached, answers HEAD with \(status); nothing was sent"
        } catch {
            await gateway.close()
            throw error
        }
    }

    private static func exports() async throws -> String {
        try await ExportDirectory.check(Handlers.exportDirectory)
        return "\(Handlers.exportDirectory.path) takes files"
    }

    private static func database(_ settings: WorkersSettings, _ logger: Logger) async throws -> String {
        let pool = PostgresPool(
            configuration: settings.database.durable(applicationName: "relais/check"),
            logger: logger
        )
        do {
            try await Migrator(component: JobEngineMigrations.component, migrations: JobEngineMigrations.all)
                .verify(pool)
            try await Migrator(component: PlatformMigrations.component, migrations: PlatformMigrations.all)
                .verify(pool)
        } catch {
            await pool.close()
            throw error
        }
        await pool.close()
        return "reached, the schema is the one this binary knows"
    }

    private static func broker(_ settings: WorkersSettings, _ logger: Logger) async throws -> String {
        let connection = AMQPConnection(
            configuration: try AMQPConfiguration(url: settings.brokerURL, connectionName: "relais/check"),
            topology: BrokerTopology.topology(of: PlatformCatalogue.jobs),
            logger: logger
        )
        let run = Task { try await connection.run() }
        defer { run.cancel() }
        for await event in connection.events() {
            switch event {
            case .connected: return "reached, queues are declared"
            case .lost(let error), .connectFailed(let error): throw error
            case .blocked, .unblocked: continue
            }
        }
        throw CancellationError()
    }
}
