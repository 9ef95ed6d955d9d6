import Mail
import TestSupport
import Testing

/// A session that is tried without a mail.
@Suite struct ProbeTests {
    @Test func theSessionIsOpenedLikeOneForAMailAndEndedPolitely() async throws {
        try await ScriptedSMTPServer.run(tls: .starttls, auth: "relais:secret") { server in
            let login = try configuration(server, startTLS: .required, credentials: ("relais", "secret"))
            try await withMailer(login) { try await $0.probe() }
            try await server.events.first("the answer to QUIT", number: 1) { $0.event == "replied" && $0.code == 221 }
            try await server.event("closed")
            #expect(server.count("starttls") == 1)
            #expect(server.count("auth") == 1)
            #expect(server.count("mail") == 0)
            #expect(server.events.all.last { $0.event == "helo" }?.tls == true)
        }
    }

    @Test func aServerThatSpeaksTLSFromTheFirstByteIsReached() async throws {
        try await ScriptedSMTPServer.run(tls: .implicit) { server in
            try await withMailer(configuration(server, scheme: "smtps")) { try await $0.probe() }
            try await server.event("closed")
            #expect(server.events.all.last { $0.event == "helo" }?.tls == true)
        }
    }

    @Test func nobodyListeningIsAFailureToConnect() async throws {
        #expect(try await failure(unreachable()).stage == .connect)
    }

    @Test func theRequiredTLSThatIsNotOfferedIsNamed() async throws {
        try await ScriptedSMTPServer.run { server in
            let error = try await failure(configuration(server, startTLS: .required, trusts: false))
            #expect(error.stage == .hello)
            #expect(error.reason == "STARTTLS is required, and the server does not offer it")
        }
    }

    @Test(arguments: [ScriptedSMTPServer.TLS.starttls, .implicit])
    func aCertificateOfNobodyWeTrustIsNamed(_ tls: ScriptedSMTPServer.TLS) async throws {
        try await ScriptedSMTPServer.run(tls: tls) { server in
            let strict = try SMTPConfiguration(
                url: "\(tls == .implicit ? "smtps" : "smtp")://127.0.0.1:\(server.port)",
                heloName: "relais.test"
            )
            let error = try await failure(strict)
            #expect(error.stage == (tls == .implicit ? .connect : .startTLS))
            #expect(error.reason == "the server's certificate is not trusted, or names another host")
        }
    }

    @Test func aWrongPasswordIsAFailedLogin() async throws {
        try await ScriptedSMTPServer.run(tls: .starttls, auth: "relais:secret") { server in
            let error = try await failure(
                configuration(server, startTLS: .required, credentials: ("relais", "wrong"))
            )
            #expect(error.stage == .login)
            #expect(error.code == 535)
            #expect(!"\(error)".contains("wrong"))
        }
    }

    /// libcurl would go on as a stranger and never say so.
    @Test func aLoginThatTheServerDoesNotTakeIsNoSuccess() async throws {
        try await ScriptedSMTPServer.run(rules: [.init("helo", reply: "250 smtp.test")]) { server in
            let error = try await failure(configuration(server, credentials: ("relais", "secret")))
            #expect(error.stage == .login)
            #expect(server.count("auth") == 0)
        }
    }

    @Test(arguments: ["helo", "connect"]) func aServerThatFallsSilentIsLeftAfterTheLimit(_ stage: String) async throws {
        try await ScriptedSMTPServer.run(rules: [.init(stage, hang: true)]) { server in
            let impatient = try configuration(server) {
                $0.connect = .milliseconds(300)
                $0.reply = .milliseconds(300)
            }
            #expect(try await failure(impatient).reason == "no progress within the time limit")
        }
    }

    private func failure(_ configuration: SMTPConfiguration) async throws -> MailError {
        try await withMailer(configuration) { mailer in
            try await #require(throws: MailError.self) { try await mailer.probe() }
        }
    }
}
