package import AMQP
package import Logging
import Postgres
import ServiceLifecycle

/// Carries out the jobs of some queues in this process.
package struct Worker: Service {
    private let queues: [QueueDefinition]
    private let connection: AMQPConnection
    private let ledger: Ledger
    private let presence: ProcessPresence
    private let registry: HandlerRegistry
    private let grace: Duration
    private let onStopRequest: @Sendable () -> Void
    private let logger: Logger
    private let running = RunningJobs()
    private let stuckAfter: Duration

    /// What cancelled jobs get to notice it, after the grace.
    private static let cancellationLimit: Duration = .seconds(2)
    /// What a stop waits for a database that does not answer, once for claims under way and once to give jobs back.
    private static let databaseLimit: Duration = .seconds(2)

    /// `queues` with the slots that this process gives to each; `grace` is what running jobs get to end on a stop;
    /// `onStopRequest` is called when an operator stops this process, and begins the graceful shutdown; an attempt that
    /// goes on for `stuckAfter` after it was told to end is left behind.
    package init(
        queues: [QueueDefinition],
        connection: AMQPConnection,
        ledger: Ledger,
        presence: ProcessPresence,
        registry: HandlerRegistry,
        grace: Duration,
        onStopRequest: @escaping @Sendable () -> Void,
        stuckAfter: Duration = .seconds(10),
        logger: Logger
    ) {
        self.queues = queues
        self.connection = connection
        self.ledger = ledger
        self.presence = presence
        self.registry = registry
        self.grace = grace
        self.onStopRequest = onStopRequest
        self.stuckAfter = stuckAfter
        self.logger = logger
    }

    /// Works until the graceful shutdown begins, then stops in two phases: takes no more and lets running jobs end
    /// for the grace; cancels the rest and gives back, uncharged, what has not ended 2 s later.
    package func run() async throws {
        let running = self.running
        await presence.whenBuried { process in
            running.interruptAll(.claimLost, process: process)
        }
        let finisher = Finisher(ledger: ledger, logger: logger)
        let work = Task { await self.work(finisher) }
        try? await gracefulShutdown()
        work.cancel()
        await waitAtMost(Self.databaseLimit) { await work.value }
        await stop(finisher)
    }

    /// Ends the grace of a stop that is under way, or of the next one: what runs is cancelled and given back at once.
    package func endGrace() {
        running.endGrace()
    }

    private func work(_ finisher: Finisher) async {
        let claimer = Claimer(ledger: ledger, presence: presence, running: running, logger: logger)
        let runner = JobRunner(
            registry: registry,
            ledger: ledger,
            running: running,
            finisher: finisher,
            solitude: Solitude(),
            stuck: StuckAttempts(patience: stuckAfter, ledger: ledger, logger: logger),
            logger: logger
        )
        let workers = queues.map { queue in
            QueueWorker(queue: queue, connection: connection, claimer: claimer, runner: runner, logger: logger)
        }
        let control = ProcessControl(
            ledger: ledger,
            presence: presence,
            connection: connection,
            workers: workers,
            onStopRequest: onStopRequest,
            logger: logger
        )
        await withTaskGroup(of: Void.self) { group in
            for worker in workers {
                group.addTask { await worker.run() }
            }
            group.addTask { await control.watch() }
            group.addTask { await RescuedWatch(ledger: ledger, workers: workers, logger: logger).run() }
            group.addTask {
                await CancelWatch(ledger: ledger, presence: presence, running: running, logger: logger).run()
            }
            group.addTask {
                await LedgerComparison(
                    ledger: ledger,
                    presence: presence,
                    running: running,
                    logger: logger
                ).run()
            }
        }
    }

    private func stop(_ finisher: Finisher) async {
        logger.info("Stopping: no more jobs are taken", metadata: [LogKey.count: "\(running.count)"])
        if await running.drained(within: grace, whileGraceful: true) { return }
        running.interruptAll(.stopped)
        // In a task of its own: when this one is cancelled as well, jobs get their time to notice all the same.
        let running = self.running
        let noticing = Task { await running.drained(within: Self.cancellationLimit) }
        if await noticing.value { return }
        let leftovers = running.leftovers()
        for job in leftovers {
            logger.error(
                "A job ignored its cancellation and is given back",
                metadata: [LogKey.jobID: "\(job.id)", LogKey.kind: "\(job.kind)"]
            )
        }
        // With the database away the rescue does it: a stop that waited for that would never end.
        await waitAtMost(Self.databaseLimit) {
            await withTaskGroup(of: Void.self) { group in
                for job in leftovers {
                    let back = Verdict.giveBack(Return(id: job.id, claim: job.claim, charge: .nothing))
                    group.addTask { await finisher.record(back) { _, _ in .nothing } }
                }
            }
            if leftovers.isEmpty { _ = await running.drained(within: Self.databaseLimit) }
        }
    }
}
