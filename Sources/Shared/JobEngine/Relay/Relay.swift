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
    /// An idle relay stays awake for so long, looking every few milliseconds, before it lets go of the lock.
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
                    while !Task.isCancelled {
                        try await beAwake(on: connection)
                        failures = 0
                        try await sleep()
                    }
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

    private func beAwake(on connection: PostgresConnection) async throws {
        // Nothing to give out, nothing to stay awake for: behind a pause or a limit a relay would poll for hours. Who
        // enqueues meanwhile finds no relay awake, and notifies.
        // The look before it only reads: a mark locks the rows of the queues, and an idle relay would do so for ever.
        guard publisher.isReady, try await isAnythingDue(), try await serveQueuesInTurn() else { return }
        let clock = ContinuousClock()
        var isHeld = false
        var lastWork = clock.now
        while clock.now - lastWork < Self.drowsiness, publisher.isReady, !Task.isCancelled {
            if !isHeld {
                isHeld = try await connection.query(RelaySQL.stayAwake).first?.decode("held", as: Bool.self) ?? false
            }
            if try await serveQueuesInTurn() {
                lastWork = clock.now
            } else {
                try await Task.sleep(for: .milliseconds(4))
            }
        }
        if isHeld {
            _ = try await connection.query(RelaySQL.fallAsleep)
        }
        // Once more after letting go: what committed in between has seen the lock held and notified nobody.
        if publisher.isReady {
            _ = try await serveQueuesInTurn()
        }
    }

    /// One batch of each queue at most, so that a million notices never delay a reset. True when anything was marked.
    private func serveQueuesInTurn() async throws -> Bool {
        let relay = try await presence.number()
        var isAnyMarked = false
        for queue in queues where publisher.isReady && !publisher.isHeld(queue) {
            guard let batch = try await ledger.mark(queue: queue, relay: relay, limit: Self.batchSize) else { continue }
            CrashPoint.batchMarked.pass()
            isAnyMarked = true
            await publisher.publish(batch)
        }
        return isAnyMarked
    }

    private func isAnythingDue() async throws -> Bool {
        try await nextDue().map { $0 <= .zero } ?? false
    }

    /// nil: nothing is pending that may be given out.
    private func nextDue() async throws -> Duration? {
        try await ledger.nextDue(queues: queues.filter { !publisher.isHeld($0) })
    }

    private func sleep() async throws {
        var longest = Self.longestSleep
        if publisher.isReady, let next = try await nextDue() {
            longest = min(longest, max(next, .milliseconds(1)))
        }
        await due.wait(atMost: longest)
    }
}
