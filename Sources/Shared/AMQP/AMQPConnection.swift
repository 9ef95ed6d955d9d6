package import Logging
import ServiceLifecycle
import Synchronization

/// A connection to the broker that mends itself.
///
/// While ``run()`` runs it connects, and whatever ends the connection, connects again with a growing, jittered wait of
/// at most 5 s; the topology is declared after every connect, and publishers and consumers get their channels back.
/// Nothing the broker sends is final. Publishers and consumers should not share one connection: a broker short of
/// memory stops reading from a connection that publishes, and acknowledgements would wait, too.
package final class AMQPConnection: Service, Sendable {
    private let session: Session
    private let lastID = Mutex(0)

    package init(configuration: AMQPConfiguration, topology: Topology, logger: Logger) {
        session = Session(configuration: configuration, topology: topology, logger: logger)
    }

    /// Keeps the connection until graceful shutdown or cancellation, then closes it. Call it once.
    package func run() async throws {
        let session = session
        await withTaskCancellationOrGracefulShutdownHandler {
            await session.runUntilClosed()
        } onCancelOrGracefulShutdown: {
            session.post { $0.stop() }
        }
    }

    /// What happens to the connection from now on, beginning with `connected` if it is; ends with the connection. A
    /// listener that does not listen misses all but the newest 64.
    package func events() -> AsyncStream<ConnectionEvent> { session.status.events() }

    package var isConnected: Bool { session.status.isConnected }

    /// Whether the broker said that it takes no messages at present.
    package var isBlocked: Bool { session.status.blockedReason != nil }

    package func makePublisher() -> Publisher {
        let id = nextID()
        let inbox = PublisherInbox()
        session.post { $0.register(inbox, id: id) }
        return Publisher(session: session, id: id, inbox: inbox)
    }

    /// - Parameter prefetch: most messages delivered and not settled, 1…65535.
    package func makeConsumer(queue: String, prefetch: Int) -> Consumer {
        let id = nextID()
        session.post { $0.register(consumer: id, queue: queue, prefetch: prefetch) }
        return Consumer(session: session, id: id)
    }

    /// Asks for a queue without creating it.
    /// - Throws: ``AMQPError`` of kind `channel` with code 404 when there is none; nobody else notices.
    package func status(queue: String) async throws -> QueueStatus { try await session.inspect(queue: queue) }

    /// Messages ready in the queue.
    package func messageCount(queue: String) async throws -> Int { try await session.inspect(queue: queue).messages }

    /// Throws away what is ready in the queue.
    /// - Returns: how many it were.
    package func purge(queue: String) async throws -> Int { try await session.purge(queue: queue) }

    /// Deletes the queue with what is in it. If the topology names it, it comes back when it is next missed.
    /// - Returns: how many messages went with it.
    package func delete(queue: String) async throws -> Int { try await session.delete(queue: queue) }

    private func nextID() -> Int {
        lastID.withLock {
            $0 += 1
            return $0
        }
    }
}
