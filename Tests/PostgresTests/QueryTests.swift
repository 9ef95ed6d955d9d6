import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct QueryTests {
    @Test func onlyValuesBecomeParameters() {
        let condition: SQL = "queue = \("mail") AND id = ANY(\([1, 2]))"
        let sql: SQL = "SELECT \(1) FROM \(identifier: "a\"b") WHERE \(fragment: condition) LIMIT \(5)"
        #expect(sql.text == #"SELECT $1 FROM "a""b" WHERE queue = $2 AND id = ANY($3) LIMIT $4"#)
    }

    @Test func fragmentsKeepTheirValues() async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                let inner: SQL = "\("")::text || \("b")"
                let row = try await connection.query("SELECT \("a") || \(fragment: inner) || \("c") AS joined").first
                #expect(try row?.decode("joined", as: String.self) == "abc")
            }
        }
    }

    @Test func executeCountsRows() async throws {
        try await withTemporaryDatabase { database in
            try await database.withPool { pool in
                try await pool.execute("CREATE TABLE item (id bigint, name text)")
                let ids = Array(1...10_000)
                let inserted = try await pool.execute(
                    "INSERT INTO item SELECT * FROM unnest(\(ids), \(ids.map { "name \($0)" }))"
                )
                #expect(inserted == 10_000)
                #expect(try await pool.execute("DELETE FROM item WHERE id > \(9_990)") == 10)
                #expect(try await pool.query("SELECT * FROM item").count == 9_990)
            }
        }
    }

    @Test func anErrorSaysWhatButQuotesNoValues() async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                try await connection.run(script: "CREATE TABLE account (address text UNIQUE)")
                let insert: SQL = "INSERT INTO account VALUES (\("marie@example.org"))"
                try await connection.execute(insert)
                let duplicate = await #expect(throws: PostgresError.self) { try await connection.execute(insert) }
                #expect(duplicate?.sqlState == "23505")
                #expect(duplicate?.isTransient == false)
                #expect(duplicate?.operation == "INSERT INTO account VALUES ($1)")
                let syntax = await #expect(throws: PostgresError.self) {
                    try await connection.query("SELECT \("marie@example.org")::uuid", as: "read an identifier")
                }
                #expect(syntax?.sqlState == "22P02")
                #expect(syntax?.operation == "read an identifier")
                for error in [duplicate, syntax] {
                    #expect(error?.description.contains("marie") == false)
                }
                // Neither left the connection in a bad state.
                #expect(try await connection.query("SELECT 1").count == 1)
            }
        }
    }

    @Test func impossibleStatementsNeverReachTheServer() async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                let error = await #expect(throws: PostgresError.self) {
                    try await connection.query("SELECT \(identifier: "a\0b")")
                }
                #expect(error?.kind == .usage)
                await #expect(throws: PostgresError.self) {
                    try await connection.run(script: "SELECT 1;\0 DROP TABLE x")
                }
                // NUL inside a value is the server's to refuse.
                let value = await #expect(throws: PostgresError.self) { try await connection.query("SELECT \("a\0b")") }
                #expect(value?.sqlState == "22021")
            }
        }
    }

    @Test func aChangedTableDoesNotBreakPreparedStatements() async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                try await connection.run(script: "CREATE TABLE item (id int); INSERT INTO item VALUES (1)")
                let all: SQL = "SELECT * FROM item"
                #expect(try await connection.query(all).first?.columnNames == ["id"])
                try await connection.run(script: "ALTER TABLE item ADD name text DEFAULT 'x'")
                #expect(try await connection.query(all).first?.columnNames == ["id", "name"])
                try await connection.run(script: "DEALLOCATE ALL")
                #expect(try await connection.query(all).count == 1)
            }
        }
    }

    @Test func aChangedTableInsideATransactionIsWorthAnotherTry() async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                try await connection.run(script: "CREATE TABLE item (id int)")
                let all: SQL = "SELECT * FROM item"
                _ = try await connection.query(all)
                try await connection.run(script: "ALTER TABLE item ADD name text")
                let error = await #expect(throws: PostgresError.self) {
                    try await connection.transaction { try await $0.query(all) }
                }
                #expect(error?.isTransient == true)
                #expect(try await connection.transaction { try await $0.query(all) }.isEmpty)
            }
        }
    }

    @Test func preparedStatementsAreBounded() async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                for number in 0..<300 {
                    _ = try await connection.query(SQL(stringLiteral: "SELECT \(number)"))
                }
                let count = try await connection.query("SELECT count(*) FROM pg_prepared_statements").first
                #expect(try count?.decode(at: 0, as: Int.self) ?? .max <= 257)
            }
        }
    }

    @Test func callsOnOneConnectionTakeTurns() async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                try await withThrowingTaskGroup(of: Int?.self) { group in
                    for number in 0..<200 {
                        group.addTask { try await connection.query("SELECT \(number)").first?.decode(at: 0) }
                    }
                    var numbers: Set<Int> = []
                    for try await number in group { if let number { numbers.insert(number) } }
                    #expect(numbers.count == 200)
                }
            }
        }
    }

    @Test func aLargeStatementAndALargeResultPassEachOther() async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                let text = String(repeating: "é", count: 4_000_000)
                let back = try await connection.query("SELECT \(text) AS text", timeout: longestWait).first
                #expect(try back?.decode("text", as: String.self).count == 4_000_000)
            }
        }
    }
}
