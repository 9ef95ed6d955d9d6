import AMQP
import Logging
import Postgres
import Synchronization

/// Notices that a queue is silent although it should not be: the consumer has free slots and got nothing for 5 s while
/// the ledger has dispatched rows older than that. Then the broker has lost them (purged, deleted, wiped), and they
/// are dispatched again. A wrong guess costs one stale message.
final class SilenceWatch: Sendable {
    private static let limit: Duration = .seconds(5)
    private static let resubscribeAfter: Duration = .seconds(30)

    private let queue: String
    private let connection: AMQPConnection
    private let consumer: Consumer
    private let ledger: Ledger
    private let slots: Slots
    private let logger: Logger
    private let lastHeard = Mutex(ContinuousClock.now)

    init(
        queue: String,
        connection: AMQPConnection,
        consumer: Consumer,
        ledger: Ledger,
        slots: Slots,
        logger: Logger
    ) {
        self.queue = queue
        self.connection = connection
        self.consumer = consumer
        self.ledger = ledger
        self.slots = slots
        self.logger = logger
    }

    /// A message came, or the consumer has just begun to listen.
    func heard() {
        lastHeard.withLock { $0 = .now }
    }

    func run() async {
        var lastSubscribed = ContinuousClock.now
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.limit)
            // Whoever is not connected hears nothing because of himself. Taking back all the same would have a relay that
            // is connected publish the window again every few seconds, for as long as this lasts.
            guard connection.isConnected else {
                heard()
                continue
            }
            let silentFor = ContinuousClock.now - lastHeard.withLock { $0 }
            guard !Task.isCancelled, slots.free > 0, silentFor >= Self.limit else { continue }
            // An error means that the database is away, of which others complain.
            guard let count = try? await ledger.takeBackOverlooked(queue: queue, after: Self.limit), count > 0 else {
                continue
            }
            logger.warning(
                "Jobs that the broker did not deliver are dispatched again",
                metadata: [LogKey.queue: "\(queue)", LogKey.count: "\(count)"]
            )
            if ContinuousClock.now - lastSubscribed >= Self.resubscribeAfter {
                lastSubscribed = .now
                await consumer.resubscribe()
            }
        }
    }
}
