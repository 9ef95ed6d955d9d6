import CPostgres
import DequeModule
import Dispatch
import Glibc
package import Logging

/// One session. Calls are served one after the other, in order; each runs libpq without blocking, woken by the
/// socket. Errors are `PostgresError`, or `CancellationError` when the awaiting task was cancelled; the statement is
/// then cancelled on the server too and the session stays usable.
package actor PostgresConnection {
    private nonisolated let executor: QueueExecutor
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    nonisolated var queue: DispatchQueue { executor.queue }

    /// The server process of this session.
    package nonisolated let backendPID: Int32
    nonisolated let health = ConnectionHealth()
    let logger: Logger
    let handle: ConnectionHandle
    var events: SocketEvents?

    /// The connection is lost or closed. Results that arrived before may still be read.
    var isLost = false
    /// The one task that waits for the socket.
    private var waiter: CheckedContinuation<Void, Never>?

    var running: RunningCall?
    var lastCallID: UInt64 = 0
    /// When the next look at the deadline is scheduled.
    var alarm: ContinuousClock.Instant?
    /// A request to cancel is on its way to the server.
    var isCancelling = false

    private var isTaken = false
    private var turns: Deque<CheckedContinuation<Void, Never>> = []
    /// Calls that wait for their turn.
    var waitingCount: Int { turns.count }

    var cache = StatementCache(capacity: 256)
    /// The limit of the transaction under way, its name and when it passes.
    var transactionLimit: (limit: Duration, operation: String, deadline: ContinuousClock.Instant)?
    var stream: RowStream?
    /// A stream without a reader is being brought to its end.
    var isAbandoning = false
    var listeners: [UInt64: AsyncThrowingStream<PostgresNotification, any Error>.Continuation] = [:]
    /// Why the connection is lost.
    var lossMessage = "the connection was closed"
    private var closing: [CheckedContinuation<Void, Never>] = []
    private var isUnwatched = false
    private var isClosed = false

    /// Opens a session; tries the hosts of the connection string in turn, within the configuration's `connectTimeout`.
    package static func connect(
        _ configuration: PostgresConfiguration,
        logger: Logger
    ) async throws -> PostgresConnection {
        let executor = QueueExecutor(label: "postgres")
        let handle = try await Connecting(executor: executor).open(configuration)
        let connection = PostgresConnection(handle, executor: executor, logger: logger)
        try await connection.watchSocket()
        return connection
    }

    private init(_ handle: ConnectionHandle, executor: QueueExecutor, logger: Logger) {
        self.executor = executor
        self.handle = handle
        self.logger = logger
        backendPID = PQbackendPID(handle.raw)
    }

    deinit {
        for listener in listeners.values { listener.finish() }
    }

    private func watchSocket() throws {
        events = SocketEvents(
            socket: PQsocket(handle.raw),
            queue: queue,
            onReadable: { [weak self] in self?.assumeIsolated { $0.socketIsReadable() } },
            onWritable: { [weak self] in self?.assumeIsolated { $0.socketIsWritable() } },
            onClosed: { [weak self] in self?.assumeIsolated { $0.socketIsClosed() } }
        )
        guard events != nil else {
            handle.finish()
            throw PostgresError.connection("no file descriptor left", operation: "connect")
        }
        events?.read(true)
    }

    // MARK: - Turns

    /// Waits until no other call has the connection.
    func takeTurn() async {
        if isTaken {
            await withCheckedContinuation { turns.append($0) }
        }
        isTaken = true
        health.state = isLost ? .broken : .busy
    }

    func endTurn() {
        running = nil
        // libpq stops at the end of a result; a notification behind it comes to light only now.
        deliverNotifications()
        if isLost {
            health.state = .broken
        } else if stream != nil {
            // Nothing is read between two chunks of a stream: back-pressure.
            health.state = .busy
        } else {
            health.state = PQtransactionStatus(handle.raw) == PQTRANS_IDLE ? .ready : .inTransaction
            events?.read(true)
        }
        if let next = turns.popFirst() {
            next.resume()  // `isTaken` stays true: nobody may come between
        } else {
            isTaken = false
            finishIfUnused()
        }
    }

    // MARK: - Socket

    /// Waits until something happened: the socket, an interruption, a finished cancel request, the loss of the connection.
    func waitForEvent(writable: Bool = false) async {
        guard !isLost else { return }
        events?.read(true)
        if writable { events?.write(true) }
        await withCheckedContinuation { waiter = $0 }
    }

    func wake() {
        waiter?.resume()
        waiter = nil
    }

    private func socketIsReadable() {
        guard !isLost else { return }
        // Back-pressure: between two waits of a call nothing is read, so libpq's buffer does not grow.
        if isTaken || stream != nil { events?.read(false) }
        var isAlive = PQconsumeInput(handle.raw) == 1
        // The source tells of a reset once and of nothing after it. What the server said before, such as why it ended
        // the session, is read first, and without this nobody would come back for the end: the call would wait for ever.
        while isAlive, hasHungUp { isAlive = PQconsumeInput(handle.raw) == 1 }
        if isAlive {
            deliverNotifications()
        } else {
            connectionWasLost(handle.message)
        }
        wake()
    }

    private var hasHungUp: Bool {
        var socket = pollfd(fd: PQsocket(handle.raw), events: 0, revents: 0)
        return poll(&socket, 1, 0) == 1 && socket.revents & Int16(POLLHUP | POLLERR) != 0
    }

    private func socketIsWritable() {
        events?.write(false)
        wake()
    }

    private func socketIsClosed() {
        isUnwatched = true
        finishIfUnused()
    }

    // The last call may still read what had arrived, such as the server's reason for ending the session.
    private func finishIfUnused() {
        guard isUnwatched, !isTaken, !isClosed else { return }
        isClosed = true
        handle.finish()
        for closer in closing { closer.resume() }
        closing = []
    }

    // MARK: - Ending

    /// Ends the session; a call under way fails. May be called twice.
    package func close() async {
        connectionWasLost("the connection was closed")
        guard !isClosed else { return }
        await withCheckedContinuation { closing.append($0) }
    }

    func connectionWasLost(_ message: String) {
        guard !isLost else { return }
        isLost = true
        lossMessage = message
        health.state = .broken
        let error = PostgresError.connection(message, operation: "listen")
        for listener in listeners.values { listener.finish(throwing: error) }
        listeners = [:]
        events?.cancel()
        wake()
    }
}
