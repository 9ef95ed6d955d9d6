import Foundation
import TestSupport
import Testing

@Suite("The real programs with servers that speak TLS")
struct EncryptedServersTests {
    @Test func bothProgramsReachDatabaseAndBrokerOverVerifiedTLS() async throws {
        try await Self.run { environment in
            for program in ["producer", "workers"] {
                let check = try await Self.check(program, environment)
                #expect(check.status == 0, "\(program): \(check.output)\(check.errors)")
            }
        }
    }

    @Test func bothProgramsRefuseServersOfAnotherAuthorityAndSayWhichWithoutASecret() async throws {
        try await ForeignAuthority.with { authority in
            try await Self.run { right in
                var environment = right
                let broker = try #require(right["RELAIS_BROKER_URL"])
                let database = try #require(right["RELAIS_DATABASE_URL"])
                environment["RELAIS_BROKER_URL"] = broker.replacing(/cacertfile=.*/, with: "cacertfile=\(authority)")
                environment["RELAIS_DATABASE_URL"] = database.replacing(
                    /sslrootcert=.*/,
                    with: "sslrootcert=\(authority)"
                )
                let password = try #require(broker.firstMatch(of: /:([^:@\/]+)@/)).output.1
                for program in ["producer", "workers"] {
                    let check = try await Self.check(program, environment)
                    #expect(check.status == 69, "\(program)")
                    #expect(check.output.contains("certificate verify failed"), "\(program): \(check.output)")
                    #expect(check.output.contains("an authority in \(authority)"), "\(program): \(check.output)")
                    #expect(!(check.output + check.errors).contains(password), "\(program)")
                }
            }
        }
    }

    /// Runs `body` with the settings of both programs, the schema being there.
    private static func run(_ body: ([String: String]) async throws -> Void) async throws {
        try await withTemporaryDatabase { database in
            try await withTemporaryVirtualHost { host in
                try await ScriptedSMTPServer.run { mail in
                    let environment = [
                        "RELAIS_DATABASE_URL": database.encryptedConninfo,
                        "RELAIS_BROKER_URL": host.encryptedURL,
                        "RELAIS_SIGNING_SECRET": String(repeating: "s", count: 64),
                        "RELAIS_SMTP_URL": "smtp://127.0.0.1:\(mail.port)",
                        "RELAIS_SMTP_START_TLS": "none",
                        "RELAIS_ACTIVATION_URL": "https://platform.test/activation?jeton={token}",
                        "RELAIS_RESET_URL": "https://platform.test/mot-de-passe?jeton={token}",
                        "RELAIS_PUBLIC_URL": "https://relais.test",
                    ]
                    let migration = try await ChildProcess.run(path("producer"), ["migrate"], environment: environment)
                    #expect(migration.status == 0, "\(migration.errors)")
                    try await body(environment)
                }
            }
        }
    }

    private static func check(_ program: String, _ environment: [String: String]) async throws -> ChildProcess.Result {
        try await ChildProcess.run(path(program), ["check"], environment: environment)
    }

    /// Executables stand beside the tests' own.
    private static func path(_ program: String) -> String {
        let folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        return folder.appending(path: program).path
    }
}
