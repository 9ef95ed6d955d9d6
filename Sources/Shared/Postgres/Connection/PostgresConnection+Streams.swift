import CPostgres

/// The rows of one statement, read as they are asked for. One pass; on leaving the loop early the statement is
/// cancelled on the server and the connection becomes usable again.
package struct PostgresRowChunks: AsyncSequence, Sendable {
    package typealias Element = [Row]

    let connection: PostgresConnection
    let sql: SQL
    let chunk: Int
    let operation: String?
    let timeout: Duration?

    package func makeAsyncIterator() -> Iterator {
        Iterator(rows: self)
    }

    /// Reads chunk after chunk. The statement is sent with the first.
    package final class Iterator: AsyncIteratorProtocol {
        private let rows: PostgresRowChunks
        private var id: UInt64?
        private var isDone = false

        init(rows: PostgresRowChunks) {
            self.rows = rows
        }

        // On the caller's actor: an iterator is used by one task and need not be Sendable.
        package func next(isolation actor: isolated (any Actor)?) async throws -> [Row]? {
            guard !isDone else { return nil }
            isDone = true  // unless the end of this function is reached
            if id == nil {
                id = try await rows.connection.openStream(rows.sql, rows.operation, rows.timeout)
            }
            guard let id, let chunk = try await rows.connection.nextChunk(of: id, atMost: rows.chunk) else {
                return nil
            }
            isDone = false
            return chunk
        }

        deinit {
            guard let id, !isDone else { return }
            let connection = rows.connection
            Task { await connection.abandonStream(id) }
        }
    }
}

/// The stream that is open on a connection.
struct RowStream {
    let id: UInt64
    let operation: String
    let timeout: Duration?
    var columns: ResultColumns?
    /// All rows were read; what is left is the end of the exchange.
    var isComplete = false
}

// MARK: - Streams
extension PostgresConnection {
    /// A statement whose rows come in chunks (libpq's single-row mode): memory holds about one chunk whatever the
    /// size of the result, and the server waits when the reader does. `timeout` bounds the wait for each chunk. The
    /// connection serves nobody else until the stream ends or is dropped.
    package nonisolated func stream(
        _ sql: SQL,
        chunk: Int = 500,
        as operation: String? = nil,
        timeout: Duration? = nil
    ) -> PostgresRowChunks {
        PostgresRowChunks(
            connection: self,
            sql: sql,
            chunk: Swift.max(1, chunk),
            operation: operation,
            timeout: timeout
        )
    }

    func openStream(_ sql: SQL, _ operation: String?, _ timeout: Duration?) async throws -> UInt64 {
        let statement = try Statement(sql)
        let operation = operation ?? statement.summary
        return try await exclusively(Call(operation: operation, limit: timeout)) {
            try requireUsable(operation)
            // Not from the cache: a plan made for all the rows is wanted, and it is used once.
            let steps = try send([statement], prepared: false)
            lastCallID += 1
            stream = RowStream(id: lastCallID, operation: operation, timeout: timeout, columns: nil)
            do {
                try await flush(operation)
                for _ in steps.dropLast() { try await readPrepared(operation) }
                guard PQsetSingleRowMode(handle.raw) == 1 else {
                    throw PostgresError.connection(lossMessage, operation: operation)
                }
            } catch {
                await finishStream()
                throw error
            }
            return lastCallID
        }
    }

    private func readPrepared(_ operation: String) async throws {
        guard let raw = await nextResult() else {
            throw PostgresError.connection(lossMessage, operation: operation)
        }
        let failure = failure(of: ResultSet(raw, operation: operation))
        if let failure { throw failure }
        while let extra = await nextResult() { PQclear(extra) }
    }

    func nextChunk(of id: UInt64, atMost size: Int) async throws -> [Row]? {
        guard let open = stream, open.id == id else { return nil }
        do {
            return try await exclusively(Call(operation: open.operation, limit: open.timeout)) {
                guard stream?.id == id else { return nil }
                let rows = try await readRows(of: open, atMost: size)
                if rows.isEmpty { await finishStream() }
                return rows.isEmpty ? nil : rows
            }
        } catch {
            await abandonStream(id)
            throw error
        }
    }

    private func readRows(of open: RowStream, atMost size: Int) async throws -> [Row] {
        var rows: [Row] = []
        while rows.count < size, stream?.isComplete == false {
            guard let raw = await nextResult() else {
                if isLost { throw PostgresError.connection(lossMessage, operation: open.operation) }
                stream?.isComplete = true
                break
            }
            let result = ResultSet(raw, columns: stream?.columns, operation: open.operation)
            if let failure = failure(of: result) { throw failure }
            guard result.status == PGRES_SINGLE_TUPLE else { continue }
            stream?.columns = result.columns
            rows.append(Row(result: result, index: 0))
        }
        return rows
    }

    /// Cancels the statement on the server and reads what was on its way.
    func abandonStream(_ id: UInt64) async {
        guard let open = stream, open.id == id else { return }
        await takeTurn()
        isAbandoning = true
        defer {
            isAbandoning = false
            endTurn()
        }
        guard stream?.id == id else { return }
        lastCallID += 1
        running = RunningCall(id: lastCallID, call: Call(operation: open.operation, isShielded: true))
        interrupt(lastCallID, .cancelled)
        await finishStream()
        await cancelRequestIsDone()
    }

    /// Reads what is left, up to the end of the exchange.
    private func finishStream() async {
        stream = nil
        while !isLost {
            guard let raw = await nextResult() else { continue }
            let status = PQresultStatus(raw)
            PQclear(raw)
            if status == PGRES_PIPELINE_SYNC { return }
        }
    }
}
