package import AMQP
package import Logging
package import Postgres
import ServiceLifecycle

/// Moves due rows to the broker: marks a batch, commits, publishes it with confirms, and takes it back when the broker
/// did not confirm it. Any number of relays may run at once.
///
/// The mark commits before the publish: a worker is faster than a commit, and would find nothing to claim.
package struct Relay: Service {
    private let ledger: Ledger
    private let session: PostgresConfiguration
    private let queues: [String]
    private let publisher: BatchPublisher
    private let presence: ProcessPresence
    private let due: WakeUp
    private let logger: Logger

    /// Rows marked and published together.
    private static let batchSize = 500
    /// After a turn that found less than a whole batch: what comes meanwhile makes one batch. Without it a steady stream is
    /// cut into batches of a few jobs, each with a mark, a claim and a finish of its own. It grows with what the turn found:
    /// behind a single job the next one must not wait.
    private static func gathering(after marked: Int) -> Duration {
        min(.microseconds(250) * marked, .milliseconds(20))
    }
    /// How often a relay looks that is awake and finds nothing: jobs that were enqueued through SQL wake nobody then.
    private static let look: Duration = .milliseconds(4)
    /// The longest time between two looks of a relay that is awake, when it knows that nothing can be due.
    private static let refill: Duration = .milliseconds(20)
    /// An idle relay stays awake for so long before it lets go of the lock.
    private static let drowsiness: Duration = .milliseconds(200)
    /// The longest sleep: a transaction that enqueued while a relay was awake, and committed after it fell asleep,
    /// has notified nobody.
    private static let longestSleep: Duration = .milliseconds(500)

    /// `session` configures the relay's own connection, on which it holds the lock that says "awake".
    package init(
        ledger: Ledger,
        session: PostgresConfiguration,
        catalogue: JobCatalogue,
        publisher: Publisher,
        presence: ProcessPresence,
        due: WakeUp,
        logger: Logger
    ) {
        self.ledger = ledger
        self.session = session
        self.queues = catalogue.queues.map(\.name)
        self.publisher = BatchPublisher(ledger: ledger, publisher: publisher, logger: logger)
        self.presence = presence
        self.due = due
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await self.loop()
        }
        await publisher.finish()
    }

    private func loop() async {
        var failures = 0
        while !Task.isCancelled {
            do {
                let connection = try await PostgresConnection.connect(session, logger: logger)
                do {
                    try await serve(on: connection) { failures = 0 }
                } catch {
                    await connection.close()
                    throw error
                }
                await connection.close()
            } catch {
                if Task.isCancelled { return }
                failures += 1
                if failures == 1 || failures % 8 == 0 {
                    logger.warning(
                        "The relay cannot reach the ledger, will try again",
                        metadata: [LogKey.error: "\(error)", LogKey.tries: "\(failures)"]
                    )
                }
                try? await Task.sleep(for: Persistence.pause(after: failures))
            }
        }
    }

    /// Serves the queues for as long as there is a connection: awake while there is work and a little longer, then asleep
    /// until something is due, or somebody says so. Throws when the database is away, or the task is cancelled.
    /// Calls `onTurn` after each turn that succeeded.
    private func serve(on connection: PostgresConnection, onTurn: () -> Void) async throws {
        let clock = ContinuousClock()
        var isHeld = false
        var lastWork: ContinuousClock.Instant?
        while !Task.isCancelled {
            let turn = publisher.isReady ? try await serveQueues() : Turn()
            onTurn()
            if turn.marked > 0 {
                lastWork = clock.now
                if !isHeld {
                    isHeld =
                        try await connection.query(RelaySQL.stayAwake).first?.decode("held", as: Bool.self) ?? false
                }
                if turn.marked < Self.batchSize { try await Task.sleep(for: Self.gathering(after: turn.marked)) }
            } else if let last = lastWork, clock.now - last < Self.drowsiness, publisher.isReady {
                await due.wait(atMost: min(max(turn.next ?? .zero, Self.look), Self.refill))
            } else {
                lastWork = nil
                if isHeld {
                    isHeld = false
                    _ = try await connection.query(RelaySQL.fallAsleep)
                    // One more turn after letting go: what committed in between has seen the lock held and notified nobody.
                    continue
                }
                await due.wait(atMost: min(max(turn.next ?? Self.longestSleep, .milliseconds(1)), Self.longestSleep))
            }
        }
    }

    /// What a turn has found.
    private struct Turn {
        /// Jobs of the largest batch.
        var marked = 0
        /// When something else is due; nil when nothing is known of.
        var next: Duration?
    }

    /// One batch of each queue at most, so that a million notices never delay a reset. The look before the marks only
    /// reads: a mark locks the row of its queue, and an idle relay would do so for ever.
    private func serveQueues() async throws -> Turn {
        var turn = Turn()
        let known = queues.filter { !publisher.isHeld($0) }
        let times = try await ledger.nextDue(queues: known)
        for queue in known where publisher.isReady {
            guard let time = times[queue] else { continue }
            guard time <= .zero else {
                turn.next = min(turn.next ?? time, time)
                continue
            }
            let relay = try await presence.number()
            guard let batch = try await ledger.mark(queue: queue, relay: relay, limit: Self.batchSize) else { continue }
            CrashPoint.batchMarked.pass()
            turn.marked = max(turn.marked, batch.entries.count)
            await publisher.publish(batch)
        }
        return turn
    }
}
