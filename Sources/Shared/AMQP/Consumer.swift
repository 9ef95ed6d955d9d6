/// Receives the messages of one queue on a channel of its own. It survives the loss of channel, queue and connection:
/// it subscribes again, and what was delivered before is delivered anew.
package final class Consumer: Sendable {
    private let session: Session
    private let id: Int

    init(session: Session, id: Int) {
        self.session = session
        self.id = id
    }

    /// Waits for at least one message and returns what is there, at most `max`, without waiting for more. Empty when
    /// the consumer or the connection is closed, or the task cancelled.
    package func nextBatch(max: Int) async -> [Delivery] {
        await session.nextBatch(id, max: Swift.max(1, max))
    }

    /// Messages one by one, until ``close()``.
    package var deliveries: Deliveries { Deliveries(consumer: self) }

    /// Tells the broker to forget them. Those of an older channel are ignored: they are in the queue again.
    package func acknowledge(_ deliveries: [Delivery]) async {
        await session.acknowledge(deliveries, id)
    }

    /// Gives them back (`requeue`), or to the queue's dead-letter queue.
    package func reject(_ deliveries: [Delivery], requeue: Bool) async {
        await session.reject(deliveries, requeue: requeue, id)
    }

    /// Ends the subscription, and once the broker has confirmed it requeues what was not handed out. What was handed
    /// out can still be settled.
    package func pause() async { await session.want(.paused, id) }

    /// Subscribes again after ``pause()``.
    package func resume() async { await session.want(.consuming, id) }

    /// Subscribes anew, for a consumer that looks silent. What was not handed out is requeued.
    package func resubscribe() async { await session.resubscribe(id) }

    /// Changes how many messages the broker delivers ahead, 1…65535. What was not handed out is requeued.
    package func limit(to prefetch: Int) async { await session.limit(id, to: max(1, prefetch)) }

    /// As ``pause()``, then closes the channel: the broker requeues what is not settled by then.
    package func close() async { await session.want(.closed, id) }
}
