import Bootstrap
import Logging
import Mail
import TestSupport
import Testing

@testable import workers

/// What `workers check` says of the mail server.
@Suite struct MailCheckTests {
    @Test func aServerThatTakesOurLoginIsWellAndGetsNoMail() async throws {
        try await ScriptedSMTPServer.run(auth: "relais:hunter2") { server in
            let verdict = try await Self.verdict(
                server,
                ["RELAIS_SMTP_USER": "relais", "RELAIS_SMTP_PASSWORD": "hunter2"]
            )
            #expect(verdict == "reached without TLS, logged in; no mail was sent")
            #expect(try await server.has("auth", exactly: 1))
            #expect(server.count("mail") == 0)
        }
    }

    @Test func nobodyListeningPointsAtTheURL() async throws {
        // The discard port: one that was free a moment ago may be another test's by now.
        let words = try await Self.failure(port: 9)
        #expect(words.contains("at connect"))
        #expect(words.contains("check RELAIS_SMTP_URL"))
    }

    @Test func theRequiredTLSThatIsNotOfferedPointsAtTheSetting() async throws {
        try await ScriptedSMTPServer.run { server in
            let words = try await Self.failure(port: server.port, ["RELAIS_SMTP_START_TLS": "required"])
            #expect(words.contains("STARTTLS is required, and the server does not offer it"))
            #expect(words.contains("RELAIS_SMTP_START_TLS"))
        }
    }

    @Test func aCertificateOfNobodyWeTrustPointsAtTheAuthority() async throws {
        try await ScriptedSMTPServer.run(tls: .starttls) { server in
            let words = try await Self.failure(port: server.port, ["RELAIS_SMTP_START_TLS": "required"])
            #expect(words.contains("at start-tls: the server's certificate is not trusted"))
            #expect(words.contains("an authority that this machine trusts"))
        }
    }

    @Test func aWrongPasswordPointsAtTheLoginAndIsNotShown() async throws {
        try await ScriptedSMTPServer.run(auth: "relais:hunter2") { server in
            let words = try await Self.failure(
                port: server.port,
                ["RELAIS_SMTP_USER": "relais", "RELAIS_SMTP_PASSWORD": "hunter3"]
            )
            #expect(words.contains("at login: refused by the server (535"))
            #expect(words.contains("check RELAIS_SMTP_USER and RELAIS_SMTP_PASSWORD"))
            #expect(!words.contains("hunter"))
        }
    }

    private static func verdict(_ server: ScriptedSMTPServer, _ changes: [String: String]) async throws -> String {
        try await check(port: server.port, changes).run(Logger(label: "check"))
    }

    private static func failure(port: Int, _ changes: [String: String] = [:]) async throws -> String {
        let check = try check(port: port, changes)
        let failure = await #expect(throws: MailCheck.Failure.self) { try await check.run(Logger(label: "check")) }
        return failure.map { "\($0)" } ?? ""
    }

    private static func check(port: Int, _ changes: [String: String]) throws -> MailCheck {
        let environment = WorkersEnvironment.complete
            .merging(["RELAIS_SMTP_URL": "smtp://127.0.0.1:\(port)"]) { $1 }
            .merging(changes) { $1 }
        return MailCheck(try SettingsReader.read(environment) { WorkersSettings($0) }.mail)
    }
}
