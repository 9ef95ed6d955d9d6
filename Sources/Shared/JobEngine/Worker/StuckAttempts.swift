import Foundation
import Logging
import Metrics
import Postgres
import Synchronization

/// Attempts that go on although they were told to end. Their claims are given up and their slots are free again; here
/// they are counted and shown, until they end after all or their process does.
final class StuckAttempts: Sendable {
    /// So many may hold what they hold; the next ones keep their slots, so that a process full of them takes no more.
    private static let limit = 64

    private static let total = Counter(label: "relais_attempts_stuck_total")
    private static let now = Gauge(label: "relais_stuck_attempts")

    /// How long an attempt may take to end after it was told to.
    let patience: Duration
    private let ledger: Ledger
    private let logger: Logger
    private let count = Mutex(0)

    init(patience: Duration, ledger: Ledger, logger: Logger) {
        self.patience = patience
        self.ledger = ledger
        self.logger = logger
    }

    /// Whether one more may be left behind.
    var hasRoom: Bool { count.withLock { $0 < Self.limit } }

    func begin(_ job: ClaimedJob, process: Int64?, because reason: String) async {
        change(by: 1)
        Self.total.increment()
        logger.error(
            "An attempt ignores its cancellation and is left behind; restart this process",
            metadata: [
                LogKey.jobID: "\(job.id)", LogKey.kind: "\(job.kind)", LogKey.attempt: "\(job.attempt)",
                LogKey.reason: "\(reason)",
            ]
        )
        guard let process else { return }
        await show("show a stuck attempt", StuckSQL.show(job, process: process, reason: reason))
    }

    func end(_ job: ClaimedJob) async {
        change(by: -1)
        logger.warning(
            "An attempt that was left behind has ended",
            metadata: [LogKey.jobID: "\(job.id)", LogKey.kind: "\(job.kind)", LogKey.attempt: "\(job.attempt)"]
        )
        await show("forget a stuck attempt", StuckSQL.forget(job.claim))
    }

    private func change(by difference: Int) {
        let count = count.withLock { count in
            count += difference
            return count
        }
        Self.now.record(count)
    }

    /// Only for those who look: that it fails is no reason to stop anything.
    private func show(_ what: String, _ statement: SQL) async {
        do {
            _ = try await ledger.relaxed.execute(statement, as: what)
        } catch {
            logger.debug("A stuck attempt could not be shown", metadata: [LogKey.error: "\(error)"])
        }
    }
}

/// Statements by which operators see what hangs.
enum StuckSQL {
    static func show(_ job: ClaimedJob, process: Int64, reason: String) -> SQL {
        """
        INSERT INTO relais.stuck_attempt (claim, job, kind, attempt, process, reason)
        VALUES (\(job.claim), \(job.id.uuid), \(job.kind), \(job.attempt), \(process), \(LedgerText.fitted(reason)))
        ON CONFLICT (claim) DO NOTHING
        """
    }

    static func forget(_ claim: UUID) -> SQL {
        "DELETE FROM relais.stuck_attempt WHERE claim = \(claim)"
    }
}
