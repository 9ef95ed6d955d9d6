import CPostgres

// MARK: - Reading
extension PostgresConnection {
    /// Waits for libpq's next result; nil ends a step's results.
    func nextResult() async -> OpaquePointer? {
        while !isLost, PQisBusy(handle.raw) == 1 { await waitForEvent() }
        // libpq gives what had arrived before it lost the connection, then an error, then nil. It would wait on one
        // that we gave up ourselves.
        guard PQisBusy(handle.raw) == 0 || PQstatus(handle.raw) == CONNECTION_BAD else { return nil }
        return PQgetResult(handle.raw)
    }

    /// Reads the results of an exchange up to its end, also after a failure, and throws the first failure.
    func readResults(_ steps: [ExchangeStep], _ statements: [Statement], _ call: Call) async throws -> [ResultSet] {
        var results: [ResultSet] = []
        results.reserveCapacity(statements.count)
        var failure: PostgresError?
        for step in steps {
            let operation = statements.count == 1 ? call.operation : operation(of: step, statements)
            guard let raw = await nextResult() else {
                failure = failure ?? .connection(lossMessage, operation: operation)
                break
            }
            let result = ResultSet(raw, operation: operation)
            switch step {
            case .prepare(let key, let name, _):
                if result.status == PGRES_COMMAND_OK, !name.isEmpty { cache.insert(key, name: name) }
            case .execute(let index):
                results.append(result)
                if result.status == PGRES_FATAL_ERROR, result.error.isStalePlan { cache.remove(statements[index].key) }
            }
            failure = failure ?? self.failure(of: result)
            if isLost, failure != nil { break }
            while let extra = await nextResult() { PQclear(extra) }
        }
        let refusal = await readSync(call)
        if let failure = failure ?? refusal { throw failure }
        return results
    }

    private func operation(of step: ExchangeStep, _ statements: [Statement]) -> String {
        switch step {
        case .prepare(_, _, let summary): return summary
        case .execute(let index):
            return "statement \(index + 1) of \(statements.count): \(statements[index].summary)"
        }
    }

    /// Nil for a success, and for what was not executed because of an earlier failure.
    func failure(of result: ResultSet) -> PostgresError? {
        switch result.status {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_SINGLE_TUPLE, PGRES_EMPTY_QUERY, PGRES_PIPELINE_ABORTED:
            return nil
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
            // The server now speaks another protocol; there is no way back that is worth having.
            connectionWasLost("COPY was begun")
            return .usage("COPY cannot be executed as a statement", operation: result.operation)
        default:
            var error = result.error
            if isLost { error.kind = .connection }
            return error
        }
    }

    /// Reads the answer to the synchronisation at the end of an exchange. Outside of a transaction the server commits only
    /// then: what succeeded before may still be refused, by a deferred constraint, or be lost with the server, although
    /// its rows have come. Answers why, if so.
    private func readSync(_ call: Call) async -> PostgresError? {
        var refusal: PostgresError?
        while !isLost {
            guard let raw = await nextResult() else {
                // libpq ends the results of a refusal, too.
                if refusal != nil, !isLost { continue }
                connectionWasLost("an answer is missing")
                break
            }
            let result = ResultSet(raw, operation: call.operation)
            if result.status == PGRES_PIPELINE_SYNC { return refusal }
            // Anything else means that we and the server count differently.
            guard refusal == nil, result.status == PGRES_FATAL_ERROR, let error = failure(of: result) else {
                connectionWasLost("an answer is missing")
                break
            }
            refusal = error
        }
        return refusal ?? .connection(lossMessage, operation: call.operation)
    }
}
