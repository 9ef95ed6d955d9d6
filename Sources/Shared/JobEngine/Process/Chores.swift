package import Logging
import Metrics
import Postgres
import ServiceLifecycle

/// What somebody must do for all: bury dead processes and give back their jobs, dispatch lost batches again, prepare
/// partitions. Every statement is conditional, so any number of producers may run the chores at once.
package struct Chores: Service {
    private let ledger: Ledger
    private let logger: Logger
    private let pace: Duration

    /// A living relay settles a batch within its confirm limit of 10 s, or takes it back.
    private static let settlementLimit: Duration = .seconds(30)

    private static let rescued = Counter(label: "relais_jobs_rescued_total")
    private static let lost = Counter(label: "relais_jobs_redispatched_total")

    /// `pace` is the time between two looks.
    package init(ledger: Ledger, logger: Logger, pace: Duration = .seconds(1)) {
        self.ledger = ledger
        self.logger = logger
        self.pace = pace
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await self.loop()
        }
    }

    private func loop() async {
        let clock = ContinuousClock()
        var dead = DeadProcesses()
        var nextPartitions = clock.now
        var failures = 0
        while !Task.isCancelled {
            do {
                try await rescue(&dead, at: clock.now)
                try await redispatch()
                if clock.now >= nextPartitions {
                    _ = try await ledger.durable.query(PartitionSQL.prepare(daysAhead: 3))
                    nextPartitions = clock.now + .seconds(3600)
                }
                failures = 0
            } catch {
                if Task.isCancelled { return }
                failures += 1
                if failures == 1 || failures % 30 == 0 {
                    logger.warning(
                        "The chores could not be done, will try again",
                        metadata: [LogKey.error: "\(error)", LogKey.tries: "\(failures)"]
                    )
                }
            }
            try? await Task.sleep(for: pace * Double.random(in: 0.9...1.1))
        }
    }

    private func rescue(_ dead: inout DeadProcesses, at now: ContinuousClock.Instant) async throws {
        let rows = try await ledger.relaxed.query(ProcessSQL.silent(limit: DeadProcesses.frozenAfter))
        for process in dead.saw(try rows.map(DeadProcesses.Silent.init), at: now) {
            _ = try await ledger.durable.query(RescueSQL.terminateSessions(of: process))
            try await giveBack(of: process)
            _ = try await ledger.durable.execute(RescueSQL.bury(process))
        }
        for row in try await ledger.relaxed.query(RescueSQL.unregisteredOwners) {
            try await giveBack(of: try row.decode("id"))
        }
    }

    private func giveBack(of process: Int64) async throws {
        let jobs = try await ledger.rescue(from: process)
        Self.rescued.increment(by: jobs.count)
        logger.warning(
            "A process is dead, its jobs were given back",
            metadata: [LogKey.process: "\(process)", LogKey.count: "\(jobs.count)"]
        )
    }

    private func redispatch() async throws {
        let count = try await ledger.relaxed.execute(
            RelaySQL.takeBackLost(after: .seconds(5), unconfirmedFor: Self.settlementLimit)
        )
        guard count > 0 else { return }
        Self.lost.increment(by: count)
        logger.warning(
            "The broker has lost batches, their jobs are dispatched again",
            metadata: [LogKey.count: "\(count)"]
        )
    }
}
