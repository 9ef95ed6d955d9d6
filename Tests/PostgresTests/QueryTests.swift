import Postgres
import TestSupport
import Testing

@Suite struct QueryTests {
    @Test func valuesAreBoundAndReadBack() async throws {
        try await withTemporaryDatabase { database in
            try await database.withConnection { connection in
                let rows = try await connection.query("SELECT \(7) + 1 AS sum, \("Élève") AS text")
                #expect(try rows.first?.decode("sum", as: Int.self) == 8)
                #expect(try rows.first?.decode("text", as: String.self) == "Élève")
            }
        }
    }
}
