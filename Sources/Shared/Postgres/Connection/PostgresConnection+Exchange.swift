import CPostgres

/// A statement as it is sent.
struct Statement {
    let key: StatementCache.Key
    let sql: SQL
    let summary: String

    init(_ sql: SQL) throws {
        self.sql = sql
        summary = sql.summary
        key = StatementCache.Key(text: sql.text, types: sql.parameters.oids)
        if let fault = sql.fault { throw PostgresError.usage(fault.reason, operation: summary) }
        guard sql.parameters.count <= 65535 else {
            throw PostgresError.usage(
                "\(sql.parameters.count) parameters, at most 65535 are possible; pass an array and unnest it",
                operation: summary
            )
        }
        // As a C string it would end there.
        guard !key.text.utf8.contains(0) else {
            throw PostgresError.usage("the statement's text contains a NUL character", operation: summary)
        }
    }
}

/// What was sent and is to be answered, in order.
enum ExchangeStep {
    case prepare(StatementCache.Key, name: String, summary: String)
    case execute(Int)
}

// MARK: - Sending
extension PostgresConnection {
    /// Sends statements in one round trip and reads their results. They are one implicit transaction, unless one
    /// is open; after a failure the rest is not executed.
    func exchange(_ statements: [Statement], prepared: Bool = true, _ call: Call) async throws -> [ResultSet] {
        try await exclusively(call) {
            try requireUsable(call.operation)
            guard prepared else { return try await attempt(statements, prepared: false, call) }
            try await deallocateEvicted()
            let wasIdle = PQtransactionStatus(handle.raw) == PQTRANS_IDLE
            do {
                return try await attempt(statements, prepared: true, call)
            } catch let error as PostgresError where error.isStalePlan && wasIdle && canRepeat {
                return try await attempt(statements, prepared: true, call)
            }
        }
    }

    // Outside a transaction a failure undid the whole exchange, so it can be sent again.
    private var canRepeat: Bool {
        running?.interruption == nil && !isLost && PQtransactionStatus(handle.raw) == PQTRANS_IDLE
    }

    func requireUsable(_ operation: String) throws {
        guard !isLost else { throw PostgresError.connection(lossMessage, operation: operation) }
        guard stream == nil else {
            throw PostgresError.usage("a stream of rows is open on this connection", operation: operation)
        }
    }

    private func attempt(_ statements: [Statement], prepared: Bool, _ call: Call) async throws -> [ResultSet] {
        let isOutside = PQtransactionStatus(handle.raw) == PQTRANS_IDLE
        do {
            let steps = try send(statements, prepared: prepared)
            try await flush(call.operation)
            return try await readResults(steps, statements, call)
        } catch var error as PostgresError {
            // A server that says why it ends a session has undone its transaction. One that crashes (57P02) may say
            // so even after a commit.
            let isUnanswered = error.kind == .connection && error.sqlState == nil || error.sqlState == "57P02"
            error.outcomeUnknown = isUnanswered && call.mayCommit && (isOutside || call.isShielded)
            throw error
        }
    }

    func send(_ statements: [Statement], prepared: Bool) throws -> [ExchangeStep] {
        if PQpipelineStatus(handle.raw) == PQ_PIPELINE_OFF, PQenterPipelineMode(handle.raw) != 1 {
            throw halfSent("enter pipeline mode")
        }
        var steps: [ExchangeStep] = []
        var new: [StatementCache.Key: String] = [:]
        for (index, statement) in statements.enumerated() {
            let key = statement.key
            var name = ""
            if prepared {
                if let known = cache.name(for: key) ?? new[key] {
                    name = known
                } else {
                    name = cache.newName()
                    new[key] = name
                }
            }
            if !prepared || (new[key] == name && !steps.contains { $0.prepares(name) }) {
                guard PQsendPrepare(handle.raw, name, key.text, CInt(key.types.count), key.types) == 1 else {
                    throw halfSent(statement.summary)
                }
                steps.append(.prepare(key, name: name, summary: statement.summary))
            }
            let sent = statement.sql.parameters.withCArrays { values, lengths, formats in
                PQsendQueryPrepared(handle.raw, name, CInt(values.count), values, lengths, formats, 1)
            }
            guard sent == 1 else { throw halfSent(statement.summary) }
            steps.append(.execute(index))
        }
        guard PQpipelineSync(handle.raw) == 1 else { throw halfSent("synchronise") }
        return steps
    }

    // Part of an exchange is in libpq's buffer: nobody can use this connection any more.
    private func halfSent(_ operation: String) -> PostgresError {
        let error = PostgresError.connection(handle.message, operation: operation)
        connectionWasLost(error.message)
        return error
    }

    /// Gives everything to the socket. Meanwhile input is read as well: if both sides only wrote, with full
    /// buffers between them, neither would ever finish.
    func flush(_ operation: String) async throws {
        while !isLost {
            switch PQflush(handle.raw) {
            case 0: return
            case 1: await waitForEvent(writable: true)
            default: connectionWasLost(handle.message)
            }
        }
    }

    private func deallocateEvicted() async throws {
        guard PQtransactionStatus(handle.raw) == PQTRANS_IDLE else { return }
        for name in cache.evict() {
            let statement = try Statement("DEALLOCATE \(identifier: name)")
            let steps = try send([statement], prepared: false)
            try await flush(statement.summary)
            do {
                _ = try await readResults(steps, [statement], Call(operation: statement.summary))
            } catch let error as PostgresError where error.sqlState == "26000" {
                // Gone already, which is what was wanted.
            }
        }
    }
}

extension ExchangeStep {
    fileprivate func prepares(_ wanted: String) -> Bool {
        if case .prepare(_, let name, _) = self { name == wanted } else { false }
    }
}
