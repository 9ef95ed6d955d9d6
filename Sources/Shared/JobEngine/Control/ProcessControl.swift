package import AMQP
import Foundation
package import Logging
import Postgres
import ServiceLifecycle

/// Learns once a second what operators want of this process, and does it; says what this process is.
package final class ProcessControl: Service {
    private let ledger: Ledger
    private let presence: ProcessPresence
    private let connection: AMQPConnection
    private let workers: [QueueWorker]
    private let onStopRequest: @Sendable () -> Void
    private let logger: Logger

    /// The longest time until a change is known; a notification hurries.
    private static let pace: Duration = .seconds(1)

    /// What this process has done and said so far.
    private struct Said {
        var process: Int64?
        var version: Int64?
        var isQuiet = false
        var slots: [String: Int] = [:]
        var isConnected: Bool?
        var isStopping = false
    }

    init(
        ledger: Ledger,
        presence: ProcessPresence,
        connection: AMQPConnection,
        workers: [QueueWorker],
        onStopRequest: @escaping @Sendable () -> Void,
        logger: Logger
    ) {
        self.ledger = ledger
        self.presence = presence
        self.connection = connection
        self.workers = workers
        self.onStopRequest = onStopRequest
        self.logger = logger
    }

    /// For a process without workers: it only says whether it has its broker, and stops when asked.
    package convenience init(
        ledger: Ledger,
        presence: ProcessPresence,
        connection: AMQPConnection,
        logger: Logger
    ) {
        self.init(
            ledger: ledger,
            presence: presence,
            connection: connection,
            workers: [],
            onStopRequest: {},
            logger: logger
        )
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown { await self.watch() }
    }

    /// Watches until the task is cancelled.
    func watch() async {
        var said = Said()
        said.slots = Dictionary(uniqueKeysWithValues: workers.map { ($0.queue.name, $0.queue.slots) })
        while !Task.isCancelled {
            do {
                try await look(&said)
            } catch {
                if Task.isCancelled { return }
                // The database is away, of which others complain; nothing can be changed meanwhile.
                logger.debug("The operators' wishes could not be read", metadata: [LogKey.error: "\(error)"])
            }
            await presence.control.wait(atMost: Self.pace)
        }
    }

    private func look(_ said: inout Said) async throws {
        let process = try await presence.number()
        if said.process != process {
            if said.isQuiet { _ = try await ledger.relaxed.execute(ProcessControlSQL.carryQuietOver(to: process)) }
            // The new row knows nothing of what the old one said.
            said.version = nil
            said.isConnected = nil
            try await announce(said.slots, of: process)
            if said.isQuiet { try await obeyed(true, by: process) }
            said.process = process
        }
        guard let row = try await ledger.relaxed.query(ProcessControlSQL.wishes(of: process)).first else { return }
        try await obey(quiet: row.decode("quiet"), by: process, &said)
        let version = try row.decode("version", as: Int64.self)
        if version != said.version {
            try await resize(process, &said)
            said.version = version
        }
        if connection.isConnected != said.isConnected {
            let isConnected = connection.isConnected
            let statement = ProcessControlSQL.broker(isConnected: isConnected, of: process)
            _ = try await ledger.relaxed.execute(statement)
            said.isConnected = isConnected
        }
        if try row.decode("stop", as: Bool.self), !said.isStopping {
            said.isStopping = true
            logger.info("An operator stops this process")
            onStopRequest()
        }
    }

    private func obey(quiet: Bool, by process: Int64, _ said: inout Said) async throws {
        guard quiet != said.isQuiet else { return }
        logger.info(quiet ? "Quiet: no more jobs are taken" : "No longer quiet: jobs are taken again")
        // Before the deed: a process that said it twice has said nothing wrong, one that forgot it would.
        if !quiet { try await obeyed(false, by: process) }
        await withTaskGroup(of: Void.self) { group in
            for worker in workers {
                group.addTask { quiet ? await worker.quiet() : await worker.wake() }
            }
        }
        said.isQuiet = quiet
        if quiet { try await obeyed(true, by: process) }
    }

    private func obeyed(_ quiet: Bool, by process: Int64) async throws {
        _ = try await ledger.relaxed.execute(ProcessControlSQL.obeyed(quiet: quiet, by: process))
    }

    private func resize(_ process: Int64, _ said: inout Said) async throws {
        var wanted: [String: Int] = [:]
        for row in try await ledger.relaxed.query(ProcessControlSQL.slots) {
            wanted[try row.decode("name")] = try row.decode("slots", as: Int.self)
        }
        let before = said.slots
        for worker in workers {
            let name = worker.queue.name
            let slots = wanted[name] ?? worker.queue.slots
            guard slots != said.slots[name] else { continue }
            await worker.resize(to: slots)
            said.slots[name] = slots
            logger.info("Slots changed", metadata: [LogKey.queue: "\(name)", LogKey.count: "\(slots)"])
        }
        if said.slots != before { try await announce(said.slots, of: process) }
    }

    private func announce(_ slots: [String: Int], of process: Int64) async throws {
        let statement = ProcessControlSQL.announce(slots: try JSON(encoding: slots), of: process)
        _ = try await ledger.relaxed.execute(statement)
    }
}
