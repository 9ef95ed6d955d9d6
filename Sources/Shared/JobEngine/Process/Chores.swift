package import Logging
import Metrics
import Postgres
import ServiceLifecycle

/// What somebody must do for all: bury dead processes and give back their jobs, dispatch lost batches again, carry
/// replays on, prepare partitions, keep the plans in step with the ledger. Every statement is conditional, so any number of
/// producers may run the chores at once.
package struct Chores: Service {
    private let ledger: Ledger
    private let logger: Logger
    private let pace: Duration

    /// A living relay settles a batch within its confirm limit of 10 s, or takes it back.
    private static let settlementLimit: Duration = .seconds(30)

    /// Time between two looks for progress that belongs to nothing.
    private static let sweepPace: Duration = .seconds(60)

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
            // Apart: to take back thousands of lost jobs takes seconds, and those of a dead worker must not wait for it.
            async let lives: Void = self.watchOverProcesses()
            await self.keepUp()
            await lives
        }
    }

    private func watchOverProcesses() async {
        var dead = DeadProcesses()
        await loop { now in
            try await rescue(&dead, at: now)
        }
    }

    private func keepUp() async {
        var nextPartitions = ContinuousClock.now
        var nextSweep = ContinuousClock.now
        await loop { now in
            try await planAnew()
            try await redispatch()
            try await ReplayTurn(ledger: ledger, logger: logger).run()
            if now >= nextSweep {
                _ = try await ledger.relaxed.execute(ProgressSQL.sweep)
                nextSweep = now + Self.sweepPace
            }
            if now >= nextPartitions {
                _ = try await ledger.durable.query(PartitionSQL.prepare(daysAhead: 3))
                nextPartitions = now + .seconds(3600)
            }
        }
    }

    private func loop(_ turn: (ContinuousClock.Instant) async throws -> Void) async {
        var failures = 0
        while !Task.isCancelled {
            do {
                try await turn(.now)
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

    private func planAnew() async throws {
        let row = try await ledger.relaxed.query(PlanningSQL.hasOutgrownItsPlans).first
        guard try row?.decode("outgrown", as: Bool.self) ?? false else { return }
        _ = try await ledger.relaxed.execute(PlanningSQL.planAnew)
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
