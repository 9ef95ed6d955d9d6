/// The session's side of a ``Consumer``: what is wanted, what is, and what waits to be handed out. Only the session
/// touches it.
final class ConsumerLink {
    enum Wanted {
        /// Exit: `pause` → paused; `close` → closed.
        case consuming
        /// No subscription and nothing buffered. Exit: `resume` → consuming; `close` → closed.
        case paused
        /// No channel. No exit.
        case closed
    }

    struct Waiter {
        var id: Int
        var max: Int
        var caller: CheckedContinuation<[Delivery], Never>
    }

    let id: Int
    let queue: String
    var prefetch: Int
    /// What the channel was told; RabbitMQ applies it to the subscriptions made after it.
    var appliedPrefetch: Int?
    var wanted = Wanted.consuming
    var channel: Channel?
    /// The consumer tag in force, set before the request so that a cancel by the broker is never overlooked.
    var subscription: String?
    var wantsNewSubscription = false
    /// The broker ended subscription or channel, perhaps because the queue is missing.
    var needsTopology = false
    /// Received and not handed out; bounded by the prefetch.
    var buffer = Fifo<Delivery>()
    var unsettled = UnsettledTags()
    var waiters: [Waiter] = []
    /// Whether someone is turning what is into what is wanted.
    var isReconciling = false
    var onSettled: [CheckedContinuation<Void, Never>] = []
    var backoff: Task<Void, Never>?

    init(id: Int, queue: String, prefetch: Int) {
        self.id = id
        self.queue = queue
        self.prefetch = prefetch
    }

    var isSettled: Bool {
        switch wanted {
        case .consuming: channel != nil && subscription != nil && !wantsNewSubscription
        case .paused: subscription == nil
        case .closed: channel == nil
        }
    }

    /// The channel is gone, and the broker requeues what came over it.
    func end() {
        channel = nil
        appliedPrefetch = nil
        subscription = nil
        wantsNewSubscription = false
        _ = buffer.removeAll()
        unsettled = UnsettledTags()
    }

    /// Gives what is buffered to those who wait.
    func serve() {
        guard wanted == .consuming else { return }
        while !buffer.isEmpty, !waiters.isEmpty {
            let waiter = waiters.removeFirst()
            waiter.caller.resume(returning: take(waiter.max))
        }
    }

    func take(_ max: Int) -> [Delivery] {
        var batch: [Delivery] = []
        while batch.count < max, let delivery = buffer.popFirst() { batch.append(delivery) }
        return batch
    }
}
