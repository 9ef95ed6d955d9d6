import CPostgres

/// What a transaction sees of others.
package enum TransactionIsolation: String, Sendable {
    /// Each statement sees what was committed before it.
    case readCommitted = "READ COMMITTED"
    /// All statements see what was committed before the first.
    case repeatableRead = "REPEATABLE READ"
    /// As if transactions ran one after the other; be ready to repeat on 40001.
    case serializable = "SERIALIZABLE"
}

// MARK: - Transactions
extension PostgresConnection {
    /// Runs `body` in a transaction: commits when it returns, rolls back when it throws. `timeout` bounds all its
    /// statements together. COMMIT and ROLLBACK are sent although the task is cancelled meanwhile; when the answer to a
    /// COMMIT is lost the error says so (`outcomeUnknown`).
    @discardableResult
    package nonisolated(nonsending) func transaction<R>(
        isolation: TransactionIsolation = .readCommitted,
        readOnly: Bool = false,
        as operation: String = "transaction",
        timeout: Duration? = nil,
        _ body: (PostgresConnection) async throws -> R
    ) async throws -> R {
        try await startTransaction(isolation, readOnly, operation, timeout)
        let result: R
        do {
            result = try await body(self)
        } catch {
            await rollBack()
            throw error
        }
        try await commit(operation)
        return result
    }

    private func startTransaction(
        _ isolation: TransactionIsolation,
        _ readOnly: Bool,
        _ operation: String,
        _ timeout: Duration?
    ) async throws {
        guard health.state != .inTransaction else {
            throw PostgresError.usage("a transaction is already open on this connection", operation: operation)
        }
        let mode = readOnly ? "READ ONLY" : "READ WRITE"
        let begin = SQL(stringLiteral: "BEGIN ISOLATION LEVEL \(isolation.rawValue) \(mode)")
        let deadline = timeout.map { ContinuousClock.now + $0 }
        _ = try await exchange(
            [Statement(begin)],
            prepared: false,
            Call(operation: operation, limit: timeout, mayCommit: false)
        )
        if let timeout, let deadline { transactionLimit = (timeout, operation, deadline) }
    }

    private func commit(_ operation: String) async throws {
        let limit = transactionLimit
        transactionLimit = nil
        if let limit, limit.deadline <= .now {
            await rollBack()
            throw PostgresError.timeout(after: limit.limit, operation: limit.operation)
        }
        let tag = try await end("COMMIT", "COMMIT of \(operation)")
        // The server answers so when an earlier statement failed and its error was swallowed.
        if tag == "ROLLBACK" {
            throw PostgresError.usage(
                "rolled back instead of committed, since a statement in it failed; let its error out of the transaction",
                operation: operation
            )
        }
    }

    private func rollBack() async {
        transactionLimit = nil
        guard !isLost else { return }
        do {
            _ = try await end("ROLLBACK", "ROLLBACK")
        } catch {
            // The caller gets the error that led here; a session in an unknown state is of no use to anybody.
            await close()
        }
    }

    private func end(_ command: SQL, _ operation: String) async throws -> String {
        if let stream { await abandonStream(stream.id) }
        return try await exchange(
            [Statement(command)],
            prepared: false,
            Call(operation: operation, limit: .seconds(30), isShielded: true, dropsWhenLate: true)
        ).first?.commandTag ?? ""
    }
}
