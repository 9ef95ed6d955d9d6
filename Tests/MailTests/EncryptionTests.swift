import Mail
import TestSupport
import Testing

/// TLS and login.
@Suite struct EncryptionTests {
    @Test func nothingIsSentToAServerThatDoesNotOfferTheRequiredTLS() async throws {
        try await ScriptedSMTPServer.run { server in
            let strict = try configuration(server, startTLS: .required, trusts: false)
            try await withMailer(strict) { mailer in
                let error = try await failure(of: mailer, message())
                #expect(error.kind == .transient)
                #expect(server.count("mail") == 0)
            }
        }
    }

    @Test func requiredTLSIsUsedWithAVerifiedCertificate() async throws {
        try await ScriptedSMTPServer.run(tls: .starttls) { server in
            try await withMailer(configuration(server, startTLS: .required)) { mailer in
                _ = try await mailer.send(message()) {}
            }
            try await server.event("kept")
            let greetings = server.events.all.filter { $0.event == "helo" }
            #expect(greetings.last?.tls == true)
        }
    }

    @Test func nothingIsSentToAServerWithACertificateOfNobodyWeTrust() async throws {
        try await ScriptedSMTPServer.run(tls: .starttls) { server in
            try await withMailer(configuration(server, startTLS: .required, trusts: false)) { mailer in
                let error = try await failure(of: mailer, message())
                #expect(error.kind == .transient)
                #expect(error.stage == .startTLS)
                #expect(server.count("mail") == 0)
            }
        }
    }

    @Test(arguments: [nil, ScriptedSMTPServer.TLS.starttls])
    func opportunisticTLSIsUsedWhereOffered(_ offered: ScriptedSMTPServer.TLS?) async throws {
        try await ScriptedSMTPServer.run(tls: offered) { server in
            try await withMailer(configuration(server, startTLS: .opportunistic, trusts: false)) { mailer in
                _ = try await mailer.send(message()) {}
            }
            try await server.event("kept")
            let greetings = server.events.all.filter { $0.event == "helo" }
            #expect(greetings.last?.tls == (offered != nil))
        }
    }

    @Test func aServerThatSpeaksTLSFromTheFirstByteIsReached() async throws {
        try await ScriptedSMTPServer.run(tls: .implicit) { server in
            try await withMailer(configuration(server, scheme: "smtps")) { mailer in
                _ = try await mailer.send(message()) {}
            }
            try await server.event("kept")
        }
    }

    @Test func theLoginIsGivenOnceAConnection() async throws {
        try await ScriptedSMTPServer.run(tls: .starttls, auth: "relais:secret") { server in
            let login = try configuration(server, startTLS: .required, credentials: ("relais", "secret"))
            try await withMailer(login) { mailer in
                for _ in 0..<3 { _ = try await mailer.send(message()) {} }
            }
            try await server.event("kept", 3)
            #expect(server.count("auth") == 1)
        }
    }

    @Test func aWrongPasswordKeepsTheMailForALaterAttempt() async throws {
        try await ScriptedSMTPServer.run(tls: .starttls, auth: "relais:secret") { server in
            let login = try configuration(server, startTLS: .required, credentials: ("relais", "wrong"))
            try await withMailer(login) { mailer in
                let error = try await failure(of: mailer, message())
                #expect(error.kind == .transient)
                #expect(error.stage == .login)
                #expect(error.code == 535)
                #expect(!"\(error)".contains("wrong"))
            }
        }
    }

    @Test func aMissingLoginKeepsTheMailForALaterAttempt() async throws {
        try await ScriptedSMTPServer.run(auth: "relais:secret") { server in
            try await withMailer(configuration(server)) { mailer in
                let error = try await failure(of: mailer, message())
                #expect(error.kind == .transient)
                #expect(error.code == 530)
            }
        }
    }
}
