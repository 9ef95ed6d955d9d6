import Dispatch
package import Logging
import ServiceLifecycle
import Synchronization

/// A bounded set of connections, opened when first needed. Callers wait in order, no longer than `acquireTimeout`;
/// connections that are lost or left in an unknown state are replaced.
package final class PostgresPool: Service, Sendable {
    typealias Grant = PoolState<PostgresConnection>.Grant
    typealias Waiter = CheckedContinuation<Grant, any Error>

    struct Guarded {
        var state: PoolState<PostgresConnection>
        var waiters: [UInt64: Waiter] = [:]
        var lastID: UInt64 = 0
        var isTimerSet = false
        var totals = PoolStatistics()
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    let configuration: PostgresConfiguration
    let logger: Logger
    let guarded: Mutex<Guarded>
    let timers = DispatchQueue(label: "postgres.pool")

    /// Connects to nothing yet.
    package init(configuration: PostgresConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        guarded = Mutex(Guarded(state: PoolState(size: configuration.poolSize)))
    }

    /// What the pool holds and has done.
    package var statistics: PoolStatistics {
        guarded.withLock { guarded in
            var statistics = guarded.totals
            statistics.size = guarded.state.capacity
            statistics.inUse = guarded.state.inUse
            statistics.idle = guarded.state.idleCount
            statistics.waiting = guarded.state.waitingCount
            return statistics
        }
    }

    // MARK: - Using

    /// Lends a connection. One that comes back in a transaction or with a stream that cannot be ended is closed.
    @discardableResult
    package nonisolated(nonsending) func withConnection<R>(
        _ body: (PostgresConnection) async throws -> R
    ) async throws -> R {
        let connection = try await acquire()
        do {
            let result = try await body(connection)
            await release(connection)
            return result
        } catch {
            await release(connection)
            throw error
        }
    }

    /// `PostgresConnection.query` on a free connection.
    package nonisolated(nonsending) func query(
        _ sql: SQL,
        as operation: String? = nil,
        timeout: Duration? = nil
    ) async throws -> [Row] {
        try await withConnection { try await $0.query(sql, as: operation, timeout: timeout) }
    }

    /// `PostgresConnection.execute` on a free connection.
    @discardableResult
    package nonisolated(nonsending) func execute(
        _ sql: SQL,
        as operation: String? = nil,
        timeout: Duration? = nil
    ) async throws -> Int {
        try await withConnection { try await $0.execute(sql, as: operation, timeout: timeout) }
    }

    /// `PostgresConnection.transaction` on a free connection.
    @discardableResult
    package nonisolated(nonsending) func transaction<R>(
        isolation: TransactionIsolation = .readCommitted,
        readOnly: Bool = false,
        as operation: String = "transaction",
        timeout: Duration? = nil,
        _ body: (PostgresConnection) async throws -> R
    ) async throws -> R {
        try await withConnection { connection in
            try await connection.transaction(
                isolation: isolation,
                readOnly: readOnly,
                as: operation,
                timeout: timeout,
                body
            )
        }
    }

    // MARK: - Life

    /// Keeps the pool until graceful shutdown, then closes it. Queries also work before it runs.
    package func run() async throws {
        do {
            try await gracefulShutdown()
        } catch {
            await close()
            throw error
        }
        await close()
    }

    /// Refuses new callers, waits up to 2 s for the connections that are out, and closes all. May be called twice.
    /// Whoever still needs one has been stopped before; what is out then waits for a server that does not answer.
    package func close() async {
        let (idle, waiters) = guarded.withLock { guarded in
            let (idle, waiting) = guarded.state.close()
            return (idle, waiting.compactMap { guarded.waiters.removeValue(forKey: $0) })
        }
        for waiter in waiters { waiter.resume(throwing: closed) }
        for connection in idle { await connection.close() }
        await allReturned()
        for connection in guarded.withLock({ $0.state.outstanding }) {
            logger.warning("PostgreSQL connection closed while in use", metadata: connection.metadata)
            await connection.close()
        }
    }

    private func allReturned() async {
        timers.asyncAfter(deadline: .after(.seconds(2))) { [weak self] in self?.resumeClosers() }
        await withCheckedContinuation { continuation in
            let isDrained = guarded.withLock { guarded in
                if !guarded.state.isDrained { guarded.closers.append(continuation) }
                return guarded.state.isDrained
            }
            if isDrained { continuation.resume() }
        }
    }

    func resumeClosers() {
        let closers = guarded.withLock { guarded in
            defer { guarded.closers = [] }
            return guarded.closers
        }
        for closer in closers { closer.resume() }
    }

    var closed: PostgresError {
        .usage("the connection pool is closed", operation: "acquire a connection")
    }
}

extension PostgresConnection {
    nonisolated var metadata: Logger.Metadata {
        ["backend_pid": "\(backendPID)"]
    }
}
