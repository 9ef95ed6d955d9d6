import Foundation
import JobEngine
import Postgres
import TestSupport
import Testing

@testable import producer

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// The program as it is started, asked and stopped in production.
@Suite struct ProgramTests {
    /// No broker listens there: intake must not need it.
    private static let brokerURL = "amqp://relais:relais@127.0.0.1:9/relais"

    private static func environment(_ database: TemporaryDatabase) -> [String: String] {
        [
            "RELAIS_DATABASE_URL": database.conninfo, "RELAIS_BROKER_URL": brokerURL,
            "RELAIS_SIGNING_SECRET": String(repeating: "s", count: 64), "RELAIS_HTTP_PORT": "0",
        ]
    }

    @Test func allFaultsOfTheConfigurationAreToldAtOnce() async throws {
        let result = try await Program.run(
            ["serve"],
            environment: [
                "RELAIS_BROKER_URL": "http://broker", "RELAIS_HTTP_PORT": "eighty", "RELAIS_SIGNING_SECRET": "short",
                "RELAIS_DATABASE_POOL_SIZE": "0", "RELAIS_HTTP_HOTS": "::1",
            ]
        )
        #expect(result.status == 78)
        for name in [
            "RELAIS_DATABASE_URL:", "RELAIS_BROKER_URL:", "RELAIS_HTTP_PORT:", "RELAIS_SIGNING_SECRET:",
            "RELAIS_DATABASE_POOL_SIZE:", "RELAIS_HTTP_HOTS: unknown setting, did you mean RELAIS_HTTP_HOST?",
        ] {
            #expect(result.errors.contains(name), "\(name) is missing in: \(result.errors)")
        }
        #expect(!result.errors.contains("'short'"), "a secret is shown")
    }

    @Test(arguments: ["serve", "check", "migrate"])
    func anAddressThatLibpqCannotReadIsAFaultOfItsSetting(_ command: String) async throws {
        let result = try await Program.run(
            [command],
            environment: [
                "RELAIS_DATABASE_URL": "postgres://relais:hunter2@127.0.0.1:notaport/relais",
                "RELAIS_HTTP_HOTS": "::1",
            ]
        )
        #expect(result.status == 78)
        #expect(result.errors.contains("RELAIS_DATABASE_URL: expected a port"))
        #expect(result.errors.contains("RELAIS_HTTP_HOTS: unknown setting"))
        #expect(!result.errors.contains("hunter2"))
    }

    @Test func aDatabaseWithoutASchemaIsRefusedWithASentence() async throws {
        try await withTemporaryDatabase { database in
            let result = try await Program.run(["serve"], environment: Self.environment(database))
            #expect(result.status == 78)
            #expect(result.errors.contains("run `producer migrate`"))
        }
    }

    @Test func aSchemaThatIsNewerThanTheProgramIsRefusedWithASentence() async throws {
        try await withTemporaryDatabase { database in
            let environment = Self.environment(database)
            let first = try await Program.run(["migrate"], environment: environment)
            #expect(first.status == 0)
            #expect(first.output.contains("relais: applied 1, 2, 3"))
            let again = try await Program.run(["migrate"], environment: environment)
            #expect(again.status == 0 && again.output.contains("relais: up to date"))
            try await database.withConnection { connection in
                _ = try await connection.execute(
                    "INSERT INTO relais.schema_migration (component, version, name) VALUES ('relais', 99, 'later')"
                )
            }
            let result = try await Program.run(["serve"], environment: environment)
            #expect(result.status == 78)
            #expect(result.errors.contains("deploy the release that migrated the database"))
        }
    }

    @Test func anUnreachableDatabaseEndsWithUnavailable() async throws {
        var environment = ["RELAIS_DATABASE_URL": "postgresql://relais@127.0.0.1:9/relais"]
        #expect(try await Program.run(["tokens", "list"], environment: environment).status == 69)
        environment["RELAIS_BROKER_URL"] = Self.brokerURL
        environment["RELAIS_SIGNING_SECRET"] = String(repeating: "s", count: 64)
        let check = try await Program.run(["check"], environment: environment)
        #expect(check.status == 69)
        #expect(check.output.contains("database: failing") && check.output.contains("broker: failing"))
        #expect(check.output.contains("RELAIS_SIGNING_SECRET=(hidden)  (environment)"))
        #expect(check.output.contains("RELAIS_HTTP_PORT=8080  (default)"))
    }

    @Test func jobsAreTakenWhileTheBrokerIsAwayAndTheProgramStopsWhenAsked() async throws {
        try await withTemporaryDatabase { database in
            let environment = Self.environment(database)
            #expect(try await Program.run(["migrate"], environment: environment).status == 0)
            // The clock on the wall must not enqueue a refresh beside the one that is counted.
            try await database.withConnection { connection in
                _ = try await connection.execute("UPDATE relais.schedule SET enabled = false")
            }
            let made = try await Program.run(
                ["tokens", "create", "platform", "--scope", "platform,metrics"],
                environment: environment
            )
            #expect(made.status == 0)
            let token = made.output.trimmingCharacters(in: .newlines)
            let program = try RunningProgram(["serve"], environment: environment)
            let base = "http://127.0.0.1:\(try await program.port())"
            let accepted = try await Self.post(base + "/v1/jobs/statistics.refresh", token: token)
            #expect(accepted.status == 202)
            #expect(accepted.location?.hasPrefix("/v1/jobs/") == true)
            #expect(try await Self.status("GET", base + "/health/ready") == 200)
            #expect(try await Self.status("GET", base + "/metrics", token: token) == 200)
            #expect(await program.stop() == 0)
            try await database.withConnection { connection in
                let states = try await connection.query("SELECT state FROM relais.job")
                #expect(try states.map { try $0.decode("state", as: String.self) } == ["pending"])
                #expect(try await connection.query("SELECT FROM relais.process").isEmpty)
            }
        }
    }

    private static func post(_ url: String, token: String) async throws -> (status: Int, location: String?) {
        var request = URLRequest(url: try #require(URL(string: url)), timeoutInterval: 120)
        request.httpMethod = "POST"
        request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.httpBody = Data("{}".utf8)
        let (_, response) = try await URLSession.shared.data(for: request)
        let answer = try #require(response as? HTTPURLResponse)
        return (answer.statusCode, answer.value(forHTTPHeaderField: "Location"))
    }

    private static func status(_ method: String, _ url: String, token: String? = nil) async throws -> Int {
        var request = URLRequest(url: try #require(URL(string: url)), timeoutInterval: 120)
        request.httpMethod = method
        if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
        return try #require(try await URLSession.shared.data(for: request).1 as? HTTPURLResponse).statusCode
    }
}
