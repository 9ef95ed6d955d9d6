import Postgres
import TestSupport
import Testing

@Suite struct PipelineTests {
    @Test func resultsComeInTheOrderOfTheStatements() async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                let results = try await connection.pipeline((0..<500).map { "SELECT \($0) AS number" })
                #expect(
                    try results.map { try $0.first?.decode("number", as: Int.self) } == (0..<500).map(Optional.some)
                )
                #expect(try await connection.pipeline([]).isEmpty)
            }
        }
    }

    @Test func aFailureInTheMiddleIsNamedAndUndoesAll() async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                try await connection.run(script: "CREATE TABLE item (id int PRIMARY KEY)")
                let error = await #expect(throws: PostgresError.self) {
                    try await connection.pipeline([
                        "INSERT INTO item VALUES (\(1))",
                        "INSERT INTO item VALUES (\(1))",
                        "INSERT INTO item VALUES (\(2))",
                    ])
                }
                #expect(error?.sqlState == "23505")
                #expect(error?.operation == "statement 2 of 3: INSERT INTO item VALUES ($1)")
                #expect(try await connection.query("SELECT * FROM item").isEmpty)
            }
        }
    }

    @Test func aStatementThatCannotBePreparedIsNamed() async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                let error = await #expect(throws: PostgresError.self) {
                    try await connection.pipeline(["SELECT 1", "SELECT nothing", "SELECT 2"])
                }
                #expect(error?.sqlState == "42703")
                #expect(error?.operation == "SELECT nothing")
                let rows = try await connection.pipeline(["SELECT 1", "SELECT 2"])
                #expect(rows.count == 2)
            }
        }
    }

    @Test func fullBuffersOnBothSidesDoNotBlockEachOther() async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                let text = String(repeating: "x", count: 100_000)
                let results = try await connection.pipeline(
                    (0..<200).map { _ in "SELECT \(text) AS text" },
                    timeout: longestWait
                )
                #expect(try results.allSatisfy { try $0.first?.decode("text", as: String.self).utf8.count == 100_000 })
            }
        }
    }

    @Test func scriptsAndStatementsMayAlternate() async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                for _ in 0..<3 {
                    try await connection.run(script: "CREATE TABLE item (id int); INSERT INTO item VALUES (1), (2)")
                    #expect(try await connection.query("SELECT * FROM item").count == 2)
                    try await connection.run(script: "DROP TABLE item")
                }
                let error = await #expect(throws: PostgresError.self) {
                    try await connection.run(script: "CREATE TABLE kept (id int); SELECT 1 / 0", as: "set up")
                }
                #expect(error?.sqlState == "22012")
                #expect(error?.operation == "set up")
                #expect(try await connection.query("SELECT to_regclass('kept') IS NULL").count == 1)
            }
        }
    }

    @Test func copyIsRefusedAndTheConnectionGivenUp() async throws {
        try await withTemporaryDatabase { database in
            try await database.withPool(size: 1) { pool in
                let error = await #expect(throws: PostgresError.self) {
                    try await pool.execute("COPY (SELECT 1) TO STDOUT", timeout: longestWait)
                }
                #expect(error?.kind == .usage)
                let rows = try await pool.query("SELECT 1")
                #expect(rows.count == 1)
            }
        }
    }
}
