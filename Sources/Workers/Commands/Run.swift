import ArgumentParser
import Bootstrap
import Foundation
import JobEngine
import Logging
import Platform
import Postgres

/// `workers run`: works until it is told to stop.
struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Works until SIGTERM or SIGINT; a second signal skips the waiting.",
        discussion: """
            Examples:
              workers run
              workers run --only export,statistics
              workers run --concurrency notice=32,export=1
            """
    )

    @Option(help: "Queues to work on, separated by commas. Default: all.", transform: QueueList.init)
    var only: QueueList?

    @Option(help: "Jobs of a queue run at once, as queue=number, separated by commas.", transform: SlotList.init)
    var concurrency: SlotList?

    func validate() throws {
        guard let only, let idle = concurrency?.slots.keys.sorted().first(where: { !only.names.contains($0) }) else {
            return
        }
        throw ValidationError("--concurrency: expected queues that --only names, got \(idle)")
    }

    func run() async throws {
        let settings = WorkersSettings.readOrExit().settings
        settings.log.bootstrap()
        let metrics = MetricsRegistry()
        metrics.bootstrap()
        let logger = Logger(label: "workers")
        let queues = PlatformCatalogue.jobs.queues.filter { only?.names.contains($0.name) ?? true }.map { queue in
            QueueDefinition(name: queue.name, slots: concurrency?.slots[queue.name] ?? queue.slots)
        }
        do {
            let assembly = try Assembly(settings: settings, queues: queues, metrics: metrics, logger: logger)
            try await assembly.verifySchema()
            if queues.contains(where: { $0.name == OffersExport.definition.queue }) {
                try await ExportDirectory.check(Handlers.exportDirectory)
            }
            await ExportDirectory.sweep(Handlers.exportDirectory, logger: logger)
            let runner = ProcessRunner(
                services: assembly.services,
                maximumShutdown: settings.grace + .seconds(10),
                hurry: { assembly.endGrace() },
                logger: logger
            )
            await runner.run().exit()
        } catch {
            logger.critical("The workers cannot start", metadata: [LogKey.error: "\(error)"])
            Self.code(for: error).exit()
        }
    }

    private static func code(for error: any Error) -> Bootstrap.ExitCode {
        switch error {
        // Restarting mends neither: systemd leaves the service alone, and the sentence says what to do.
        case is SchemaError, is ExportDiskError: .configuration
        case let error as PostgresError where error.isTransient: .unavailable
        default: Bootstrap.ExitCode(error)
        }
    }
}
