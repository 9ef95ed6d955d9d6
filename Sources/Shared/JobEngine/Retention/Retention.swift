package import Logging
import Metrics
import Postgres
import ServiceLifecycle

/// Deletes what has outlived its time, in batches of their own transactions, so that no delete holds locks for long,
/// however much there is. Any number of processes may run it.
package struct Retention: Service {
    private let ledger: Ledger
    private let finished: Duration
    private let rules: [RetentionRule]
    private let logger: Logger
    private let pace: Duration

    /// Batches of one rule in a round; then the others have their turn, and what is left waits for the next round.
    private static let batchesPerRound = 100
    /// A pause between two batches, so that the delete of a backlog leaves the disk to the jobs.
    private static let breath: Duration = .milliseconds(20)
    private static let timeout: Duration = .seconds(30)

    /// - Parameters:
    ///   - finished: How long finished jobs are kept; their days are dropped whole once the whole day is older.
    ///   - rules: What else is deleted.
    ///   - pace: The time between two rounds.
    package init(
        ledger: Ledger,
        finished: Duration,
        rules: [RetentionRule],
        logger: Logger,
        pace: Duration = .seconds(60)
    ) {
        self.ledger = ledger
        self.finished = finished
        self.rules = rules
        self.logger = logger
        self.pace = pace
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.round()
                try? await Task.sleep(for: self.pace * Double.random(in: 0.9...1.1))
            }
        }
    }

    /// One round. A rule that fails does not keep the others from theirs.
    func round() async {
        await guarding("days") { try await dropDays() }
        for rule in rules {
            if Task.isCancelled { return }
            await guarding(rule.name) { try await apply(rule) }
        }
    }

    private func dropDays() async throws -> Int {
        // One a transaction: a drop holds the lock of all finishes until it commits.
        for count in 0..<Self.batchesPerRound {
            let rows = try await ledger.relaxed.query(
                RetentionSQL.dropPartitions(keep: finished, atMost: 1),
                as: "drop a day",
                timeout: Self.timeout
            )
            if try rows.first?.decode("dropped", as: Int.self) != 1 { return count }
        }
        return Self.batchesPerRound
    }

    private func apply(_ rule: RetentionRule) async throws -> Int {
        var deleted = 0
        for _ in 0..<Self.batchesPerRound {
            let count = try await ledger.relaxed.execute(
                rule.statement,
                as: "delete old \(rule.name)",
                timeout: Self.timeout
            )
            deleted += count
            if count < rule.batch { break }
            try await Task.sleep(for: Self.breath)
        }
        return deleted
    }

    private func guarding(_ what: String, _ work: () async throws -> Int) async {
        do {
            let count = try await work()
            guard count > 0 else { return }
            Counter(label: "relais_retention_deleted_total", dimensions: [("what", what)]).increment(by: count)
            logger.info(
                "What had outlived its time was deleted",
                metadata: [LogKey.operation: "\(what)", LogKey.count: "\(count)"]
            )
        } catch {
            if Task.isCancelled { return }
            logger.warning(
                "What has outlived its time could not be deleted, will try again",
                metadata: [LogKey.operation: "\(what)", LogKey.error: "\(error)"]
            )
        }
    }
}
