import AMQP
import Logging
import Metrics
import Synchronization

/// Publishes marked batches, a bounded number at once, and settles each in the ledger: confirmed, or taken back.
final class BatchPublisher: Sendable {
    /// Batches in flight between the mark and the settlement.
    private static let limit = 8
    /// No confirm within this time, and the batch is taken back.
    private static let confirmLimit: Duration = .seconds(10)

    private let ledger: Ledger
    private let publisher: Publisher
    private let persistence: Persistence
    private let logger: Logger
    private let places = Slots(BatchPublisher.limit)
    private let holds = Mutex<[String: Hold]>([:])

    private static let dispatched = Counter(label: "relais_jobs_dispatched_total")
    private static let takenBack = Counter(label: "relais_jobs_taken_back_total")

    /// A queue whose last batch came back is left alone for a while: marking it at once again would spin.
    private struct Hold {
        var failures: Int
        var until: ContinuousClock.Instant
    }

    init(ledger: Ledger, publisher: Publisher, logger: Logger) {
        self.ledger = ledger
        self.publisher = publisher
        self.persistence = Persistence(logger: logger)
        self.logger = logger
    }

    /// Whether marking makes sense: the channel is open, unblocked and confirming.
    var isReady: Bool { publisher.isReady }

    func isHeld(_ queue: String) -> Bool {
        holds.withLock { holds in
            holds[queue].map { $0.until > .now } ?? false
        }
    }

    /// Publishes the batch in the background, once there is a place for it.
    func publish(_ batch: MarkedBatch) async {
        await places.take()
        // Unstructured on purpose: a marked batch must be settled even when the relay is being stopped.
        Task {
            await self.settle(batch)
            self.places.give()
        }
    }

    /// Waits until every batch in flight is settled.
    func finish() async {
        await places.allFree()
    }

    private func settle(_ batch: MarkedBatch) async {
        do {
            let outcomes = try await publisher.publish(
                batch.entries.map { $0.message.outgoing(to: batch.queue, traceparent: $0.traceparent) },
                timeout: Self.confirmLimit
            )
            CrashPoint.batchPublished.pass()
            let refused = zip(batch.entries, outcomes).filter { $0.1 != .confirmed }.map { $0.0.message.id }
            Self.dispatched.increment(by: batch.entries.count - refused.count)
            if refused.isEmpty {
                release(batch.queue)
            } else {
                hold(batch, refused.count, because: "the broker did not take them")
            }
            try await persistence.untilDone("settle batch") {
                if !refused.isEmpty {
                    _ = try await ledger.takeBack(refused, of: batch)
                }
                try await ledger.confirm(batch)
            }
        } catch {
            hold(batch, batch.entries.count, because: "\(error)")
            do {
                _ = try await persistence.untilDone("take batch back") { try await ledger.takeBack(batch) }
            } catch {
                logger.error(
                    "A batch could not be taken back; the chores will find it",
                    metadata: [LogKey.batch: "\(batch.number)", LogKey.error: "\(error)"]
                )
            }
        }
    }

    private func hold(_ batch: MarkedBatch, _ count: Int, because reason: String) {
        Self.takenBack.increment(by: count)
        let isFirst = holds.withLock { holds -> Bool in
            let failures = (holds[batch.queue]?.failures ?? 0) + 1
            holds[batch.queue] = Hold(failures: failures, until: .now + Persistence.pause(after: failures))
            return failures == 1
        }
        guard isFirst else { return }
        logger.warning(
            "A batch was not confirmed and is taken back",
            metadata: [
                LogKey.queue: "\(batch.queue)", LogKey.batch: "\(batch.number)", LogKey.count: "\(count)",
                LogKey.reason: "\(reason)",
            ]
        )
    }

    private func release(_ queue: String) {
        holds.withLock { _ = $0.removeValue(forKey: queue) }
    }
}
