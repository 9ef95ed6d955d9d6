import Synchronization

/// What others may know of a connection without waiting for its executor, and who wants to be told.
final class ConnectionStatus: Sendable {
    private struct State {
        var isConnected = false
        var blockedReason: String?
        var isFinished = false
        var listeners: [Int: AsyncStream<ConnectionEvent>.Continuation] = [:]
        var nextListener = 0
    }

    private let state = Mutex(State())

    var isConnected: Bool { state.withLock { $0.isConnected } }
    var blockedReason: String? { state.withLock { $0.blockedReason } }

    /// Begins with what is true now, so that nobody waits for a `connected` that has been. Keeps the newest 64.
    func events() -> AsyncStream<ConnectionEvent> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: ConnectionEvent.self,
            bufferingPolicy: .bufferingNewest(64)
        )
        let id = state.withLock { state -> Int? in
            guard !state.isFinished else { return nil }
            if state.isConnected { continuation.yield(.connected) }
            if let reason = state.blockedReason { continuation.yield(.blocked(reason: reason)) }
            state.nextListener += 1
            state.listeners[state.nextListener] = continuation
            return state.nextListener
        }
        guard let id else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.listeners.removeValue(forKey: id) }
        }
        return stream
    }

    func report(_ event: ConnectionEvent) {
        let listeners = state.withLock { state in
            switch event {
            case .connected: state.isConnected = true
            case .lost, .connectFailed:
                state.isConnected = false
                state.blockedReason = nil
            case .blocked(let reason): state.blockedReason = reason
            case .unblocked: state.blockedReason = nil
            }
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.yield(event) }
    }

    /// The connection was closed for good.
    func finish() {
        let listeners = state.withLock { state in
            defer { state.listeners = [:] }
            state.isFinished = true
            state.isConnected = false
            state.blockedReason = nil
            return Array(state.listeners.values)
        }
        // Outside the lock: finishing calls `onTermination`, which takes it.
        for listener in listeners { listener.finish() }
    }
}
