import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct ConnectingTests {
    @Test func settingsAndNamesReachTheSession() async throws {
        try await withTemporaryDatabase { database in
            var configuration = database.configuration()
            configuration.applicationName = "relais tests"
            configuration.settings = ["relais.word": #"a b\c "d"'e'"#, "idle_in_transaction_session_timeout": "12s"]
            let connection = try await PostgresConnection.connect(configuration, logger: .silent)
            let row = try await connection.query(
                """
                SELECT current_setting('relais.word') AS word, current_setting('application_name') AS name,
                       current_setting('idle_in_transaction_session_timeout') AS idle, pg_backend_pid() AS pid
                """
            ).first
            #expect(try row?.decode("word", as: String.self) == #"a b\c "d"'e'"#)
            #expect(try row?.decode("name", as: String.self) == "relais tests")
            #expect(try row?.decode("idle", as: String.self) == "12s")
            #expect(try row?.decode("pid", as: Int32.self) == connection.backendPID)
            await connection.close()
            await connection.close()
            let error = await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1") }
            #expect(error?.kind == .connection)
        }
    }

    @Test func theSecondHostServesWhenTheFirstIsDead() async throws {
        try await withTemporaryDatabase { database in
            let (host, port) = try await database.withConnection { connection in
                let row = try #require(
                    try await connection.query(
                        "SELECT host(inet_server_addr()) AS host, inet_server_port() AS port, current_user::text AS user"
                    ).first
                )
                return (try row.decode("host", as: String.self), try row.decode("port", as: Int.self))
            }
            // Port 1 refuses connections; the rest of the connection string stays as it was.
            let first = "host=\(host) port=\(port)"
            let parts = try #require(URLComponents(string: database.conninfo))
            var two = "host=\(host),\(host) port=1,\(port) dbname=\(database.name) target_session_attrs=read-write"
            if let user = parts.user { two += " user=\(user)" }
            if let password = parts.password { two += " password=\(password)" }
            let connection = try await PostgresConnection.connect(
                PostgresConfiguration(conninfo: two, applicationName: "relais-tests"),
                logger: .silent
            )
            #expect(try await connection.query("SELECT 1").count == 1, "reached through \(first)")
            await connection.close()
        }
    }

    @Test func nobodyListeningIsATransientErrorWithoutThePassword() async throws {
        let configuration = PostgresConfiguration(
            conninfo: "postgresql://relais:hidden-word@127.0.0.1:1/none",
            applicationName: "relais-tests"
        )
        let error = await #expect(throws: PostgresError.self) {
            try await PostgresConnection.connect(configuration, logger: .silent)
        }
        #expect(error?.kind == .connection)
        #expect(error?.isTransient == true)
        #expect(error?.description.contains("hidden-word") == false)
        let pool = PostgresPool(configuration: configuration, logger: .silent)
        for _ in 0..<20 { await #expect(throws: PostgresError.self) { try await pool.query("SELECT 1") } }
        #expect(pool.statistics.inUse == 0)
        await pool.close()
    }

    @Test func aBadConnectionStringIsRefusedWithoutQuotingIt() async throws {
        let error = await #expect(throws: PostgresError.self) {
            try await PostgresConnection.connect(
                PostgresConfiguration(conninfo: "password hidden-word", applicationName: "relais-tests"),
                logger: .silent
            )
        }
        #expect(error?.kind == .usage)
        #expect(error?.description.contains("hidden-word") == false)
    }

    @Test func aServerThatNeverAnswersIsLeftAfterTheLimit() async throws {
        // A listener that never accepts: the kernel completes the handshake, and nobody speaks.
        let listener = try SilentListener()
        defer { listener.close() }
        var configuration = PostgresConfiguration(
            conninfo: "host=127.0.0.1 port=\(listener.port) user=relais sslmode=disable",
            applicationName: "relais-tests"
        )
        configuration.connectTimeout = .milliseconds(200)
        let late = await #expect(throws: PostgresError.self) {
            try await PostgresConnection.connect(configuration, logger: .silent)
        }
        #expect(late?.description == "PostgreSQL: timed out after 0.2 s (while: connect to PostgreSQL)")
        configuration.connectTimeout = .seconds(60)
        let patient = configuration
        let task = Task { try await PostgresConnection.connect(patient, logger: .silent) }
        await Task.yield()
        task.cancel()
        await #expect(throws: CancellationError.self) { _ = try await task.value }
    }
}
