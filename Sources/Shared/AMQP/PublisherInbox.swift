import Synchronization

/// Where publishing tasks leave their batches for the session: many tasks share one wake-up, because a hop per message
/// would cost more than the message.
final class PublisherInbox: Sendable {
    private struct State {
        /// Bounded by the number of tasks that publish: each waits for its batch.
        var requests: [PublishRequest] = []
        var isAnnounced = false
        var obstacle: AMQPError? = AMQPError(.connection, text: "not connected yet", during: "publish")
    }

    private let state = Mutex(State())

    /// Why nothing can be published now; `nil`: ready.
    var obstacle: AMQPError? {
        get { state.withLock { $0.obstacle } }
        set { state.withLock { $0.obstacle = newValue } }
    }

    /// - Returns: whether the session must be told.
    func add(_ request: PublishRequest) -> Bool {
        state.withLock { state in
            state.requests.append(request)
            defer { state.isAnnounced = true }
            return !state.isAnnounced
        }
    }

    func takeAll() -> [PublishRequest] {
        state.withLock { state in
            defer {
                state.requests = []
                state.isAnnounced = false
            }
            return state.requests
        }
    }
}
