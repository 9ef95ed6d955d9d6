import Dispatch

/// An open connection with the sources that drive it. Only the session touches it.
final class Wire {
    let connection: CConnection
    private let readable: any DispatchSourceRead
    private let ticks: any DispatchSourceTimer

    init(
        _ connection: CConnection,
        queue: DispatchQueue,
        onReadable: @escaping @Sendable () -> Void,
        onTick: @escaping @Sendable () -> Void
    ) {
        self.connection = connection
        readable = DispatchSource.makeReadSource(fileDescriptor: connection.socketDescriptor, queue: queue)
        ticks = DispatchSource.makeTimerSource(queue: queue)
        readable.setEventHandler(handler: onReadable)
        // The socket is closed with the connection, and only after the source has let go of it.
        readable.setCancelHandler { withExtendedLifetime(connection) {} }
        ticks.setEventHandler(handler: onTick)
        // Time-outs are looked at this often, and librabbitmq, which serves heartbeats only inside its calls, gets one.
        ticks.schedule(deadline: .now() + .milliseconds(500), repeating: .milliseconds(500), leeway: .milliseconds(50))
        readable.activate()
        ticks.activate()
    }

    func cancel() {
        readable.cancel()
        ticks.cancel()
    }
}
