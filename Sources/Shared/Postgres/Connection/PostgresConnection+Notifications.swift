import CPostgres
import Dispatch

/// A message sent with NOTIFY.
package struct PostgresNotification: Sendable, Hashable {
    /// The channel it was sent on.
    package let channel: String
    /// Its text; empty when none was given.
    package let payload: String
    /// The server process of the session that sent it.
    package let pid: Int32
}

// MARK: - LISTEN
extension PostgresConnection {
    /// Subscribes to a channel. Call `notifications()` first, or those that come in between are lost.
    package func listen(_ channel: String) async throws {
        try await execute("LISTEN \(identifier: channel)")
    }

    /// What arrives on the channels listened to. Ends with an error when the connection is lost. A reader that lags
    /// more than 1,000 behind loses the oldest: a notification is a hint to look, never the news itself.
    package func notifications() -> AsyncThrowingStream<PostgresNotification, any Error> {
        let (stream, continuation) = AsyncThrowingStream<PostgresNotification, any Error>.makeStream(
            bufferingPolicy: .bufferingNewest(1000)
        )
        guard !isLost else {
            continuation.finish(throwing: PostgresError.connection(lossMessage, operation: "listen"))
            return stream
        }
        lastCallID += 1
        let id = lastCallID
        listeners[id] = continuation
        continuation.onTermination = { [weak self] _ in
            guard let self else { return }
            queue.async { self.assumeIsolated { $0.listeners[id] = nil } }
        }
        return stream
    }

    func deliverNotifications() {
        while let raw = PQnotifies(handle.raw) {
            defer { PQfreemem(raw) }
            let notification = PostgresNotification(
                channel: raw.pointee.relname.map { String(cString: $0) } ?? "",
                payload: raw.pointee.extra.map { String(cString: $0) } ?? "",
                pid: raw.pointee.be_pid
            )
            for listener in listeners.values { listener.yield(notification) }
        }
    }
}
