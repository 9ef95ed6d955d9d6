import Foundation
import Postgres
import TestSupport
import Testing

@Suite(.serialized) struct StreamTests {
    @Test func memoryDoesNotGrowWithTheResult() async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                var count = 0
                var sum = 0
                // Before the first rows: a client that read all of them would have them at the second chunk already.
                let start = residentKilobytes()
                for try await chunk in connection.stream(
                    "SELECT i, repeat('x', 800) AS text FROM generate_series(1, 1000000) AS i"
                ) {
                    #expect(chunk.count <= 500)
                    count += chunk.count
                    for row in chunk { sum += try row.decode("i", as: Int.self) }
                }
                #expect(count == 1_000_000)
                #expect(sum == 500_000_500_000)
                // The whole result has over 800 MB; other tests in this process need some memory of their own.
                #expect(residentKilobytes() - start < 400_000)
            }
        }
    }

    @Test func aSlowReaderSlowsTheServer() async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                try await database.withConnection { observer in
                    // 1 GB.
                    let rows = connection.stream("SELECT repeat('x', 1000) FROM generate_series(1, 1000000)", chunk: 10)
                    var iterator = rows.makeAsyncIterator()
                    let first = try await iterator.next()
                    #expect(first?.count == 10)
                    let start = residentKilobytes()
                    // The server has filled the socket's buffers and waits for us to read.
                    try await observer.untilTrue(
                        """
                        SELECT wait_event = 'ClientWrite' FROM pg_stat_activity WHERE pid = \(connection.backendPID)
                        """
                    )
                    #expect(residentKilobytes() - start < 400_000)
                    let second = try await iterator.next()
                    #expect(second?.count == 10)
                }
            }
        }
    }

    @Test func leavingEarlyStopsTheServerAndFreesTheConnection() async throws {
        try await withTemporaryDatabase { database in
            try await database.withPool(size: 1) { pool in
                let pid = try await pool.withConnection { connection in
                    for try await chunk in connection.stream("SELECT generate_series(1, 100000000)")
                    where chunk.count > 1 {
                        break
                    }
                    return connection.backendPID
                }
                // The same session, at once usable.
                #expect(try await pool.withConnection { $0.backendPID } == pid)
                #expect(try await pool.query("SELECT 1").count == 1)
            }
        }
    }

    @Test func aReaderThatIsKeptDoesNotKeepTheConnection() async throws {
        try await withTemporaryDatabase { database in
            try await database.withPool(size: 1) { pool in
                var iterator = try await pool.withConnection { connection in
                    var iterator = connection.stream("SELECT generate_series(1, 100000000)").makeAsyncIterator()
                    _ = try await iterator.next()
                    return iterator
                }
                #expect(try await pool.query("SELECT 1").count == 1)
                let next = try await iterator.next()
                #expect(next == nil)
            }
        }
    }

    @Test func anErrorAmongTheRowsIsThrown() async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                var count = 0
                let error = await #expect(throws: PostgresError.self) {
                    for try await chunk in connection.stream("SELECT 1 / (5000 - i) FROM generate_series(1, 9000) AS i")
                    {
                        count += chunk.count
                    }
                }
                #expect(error?.sqlState == "22012")
                #expect(count <= 4999)
                await #expect(throws: PostgresError.self) {
                    for try await _ in connection.stream("SELECT nothing") {}
                }
                let rows = try await connection.query("SELECT 1")
                #expect(rows.count == 1)
            }
        }
    }

    @Test func cancellingTheTaskEndsTheStream() async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                let task = Task {
                    for try await _ in connection.stream(
                        "SELECT pg_sleep(0.01), repeat('x', 10000) FROM generate_series(1, 10000)",
                        chunk: 1
                    ) {
                        withUnsafeCurrentTask { $0?.cancel() }
                    }
                }
                await #expect(throws: CancellationError.self) { try await task.value }
                let rows = try await connection.query("SELECT 1")
                #expect(rows.count == 1)
            }
        }
    }

    @Test func otherStatementsAreRefusedWhileRowsAreStreamed() async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                var iterator = connection.stream("SELECT generate_series(1, 10)", chunk: 3).makeAsyncIterator()
                _ = try await iterator.next()
                let error = await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1") }
                #expect(error?.kind == .usage)
                var rest = 0
                while let chunk = try await iterator.next() { rest += chunk.count }
                #expect(rest == 7)
                #expect(try await connection.query("SELECT 1").count == 1)
            }
        }
    }

    @Test func streamsWorkInsideTransactionsWithValues() async throws {
        try await withTemporaryDatabase { database in
            try await database.withPool { pool in
                let count = try await pool.transaction(isolation: .repeatableRead, readOnly: true) { connection in
                    var count = 0
                    for try await chunk in connection.stream("SELECT generate_series(1, \(1200))") {
                        count += chunk.count
                    }
                    return count
                }
                #expect(count == 1200)
                #expect(pool.statistics.discarded == 0)
            }
        }
    }
}

/// Memory this process holds, from the kernel's own account.
private func residentKilobytes() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return line?.split(separator: " ").compactMap { Int($0) }.first ?? 0
}
