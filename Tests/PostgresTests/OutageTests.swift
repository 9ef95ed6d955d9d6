import TestSupport
import Testing

@testable import Postgres

@Suite("PostgresError: whose fault it is")
struct OutageTests {
    @Test(arguments: ["57P01", "57P02", "57P03", "08006"])
    func aServerThatGoesAwayIsNobodysFault(_ state: String) {
        let gone = PostgresError(kind: .server, sqlState: state, message: "gone", operation: "insert")
        #expect(gone.isDatabaseAway)
        #expect(PostgresError.connection("lost", operation: "insert").isDatabaseAway)
    }

    @Test func aStatementThatIsTooSlowOrRefusedIsItsCallersFault() {
        #expect(!PostgresError.timeout(after: .seconds(1), operation: "count").isDatabaseAway)
        let refused = PostgresError(kind: .server, sqlState: "23505", message: "taken", operation: "insert")
        #expect(!refused.isDatabaseAway)
    }

    @Test func waitingInVainForAConnectionIsNot() async throws {
        let listener = try SilentListener()
        defer { listener.close() }
        let pool = PostgresPool(
            configuration: PostgresConfiguration(
                conninfo: "host=127.0.0.1 port=\(listener.port) dbname=x user=x",
                applicationName: "relais-tests",
                poolSize: 1,
                connectTimeout: .milliseconds(200)
            ),
            logger: .silent
        )
        let error = await #expect(throws: PostgresError.self) { try await pool.query("SELECT 1") }
        #expect(error?.kind == .timeout && error?.isDatabaseAway == true)
        await pool.close()
    }
}
