import Mail
import TestSupport
import Testing

/// What the server answers, at each stage, sorted into permanent, transient and unknown.
@Suite struct RefusalTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let rule: ScriptedSMTPServer.Rule
        let kind: MailError.Kind
        let code: Int?
        let enhanced: String?
        let stage: SMTPStage

        init(
            _ rule: String,
            _ reply: String,
            _ kind: MailError.Kind,
            _ code: Int?,
            _ enhanced: String?,
            _ stage: SMTPStage
        ) {
            self.rule = ScriptedSMTPServer.Rule(rule, times: 1, reply: reply)
            (self.kind, self.code, self.enhanced, self.stage) = (kind, code, enhanced, stage)
        }

        var testDescription: String { "\(rule.stage) \(code ?? 0)" }
    }

    static let refusals = [
        Case("connect", "554 5.3.2 No service", .transient, 554, "5.3.2", .connect),
        Case("connect", "421 4.3.2 Later", .transient, 421, "4.3.2", .connect),
        Case("mail", "451 4.3.0 Later", .transient, 451, "4.3.0", .sender),
        Case("mail", "550 5.1.8 Bad sender", .permanent, 550, "5.1.8", .sender),
        Case("mail", "530 5.7.0 Log in first", .transient, 530, "5.7.0", .sender),
        Case("rcpt", "450 4.2.1 Mailbox camille@lycee.example is full", .transient, 450, "4.2.1", .recipient),
        Case("rcpt", "550 5.1.1 No camille@lycee.example here", .permanent, 550, "5.1.1", .recipient),
        Case("rcpt", "550 No enhanced code", .permanent, 550, nil, .recipient),
        Case("data", "451 4.3.0 Later", .transient, 451, "4.3.0", .data),
        Case("data", "554 5.6.0 No", .permanent, 554, "5.6.0", .data),
        Case("end", "452 4.3.1 Disk full", .transient, 452, "4.3.1", .answer),
        Case("end", "554 5.7.1 Spam from camille@lycee.example", .permanent, 554, "5.7.1", .answer),
        Case("end", "421 4.3.2 Stopping", .transient, 421, "4.3.2", .answer),
    ]

    @Test(arguments: refusals) func aRefusalIsSortedAndTheNextMailIsSent(_ refusal: Case) async throws {
        try await ScriptedSMTPServer.run(rules: [refusal.rule]) { server in
            try await withMailer(configuration(server)) { mailer in
                let error = try await failure(of: mailer, message())
                #expect(error.kind == refusal.kind)
                #expect(error.code == refusal.code)
                #expect(error.enhanced == refusal.enhanced)
                #expect(error.stage == refusal.stage)
                #expect(!"\(error)".contains("camille"))
                let reply = try await mailer.send(message()) {}
                #expect(reply == SMTPReply(code: 250, enhanced: "2.0.0"))
                try await server.event("kept")
                #expect(try await server.has("kept", exactly: 1))
            }
        }
    }

    @Test func aRefusalBeforeTheMessageNeverAsksForTheHandOver() async throws {
        try await ScriptedSMTPServer.run(rules: [.init("rcpt", reply: "550 5.1.1 No")]) { server in
            try await withMailer(configuration(server)) { mailer in
                await confirmation(expectedCount: 0) { handOver in
                    _ = try? await failure(of: mailer, message()) { handOver() }
                }
            }
        }
    }

    @Test(arguments: ["connect", "mail", "rcpt", "data", "body"])
    func aConnectionCutBeforeTheEndIsTransient(_ stage: String) async throws {
        try await ScriptedSMTPServer.run(rules: [.init(stage, times: 1, drop: true)]) { server in
            try await withMailer(configuration(server)) { mailer in
                let error = try await withLargeMessage { try await failure(of: mailer, $0) }
                #expect(error.kind == .transient)
                #expect(error.code == nil)
                _ = try await mailer.send(message()) {}
                try await server.event("kept")
                #expect(server.count("data-received") == 1)
            }
        }
    }

    @Test(arguments: [("end", 0), ("accepted", 1)])
    func aConnectionCutAfterTheEndIsUnknown(_ stage: String, _ kept: Int) async throws {
        try await ScriptedSMTPServer.run(rules: [.init(stage, times: 1, drop: true)]) { server in
            try await withMailer(configuration(server)) { mailer in
                let error = try await failure(of: mailer, message())
                #expect(error.kind == .unknown)
                #expect(error.stage == .answer)
                #expect(error.code == nil)
                _ = try await mailer.send(message()) {}
                try await server.event("kept", kept + 1)
                #expect(server.count("data-received") == 2)
            }
        }
    }

    @Test func aServerThatIsNotThereIsTransient() async throws {
        try await withMailer(unreachable()) { mailer in
            let error = try await failure(of: mailer, message())
            #expect(error.kind == .transient)
            #expect(error.stage == .connect)
        }
    }

    @Test func aServerNameThatDoesNotResolveIsTransient() async throws {
        let nowhere = try SMTPConfiguration(url: "smtp://nowhere.invalid:25", startTLS: .none, heloName: "relais.test")
        try await withMailer(nowhere) { mailer in
            let error = try await failure(of: mailer, message())
            #expect(error.kind == .transient)
            #expect(error.stage == .connect)
        }
    }

    @Test func aTooBusyServerIsTransient() async throws {
        try await ScriptedSMTPServer.run(maxConnections: 0) { server in
            try await withMailer(configuration(server)) { mailer in
                let error = try await failure(of: mailer, message())
                #expect(error.kind == .transient)
                #expect(error.code == 421)
            }
        }
    }
}
