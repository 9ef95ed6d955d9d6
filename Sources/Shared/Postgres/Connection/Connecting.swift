import CPostgres
import Dispatch

/// Walks libpq through connecting: hosts, TLS, authentication. It waits for the socket with a fresh event source
/// each time, since libpq changes sockets between hosts; a source is gone before libpq may close what it watched.
actor Connecting {
    private nonisolated let executor: QueueExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private var source: (any DispatchSourceProtocol)?
    private var isOver = false

    init(executor: QueueExecutor) {
        self.executor = executor
    }

    func open(_ configuration: PostgresConfiguration) async throws -> ConnectionHandle {
        let parameters = try ConnectionParameters(configuration)
        try Task.checkCancellation()
        guard let raw = parameters.start() else {
            throw PostgresError.connection("no memory for a connection", operation: "connect")
        }
        let handle = ConnectionHandle(raw)
        // By default libpq prints notices to stderr; they quote values.
        PQsetNoticeProcessor(raw, { _, _ in }, nil)
        guard PQstatus(raw) != CONNECTION_BAD else {
            throw PostgresError.connection(handle.message, operation: "connect")
        }
        let limit = configuration.connectTimeout
        executor.queue.asyncAfter(deadline: .after(limit)) { [weak self] in
            self?.assumeIsolated { $0.giveUp() }
        }
        return try await withTaskCancellationHandler {
            try await poll(handle, limit)
        } onCancel: {
            executor.queue.async { [weak self] in self?.assumeIsolated { $0.giveUp() } }
        }
    }

    private func poll(_ handle: ConnectionHandle, _ limit: Duration) async throws -> ConnectionHandle {
        var state = PGRES_POLLING_WRITING
        while true {
            await socketReady(PQsocket(handle.raw), for: state)
            try Task.checkCancellation()
            guard !isOver else {
                var error = PostgresError.timeout(after: limit, operation: "connect to PostgreSQL")
                error.isBeforeStatement = true
                throw error
            }
            state = PQconnectPoll(handle.raw)
            switch state {
            case PGRES_POLLING_READING, PGRES_POLLING_WRITING:
                continue
            case PGRES_POLLING_OK:
                PQsetnonblocking(handle.raw, 1)
                return handle
            default:
                throw PostgresError.connection(handle.message, operation: "connect")
            }
        }
    }

    private func socketReady(_ socket: CInt, for state: PostgresPollingStatusType) async {
        guard !isOver, socket >= 0 else { return }
        await withCheckedContinuation { continuation in
            let source: any DispatchSourceProtocol =
                state == PGRES_POLLING_READING
                ? DispatchSource.makeReadSource(fileDescriptor: socket, queue: executor.queue)
                : DispatchSource.makeWriteSource(fileDescriptor: socket, queue: executor.queue)
            source.setEventHandler { [weak self] in self?.assumeIsolated { $0.source?.cancel() } }
            source.setCancelHandler { continuation.resume() }
            self.source = source
            source.activate()
        }
        source = nil
    }

    private func giveUp() {
        isOver = true
        source?.cancel()
    }
}
