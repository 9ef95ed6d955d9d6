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

    @Option(help: "Queues to work on, separated by commas. Default: all.")
    var only: QueueList?

    @Option(help: "Jobs of a queue run at once, as queue=number, separated by commas.")
    var concurrency: SlotList?

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
            // Restarting cannot mend a schema: systemd leaves the service alone, and the sentence says what to do.
            (error is SchemaError ? ExitCode.configuration : ExitCode(error)).exit()
        }
    }
}

/// `--only`: names of queues, checked against those that exist.
struct QueueList: ExpressibleByArgument {
    let names: Set<String>

    init?(argument: String) {
        let names = Set(argument.split(separator: ",").map(String.init))
        guard !names.isEmpty, names.isSubset(of: Self.known) else { return nil }
        self.names = names
    }

    static let known = Set(PlatformCatalogue.jobs.queues.map(\.name))
    static var allValueStrings: [String] { known.sorted() }
}

/// `--concurrency`: slots per queue, 1 to 1,000.
struct SlotList: ExpressibleByArgument {
    let slots: [String: Int]

    init?(argument: String) {
        var slots: [String: Int] = [:]
        for part in argument.split(separator: ",") {
            let halves = part.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            guard halves.count == 2, QueueList.known.contains(halves[0]), let number = Int(halves[1]),
                (1...1000).contains(number)
            else { return nil }
            slots[halves[0]] = number
        }
        guard !slots.isEmpty else { return nil }
        self.slots = slots
    }

    static var allValueStrings: [String] { QueueList.known.sorted().map { "\($0)=1…1000" } }
}
