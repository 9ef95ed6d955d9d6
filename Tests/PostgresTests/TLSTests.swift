import Foundation
import Postgres
import TestSupport
import Testing

/// PostgreSQL over TLS, as the connection string asks for it.
@Suite struct TLSTests {
    @Test func aSessionWithAVerifiedServerIsEncrypted() async throws {
        try await withTemporaryDatabase { database in
            let connection = try await PostgresConnection.connect(
                configuration(database.encryptedConninfo),
                logger: .silent
            )
            let row = try await connection.query("SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
                .first
            #expect(try row?.decode("ssl", as: Bool.self) == true)
            #expect(try ["TLSv1.2", "TLSv1.3"].contains(row?.decode("version", as: String.self) ?? ""))
            await connection.close()
        }
    }

    /// More than a TLS record, and rows that arrive while others are read.
    @Test func manyRowsComeThroughAPoolOverTLS() async throws {
        try await withTemporaryDatabase { database in
            let pool = PostgresPool(configuration: try configuration(database.encryptedConninfo), logger: .silent)
            let rows = try await pool.query("SELECT n, repeat(n::text, 2000) AS text FROM generate_series(1, 500) n")
            let numbers = try rows.map { try $0.decode("n", as: Int.self) }
            #expect(numbers == Array(1...500))
            #expect(try rows.last?.decode("text", as: String.self) == String(repeating: "500", count: 2000))
            await pool.close()
        }
    }

    @Test func aServerOfAnotherAuthorityIsRefusedWithoutAPassword() async throws {
        try await ForeignAuthority.with { authority in
            let error = try await failure { $0.replacing(/sslrootcert=.*/, with: "sslrootcert=\(authority)") }
            #expect(error.message.contains("certificate verify failed"))
        }
    }

    @Test func aServerOfAnotherNameIsRefusedAndBothNamesAreTold() async throws {
        let error = try await failure {
            $0.replacing("@localhost:", with: "@other.test:") + "&hostaddr=127.0.0.1"
        }
        #expect(error.message.contains("\"localhost\""))
        #expect(error.message.contains("does not match host name \"other.test\""))
    }

    @Test func aMissingFileOfAuthoritiesIsNamed() async throws {
        let error = try await failure { $0.replacing(/sslrootcert=.*/, with: "sslrootcert=/missing/ca.pem") }
        #expect(error.message.contains("/missing/ca.pem"))
    }

    /// Why the connection string, changed, does not connect. Whatever it is, it does not tell the password.
    private func failure(_ change: (String) -> String) async throws -> PostgresError {
        try await withTemporaryDatabase { database in
            let conninfo = change(database.encryptedConninfo) + "&password=hidden-word"
            let error = try #require(
                await #expect(throws: PostgresError.self) {
                    try await PostgresConnection.connect(configuration(conninfo), logger: .silent)
                }
            )
            #expect(error.kind == .connection)
            #expect(!error.description.contains("hidden-word"))
            return error
        }
    }

    private func configuration(_ conninfo: String) throws -> PostgresConfiguration {
        PostgresConfiguration(conninfo: conninfo, applicationName: "relais-tests")
    }
}
