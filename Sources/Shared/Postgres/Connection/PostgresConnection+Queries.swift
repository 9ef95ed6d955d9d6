import CPostgres

// MARK: - Statements
extension PostgresConnection {
    /// Executes a statement and returns all its rows. `operation` names it in errors (default: its text);
    /// `timeout` bounds it, after which it is cancelled and `.timeout` thrown.
    package func query(_ sql: SQL, as operation: String? = nil, timeout: Duration? = nil) async throws -> [Row] {
        try await single(sql, operation, timeout).rows
    }

    /// Executes a statement and returns the number of rows it touched. Parameters as for `query`.
    @discardableResult
    package func execute(_ sql: SQL, as operation: String? = nil, timeout: Duration? = nil) async throws -> Int {
        try await single(sql, operation, timeout).affectedRows
    }

    private func single(_ sql: SQL, _ operation: String?, _ timeout: Duration?) async throws -> ResultSet {
        let statement = try Statement(sql)
        let call = Call(operation: operation ?? statement.summary, limit: timeout)
        guard let result = try await exchange([statement], call).first else {
            throw PostgresError.connection("no result arrived", operation: call.operation)
        }
        return result
    }

    /// Executes statements in one round trip (libpq's pipeline mode); their rows in the same order. Outside a
    /// transaction they are one: a failure undoes all, and the error names the statement that failed.
    @discardableResult
    package func pipeline(
        _ statements: [SQL],
        as operation: String? = nil,
        timeout: Duration? = nil
    ) async throws -> [[Row]] {
        guard !statements.isEmpty else { return [] }
        let prepared = try statements.map { try Statement($0) }
        let call = Call(operation: operation ?? "pipeline of \(statements.count) statements", limit: timeout)
        return try await exchange(prepared, call).map(\.rows)
    }

    /// Executes several statements of a script, without values and results. Without BEGIN in it or around it the
    /// whole script is one transaction.
    package func run(script: String, as operation: String = "run script", timeout: Duration? = nil) async throws {
        guard !script.utf8.contains(0) else {
            throw PostgresError.usage("the script contains a NUL character", operation: operation)
        }
        try await exclusively(Call(operation: operation, limit: timeout)) {
            try requireUsable(operation)
            // The simple protocol is not allowed in pipeline mode.
            guard PQexitPipelineMode(handle.raw) == 1, PQsendQuery(handle.raw, script) == 1 else {
                let message = handle.message
                connectionWasLost(message)
                throw PostgresError.connection(message, operation: operation)
            }
            try await flush(operation)
            var failure: PostgresError?
            while let raw = await nextResult() {
                failure = failure ?? self.failure(of: ResultSet(raw, operation: operation))
                if isLost, failure != nil { break }
            }
            if isLost, failure == nil { failure = .connection(lossMessage, operation: operation) }
            if let failure { throw failure }
        }
    }
}
